"""Runs a page of the documentation as its reader would, in order; the tests call it for each page.

    python tests/docs/run_page.py PAGE [--update]

works in the current folder, which should be an empty one, and exits with 1 if something prints other than the
page says. With `--update` it writes into the page what is printed now. In a page
- a `console` block holds commands after `$ ` (continued after `> `), each followed by what it prints;
- a `python` block is run; a `text` block right behind it is what it prints;
- a block whose first line is a comment with a path, such as `# train.py`, is a file to write;
- an `sh` block is not run; `NOT_RUN` says why, or `INSTEAD` what is run in its place.
`...` stands for anything. Ids, times and the folder may differ.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"\n+```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ((?:[\w-]+/)*[\w-]+\.(?:py|toml))\n")
COMMAND = re.compile(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", re.MULTILINE)

#: What the pages call the reader's folder, and what differs from run to run.
FOLDER = "/home/ada/project"
VARYING = {
    r"\b[0-9a-f]{32}\b": "<run id>",
    r"\b[1-9]\d{17}\b": "<experiment id>",
    r"\b1[6-9]\d{11}\b": "<milliseconds>",
    r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?": "<time>",
}
CHECKER = doctest.OutputChecker()
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

#: The `sh` blocks that something else is run for, and those that are not run, with the reason.
INSTEAD = {
    "uv pip install ./pegboard-slurm\n": (
        f'"{sys.executable}" -m uv pip install --quiet --no-deps --target plugins ./pegboard-slurm'
        ' && export PYTHONPATH="$PWD/plugins"'
    ),
}
_FIRST = "python3 -m venv .venv && .venv/bin/pip install -q nox uv && .venv/bin/nox"
NOT_RUN = {
    f"{_FIRST} -s quickstart\n": "it installs scikit-learn and trains models; who reads the page runs it",
    f"{_FIRST}\n": "it would run this test in turn",
    "uv pip install './core[standard]'\n": "test_wheels.py installs wheels of the same distributions",
    "uv pip install ./core ./plugins/file\n": "test_wheels.py installs wheels of the same distributions",
}


class Shell:
    """A shell that lives as long as the page, so that variables and folders last from block to block."""

    def __init__(self) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(["bash"], text=True, encoding="utf-8", **pipes)

    def run(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{{ {command.rstrip()}\n}} </dev/null; printf '\\n\\1\\n'\n")
        self.process.stdin.flush()
        lines: list[str] = []
        while (line := self.process.stdout.readline()) not in ("\1\n", ""):
            lines.append(line)
        return "".join(lines)[:-1]


class Page:
    """A page that is being run: where its commands and its Python find what those before them left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.shell = Shell()
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.differences: list[str] = []

    def run(self) -> Iterator[tuple[int, int, str]]:
        """Run all blocks and yield where other text stands than is printed, with what is printed."""
        for block in BLOCK.finditer(self.text):
            language, content = block.groups()
            start = block.start(2)
            if language in ("python", "toml") and (file := FILE.match(content)):
                path = Path(file[1])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content[file.end() :], encoding="utf-8")
            elif language == "python":
                output = OUTPUT.match(self.text, block.end())
                place = output.start(1) if output else block.end()
                yield from self.compare(place, output[1] if output else "", self.python(start, content))
            elif language == "sh" and content in INSTEAD:
                yield from self.compare(block.end(), "", self.shell.run(INSTEAD[content]))
            elif language == "console":
                for match in COMMAND.finditer(content):
                    printed = self.shell.run(match[1].replace("\n> ", "\n"))
                    yield from self.compare(start + match.start(2), match[2], printed)

    def python(self, start: int, content: str) -> str:
        line = self.text.count("\n", 0, start)
        code = compile("\n" * line + content, str(self.path), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as output:
            try:
                exec(code, self.names)
            except BaseException:
                traceback.print_exc(file=sys.stdout)
        return output.getvalue()

    def compare(self, start: int, expected: str, printed: str) -> Iterator[tuple[int, int, str]]:
        printed = printed.replace(os.getcwd(), FOLDER)
        wanted, got = neutral(expected), neutral(printed)
        if not CHECKER.check_output(wanted, got, FLAGS):
            example = doctest.Example("", wanted)
            line = self.text.count("\n", 0, start)
            difference = CHECKER.output_difference(example, got, FLAGS)
            self.differences.append(f"{self.path}:{line}\n{difference}")
            yield start, start + len(expected), printed


def neutral(text: str) -> str:
    """Return text with what differs from run to run put in words."""
    for pattern, word in VARYING.items():
        text = re.sub(pattern, word, text)
    return text


def main(path: str, update: bool = False) -> None:
    """Run the page at `path` and exit with 1 if something prints other than it says."""
    page = Page(Path(path).resolve())
    changes = list(page.run())
    print("\n".join(page.differences))
    if update:
        text = page.text
        for start, end, printed in reversed(changes):
            text = text[:start] + printed + text[end:]
        page.path.write_text(text, encoding="utf-8")
    sys.exit(bool(changes))


if __name__ == "__main__":
    main(sys.argv[1], "--update" in sys.argv[2:])
