"""Commands of the program `pegboard` for experiments, runs and artifacts, offered as entry points."""
