"""`python -m pegboard` is the command `pegboard`."""

from pegboard.cli import main

if __name__ == "__main__":
    main(prog_name="pegboard")
