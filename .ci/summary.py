"""Add up the summary lines of all pytest runs in a log and print one line; CI ends with it."""

from __future__ import annotations

import re
import sys

SUMMARY = re.compile(r"=+ (.*(?:passed|failed|error).*) in [\d.]+s.*=+$")


def main(path: str) -> None:
    """Print the totals of the log at `path`."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = SUMMARY.match(re.sub(r"\x1b\[[\d;]*m", "", line.strip()))
            if match:
                for number, word in re.findall(r"(\d+) (\w+)", match[1]):
                    word = "failed" if word.startswith("error") else word
                    totals[word] = totals.get(word, 0) + int(number)
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")


if __name__ == "__main__":
    main(sys.argv[1])
