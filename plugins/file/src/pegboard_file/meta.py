"""The YAML of `meta.yaml` files, byte for byte as MLflow writes it; called by whoever reads or writes one.

Nearly all of these files consist of `key: value` lines in a narrow form, which is read and written here
directly: a tenth of the time, and a fresh script never imports PyYAML. Everything else goes to PyYAML's safe
loader and dumper. The narrow form is a subset on which both agree; a property test compares them.
"""

from __future__ import annotations

import re
from typing import Any

from pegboard.errors import StorageDamaged

# A key with an underscore is no word that YAML takes for a boolean or null.
_KEY = rb"([a-z]+_[a-z_]*[a-z]|name|status|tags|workspace|source|schema|profile|digest)"
# A plain text: words of safe characters, the first beginning with a letter or slash, colons only within.
_WORD = r"[A-Za-z0-9/](?:[\w./-]|:(?=[\w./-]))*"
_TEXT = rf"[A-Za-z/](?:[\w./-]|:(?=[\w./-]))*(?: {_WORD})*"
_INTEGER = r"-?(?:0|[1-9][0-9]{0,18})"
# 32 hex digits with one of acdef are neither decimal, octal nor binary; YAML floats have a dot.
_HEX_ID = r"(?=[0-9]*[0-9a-f]*[acdef])[0-9a-f]{32}"
_LINE = re.compile(
    _KEY
    + (
        rf": (?:(?P<integer>{_INTEGER})|'(?P<quoted>[\w ./:-]*)'|(?P<hex>{_HEX_ID})|(?P<text>{_TEXT})"
        r"|(?P<list>\[\])|(?P<map>\{\}))"
    ).encode()
)
_PLAIN = re.compile(rf"(?:{_HEX_ID}|{_TEXT})", re.ASCII)
_DIGITS = re.compile(r"(?:0|[1-9][0-9]*)", re.ASCII)
_SAFE_KEY = re.compile(_KEY.decode())
# Plain texts that YAML 1.1 reads as something else, in any case.
_WORDS = {"null": None, "true": True, "false": False}
_RESERVED = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_WIDTH = 80
# The C loader's recursion overflows the stack, and so ends the process, some thousand levels down.
_MAX_DEPTH = 100


def load(data: bytes, path: str) -> dict[str, Any]:
    """Return the fields of a `meta.yaml`.

    Args:
        data: Its content.
        path: Where it lies, for the message.

    Raises:
        StorageDamaged: The content is no YAML mapping, or would make objects of other types.
    """
    fields = load_narrow(data)
    return _load_yaml(data, path) if fields is None else fields


def load_narrow(data: bytes) -> dict[str, Any] | None:
    """Return the fields if each line has the narrow form, else None."""
    fields: dict[str, Any] = {}
    match_line = _LINE.fullmatch
    lines = data.split(b"\n")
    if lines.pop():
        return None
    for line in lines:
        match = match_line(line)
        if match is None:
            return None
        value = match[match.lastindex]  # type: ignore[index]
        kind = match.lastgroup
        if kind == "text":
            text = value.decode()
            lowered = text.lower()
            if lowered in _RESERVED:
                if text not in _WORDS:
                    return None
                fields[match[1].decode()] = _WORDS[text]
                continue
            fields[match[1].decode()] = text
        elif kind == "integer":
            fields[match[1].decode()] = int(value)
        elif kind == "list":
            fields[match[1].decode()] = []
        elif kind == "map":
            fields[match[1].decode()] = {}
        else:
            fields[match[1].decode()] = value.decode()
    return fields or None


def _load_yaml(data: bytes, path: str) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = data.decode()
        if sum(map(text.count, "[{-?:")) > _MAX_DEPTH and _is_deep(text, loader):
            raise ValueError(f"it is nested deeper than {_MAX_DEPTH} levels")
        fields = yaml.load(text, Loader=loader)  # noqa: S506 (both are safe loaders)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        problem = " ".join(str(error).split())
        raise StorageDamaged(f"'{path}' is no valid YAML: {problem}. Repair or remove it.") from None
    if not isinstance(fields, dict):
        what = "empty" if fields is None else f"YAML of a {type(fields).__name__} instead of fields"
        raise StorageDamaged(f"'{path}' is {what}. Repair or remove it.")
    return fields


def _is_deep(text: str, loader: Any) -> bool:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            return True
    return False


def dump(fields: dict[str, Any]) -> bytes:
    """Return the content of a `meta.yaml`, keys sorted."""
    data = dump_narrow(fields)
    return _dump_yaml(fields) if data is None else data


def dump_narrow(fields: dict[str, Any]) -> bytes | None:
    """Return the content if each field has the narrow form, else None."""
    lines = []
    if not all(isinstance(key, str) and _SAFE_KEY.fullmatch(key) for key in fields):
        return None
    for key in sorted(fields):
        value = _narrow(fields[key])
        if value is None or (len(key) + len(value) + 2 > _WIDTH and " " in value):
            return None
        lines.append(f"{key}: {value}\n")
    return "".join(lines).encode() if lines else None


def _narrow(value: Any) -> str | None:
    if value is None:
        return "null"
    if type(value) is int:
        return str(value) if abs(value) < 10**18 else None
    if type(value) is str:
        if not value or _DIGITS.fullmatch(value):
            return f"'{value}'"
        return value if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED else None
    if type(value) in (list, dict) and not value:
        return str(value)
    return None


def _dump_yaml(fields: dict[str, Any]) -> bytes:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(fields, Dumper=dumper, default_flow_style=False, allow_unicode=True, sort_keys=True)
    return str(text).encode()
