"""Writes a reference page for each kind: `python -m pegboard_conformance.reference OUTDIR`.

A page, in Markdown, has the contract's methods with their docstrings, the capability flags and all rules;
so the documentation cannot say anything that is not in the code.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pegboard.contracts import Provider
from pegboard.kinds import KINDS
from pegboard_conformance.rules import Rule
from pegboard_conformance.suites import KINDS as SUITES
from pegboard_conformance.suites import suite

_SECTIONS = ("Args:", "Returns:", "Raises:", "Yields:")


class _Verbatim(str):
    """An annotation that a signature shows as it is written in the code."""

    def __repr__(self) -> str:
        return str(self)


def page(kind: str) -> str:
    """Return the reference page of a kind.

    Args:
        kind: The name of a kind that has a suite.
    """
    contract = KINDS[kind].contract()
    assert issubclass(contract, Provider)
    lines = [f"# {KINDS[kind].title.capitalize()}", "", _markdown(inspect.getdoc(contract) or "")]
    methods = dict(_methods(contract))
    required = {name for name in methods if name in contract.__abstractmethods__}
    lines += _method_list(methods, sorted(required, key=list(methods).index), "Required methods")
    lines += _method_list(
        methods, [name for name in methods if name not in required], "Methods with a default"
    )
    if contract.known_capabilities:
        lines += ["", "## Capabilities", "", "| flag | promise |", "|---|---|"]
        lines += [
            f"| `{flag}` | {_cell(sentence)} |" for flag, sentence in contract.known_capabilities.items()
        ]
    lines += ["", "## Rules", "", "| id | sentence | applies |", "|---|---|---|"]
    lines += [f"| `{rule.id}` | {_cell(rule.sentence)} | {_applies(rule)} |" for rule in suite(kind).rules]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> list[Path]:
    """Write the pages of all suites into a folder, which is made, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in SUITES:
        path = folder / f"{kind.replace('_', '-')}.md"
        path.write_text(page(kind), encoding="utf-8")
        paths.append(path)
    return paths


def _methods(contract: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods by name: the contract's own in their order, then the inherited ones."""
    seen = set()
    for cls in contract.__mro__:
        for name, value in vars(cls).items():
            if not name.startswith("_") and inspect.isfunction(value) and name not in seen:
                seen.add(name)
                yield name, value


def _method_list(methods: dict[str, Any], names: list[str], title: str) -> list[str]:
    lines = ["", f"## {title}"]
    for name in names:
        lines += ["", f"### `{name}`", "", "```python", _signature(methods[name]), "```", ""]
        lines += [_markdown(inspect.getdoc(methods[name]) or "")]
    return lines


def _signature(method: Any) -> str:
    signature = inspect.signature(method)
    parameters = [p.replace(annotation=_shown(p.annotation)) for p in signature.parameters.values()]
    returns = _shown(signature.return_annotation)
    line = f"{method.__name__}{signature.replace(parameters=parameters, return_annotation=returns)}"
    if len(line) <= 100:
        return line
    inner = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"{method.__name__}(\n{inner}) -> {returns}"


def _shown(annotation: Any) -> Any:
    return _Verbatim(annotation) if isinstance(annotation, str) else annotation


def _markdown(docstring: str) -> str:
    """Turn the sections of a docstring into bold words with lists below."""
    lines: list[str] = []
    in_section = False
    for line in docstring.splitlines():
        item = re.fullmatch(r"    (\*{0,2}\w+): (.*)", line)
        if line in _SECTIONS:
            in_section = True
            lines += [f"**{line.rstrip(':')}**", ""]
        elif in_section and item:
            lines.append(f"- `{item[1]}`: {item[2]}")
        elif in_section and line.startswith("    "):
            lines.append(f"  {line.strip()}" if line.startswith("     ") else line.strip())
        else:
            in_section = in_section and not line
            lines.append(line)
    return "\n".join(lines).strip()


def _applies(rule: Rule) -> str:
    if rule.needs is not None:
        return f"with `{rule.needs}`"
    return f"without `{rule.lacks}`" if rule.lacks is not None else "always"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pegboard_conformance.reference OUTDIR")
    for written in write(Path(sys.argv[1])):
        print(written)
