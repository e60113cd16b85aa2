"""Limits and name rules, stated once, for every store, repository and server.

The limits are those of MLflow's REST API. Each function raises InvalidParameterValue with the value, the rule
and the way out, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from pegboard import notices, settings
from pegboard.entities import ExperimentTag, Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue

MAX_KEY_LENGTH = 250
MAX_PARAM_VALUE_LENGTH = 6000
MAX_TAG_VALUE_LENGTH = 8000
MAX_EXPERIMENT_TAG_VALUE_LENGTH = 5000
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_METRICS_PER_BATCH = 1000
MAX_PARAMS_PER_BATCH = 100
MAX_TAGS_PER_BATCH = 100
MAX_ENTITIES_PER_BATCH = 1000
MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1

#: How deep an artifact path may be; deeper ones are beyond what file systems and their tools take.
MAX_ARTIFACT_PATH_PARTS = 250

#: The prefix of names that Pegboard's own files have among artifacts; no artifact may use it.
RESERVED_PREFIX = ".pegboard-"

_KEY = re.compile(r"[\w./: -]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}", re.ASCII)
_EXPERIMENT_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,63}", re.ASCII)
_DRIVE = re.compile(r"[a-zA-Z]:(?:[/\\]|$)")


def check_text(what: str, value: object, nul: bool = False) -> str:
    """Return `value` if it is text that every store can hold: a string without NUL and lone surrogates.

    Args:
        what: What the value is, for the message.
        value: The value.
        nul: Whether NUL is allowed, as in files.
    """
    if not isinstance(value, str):
        raise InvalidParameterValue(
            f"{what} is {value!r} of type {type(value).__name__}. It must be a string."
        )
    if "\0" in value and not nul:
        raise InvalidParameterValue(f"{what} contains a NUL character. Remove it: {_short(value)}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidParameterValue(
                f"{what} contains a lone surrogate and so is no valid Unicode. Remove it: {_short(value)}"
            ) from None
    return value


@lru_cache(maxsize=4096)
def _check_key(what: str, key: str) -> str:
    check_text(f"The {what}", key)
    problem = None
    if not key:
        problem = "is empty"
    elif len(key) > MAX_KEY_LENGTH:
        problem = f"has {len(key)} characters, over the limit of {MAX_KEY_LENGTH}"
    elif not _KEY.fullmatch(key):
        wrong = sorted({char for char in key if not _KEY.fullmatch(char)})
        problem = f"contains {', '.join(map(repr, wrong))}"
    elif key.startswith("/"):
        problem = "is absolute"
    elif key.startswith(".."):
        problem = "begins with '..'"
    elif any(part in ("", ".", "..") for part in key.split("/")):
        problem = "has a part that is empty, '.' or '..'"
    if problem is not None:
        raise InvalidParameterValue(
            f"The {what} {_short(key)} {problem}. Use 1 to {MAX_KEY_LENGTH} letters, digits, spaces and "
            "'_', '-', '.', ':', with '/' only between parts that are not empty, '.' or '..'; a key does not "
            "begin with '..'."
        )
    return key


def check_key(what: str, key: object) -> str:
    """Return the key of a metric, param or tag if it keeps the name rules.

    Args:
        what: What the key is of, such as `metric key`, for the message.
        key: The key.
    """
    if not isinstance(key, str):
        raise InvalidParameterValue(
            f"The {what} is {key!r} of type {type(key).__name__}. It must be a string."
        )
    return _check_key(what, key)


def check_run_id(run_id: object) -> str:
    """Return the run id if it has the form of one: up to 256 of `A-Z a-z 0-9 _ -`."""
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        raise InvalidParameterValue(
            f"{_short(run_id)} is no run id. A run id has 1 to 256 letters, digits, '_' and '-' "
            "and starts with a letter or digit."
        )
    return run_id


def check_experiment_id(experiment_id: object) -> str:
    """Return the experiment id as text if it has the form of one; an integer is taken as its digits."""
    if isinstance(experiment_id, int) and not isinstance(experiment_id, bool):
        experiment_id = str(experiment_id)
    if not isinstance(experiment_id, str) or not _EXPERIMENT_ID.fullmatch(experiment_id):
        raise InvalidParameterValue(
            f"{_short(experiment_id)} is no experiment id. An experiment id has 1 to 64 letters, digits, "
            "'_' and '-' and starts with a letter or digit."
        )
    return experiment_id


def check_experiment_name(name: object) -> str:
    """Return the experiment name if it is text of 1 to 500 characters, not only spaces."""
    name = check_text("The experiment name", name)
    if not name.strip():
        raise InvalidParameterValue(f"The experiment name {name!r} is empty. Give it a name.")
    if len(name) > MAX_EXPERIMENT_NAME_LENGTH:
        raise InvalidParameterValue(
            f"The experiment name {_short(name)} has {len(name)} characters, over the limit of "
            f"{MAX_EXPERIMENT_NAME_LENGTH}. Shorten it."
        )
    return name


def check_integer(what: str, value: object, minimum: int = MIN_INT64) -> int:
    """Return a whole number that fits 64 bits and is not below `minimum`; integral floats are taken."""
    if isinstance(value, bool) or not hasattr(value, "__int__") or isinstance(value, str):
        raise InvalidParameterValue(f"{what} is {_short(value)}. It must be a whole number.")
    try:
        number = int(value)
        integral = number == value
    except (ValueError, OverflowError, TypeError):
        integral = False
    if not integral:
        raise InvalidParameterValue(f"{what} is {_short(value)}. It must be a whole number.")
    if not minimum <= number <= MAX_INT64:
        raise InvalidParameterValue(f"{what} is {number}. It must be from {minimum} to {MAX_INT64}.")
    return number


def check_number(what: str, value: object) -> float:
    """Return a 64-bit float; NaN and infinities are values, text and booleans are not."""
    if type(value) is float:
        return value
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise InvalidParameterValue(
            f"{what} is {_short(value)} of type {type(value).__name__}. It must be a number."
        )
    try:
        return float(value)
    except OverflowError:
        raise InvalidParameterValue(f"{what} is {_short(value)}. It does not fit a 64-bit float.") from None
    except (ValueError, TypeError):
        raise InvalidParameterValue(
            f"{what} is {_short(value)} of type {type(value).__name__}. It must be a single number."
        ) from None


def check_metric(metric: Metric) -> Metric:
    """Return the metric with a float as value and whole numbers as timestamp and step."""
    key = check_key("metric key", metric.key)
    value, timestamp, step = metric.value, metric.timestamp, metric.step
    if (
        type(value) is float
        and type(timestamp) is int
        and type(step) is int
        and 0 <= timestamp <= MAX_INT64
        and MIN_INT64 <= step <= MAX_INT64
        and metric.dataset_name is metric.dataset_digest is None
    ):
        return metric
    for what, text in (("name", metric.dataset_name), ("digest", metric.dataset_digest)):
        if text is not None:
            check_text(f"The dataset's {what} of metric '{key}'", text)
    return Metric(
        key,
        check_number(f"The value of metric '{key}'", value),
        check_integer(f"The timestamp of metric '{key}'", timestamp, 0),
        check_integer(f"The step of metric '{key}'", step),
        metric.model_id,
        metric.dataset_name,
        metric.dataset_digest,
    )


def check_param(param: Param) -> Param:
    """Return the param, its value cut to 6,000 characters where settings say so."""
    key = check_key("param key", param.key)
    value = _bounded(f"The value of param '{key}'", param.value, MAX_PARAM_VALUE_LENGTH)
    return param if value is param.value else Param(key, value)


def check_tag(tag: RunTag) -> RunTag:
    """Return the tag of a run, its value cut to 8,000 characters where settings say so."""
    key = check_key("tag key", tag.key)
    value = _bounded(f"The value of tag '{key}'", tag.value, MAX_TAG_VALUE_LENGTH)
    return tag if value is tag.value else RunTag(key, value)


def check_experiment_tag(tag: ExperimentTag) -> ExperimentTag:
    """Return the tag of an experiment, its value cut to 5,000 characters where settings say so."""
    key = check_key("experiment tag key", tag.key)
    value = _bounded(f"The value of experiment tag '{key}'", tag.value, MAX_EXPERIMENT_TAG_VALUE_LENGTH)
    return tag if value is tag.value else ExperimentTag(key, value)


def check_batch(
    metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
) -> tuple[list[Metric], list[Param], list[RunTag]]:
    """Return the elements of a batch, checked, with repeated params once and the last of each tag.

    Raises:
        InvalidParameterValue: A limit or name rule is broken, or a param occurs with two values.
    """
    sizes = (
        ("metrics", len(metrics), MAX_METRICS_PER_BATCH),
        ("params", len(params), MAX_PARAMS_PER_BATCH),
        ("tags", len(tags), MAX_TAGS_PER_BATCH),
        ("elements in all", len(metrics) + len(params) + len(tags), MAX_ENTITIES_PER_BATCH),
    )
    for what, size, limit in sizes:
        if size > limit:
            raise InvalidParameterValue(
                f"The batch has {size} {what}, over the limit of {limit}. Split it, or use the fluent API, "
                "which does."
            )
    return check_elements(metrics, params, tags)


def check_mapping(what: str, value: Any) -> Mapping[Any, Any]:
    """Return a mapping of keys to values; refuse anything else, such as a list of pairs."""
    if not isinstance(value, Mapping):
        raise InvalidParameterValue(
            f"The {what} are {_short(value)} of type {type(value).__name__}. Give a dictionary."
        )
    return value


def check_entities(what: str, elements: Iterable[object], kind: type) -> None:
    """Refuse elements that are not entities of a kind, such as pairs instead of `Param`."""
    for element in elements:
        if not isinstance(element, kind):
            raise InvalidParameterValue(
                f"Among the {what} is {_short(element)} of type {type(element).__name__}. It must be a "
                f"pegboard.entities.{kind.__name__}."
            )


def check_elements(
    metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
) -> tuple[list[Metric], list[Param], list[RunTag]]:
    """Return elements as `check_batch` does, however many there are."""
    checked_params: dict[str, Param] = {}
    for param in map(check_param, params):
        known = checked_params.setdefault(param.key, param)
        if known.value != param.value:
            raise InvalidParameterValue(
                f"The batch has two values for param '{param.key}': {_short(known.value)} and "
                f"{_short(param.value)}. A param is written once."
            )
    checked_tags = {tag.key: tag for tag in map(check_tag, tags)}
    return [check_metric(metric) for metric in metrics], [*checked_params.values()], [*checked_tags.values()]


def param_conflict(run_id: str, key: str, old: str, new: str) -> InvalidParameterValue:
    """Return the error for a param that is logged again with another value."""
    return InvalidParameterValue(
        f"Param '{key}' of run '{run_id}' is {_short(old)} already and cannot become {_short(new)}. "
        "A param is written once; start a new run, or use a tag for what changes."
    )


def check_page_size(max_results: object, limit: int) -> int:
    """Return the size of a page if it is a whole number from 1 to `limit`."""
    size = check_integer("max_results", max_results)
    if not 1 <= size <= limit:
        raise InvalidParameterValue(f"max_results is {size}. It must be from 1 to {limit}.")
    return size


def check_artifact_path(path: object) -> str:
    """Return a relative artifact path, empty for the root.

    Raises:
        InvalidParameterValue: The path is absolute, climbs, is no plain path after URL decoding, or names a
            reserved place.
    """
    if path is None or path == "":
        return ""
    path = check_text("The artifact path", path)
    problem = _path_problem(path) or _path_problem(_decoded(path))
    if problem is not None:
        raise InvalidParameterValue(
            f"The artifact path {_short(path)} {problem}. Use a relative path with '/' between its parts, "
            "such as 'plots/roc.png'."
        )
    return path.rstrip("/")


def join_artifact_path(folder: str | None, name: str | None) -> str:
    """Return the artifact path of `name` in `folder`; either may be None or empty."""
    return "/".join(part for part in (folder, name) if part)


def _decoded(path: str) -> str:
    # Encoded twice or more is still climbing for whoever decodes as often.
    for _ in range(4):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    return path


def _path_problem(path: str) -> str | None:
    if "\\" in path:
        return "contains a backslash"
    if "\0" in path:
        return "contains a NUL character"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    parts = path.rstrip("/").split("/")
    if ".." in parts:
        return "climbs with '..'"
    if "." in parts or "" in parts:
        return "has an empty or '.' part"
    if len(parts) > MAX_ARTIFACT_PATH_PARTS:
        return f"has {len(parts)} parts, over the limit of {MAX_ARTIFACT_PATH_PARTS}"
    if any(part.startswith(RESERVED_PREFIX) for part in parts):
        return f"names a place that is reserved ('{RESERVED_PREFIX}...')"
    return None


def _bounded(what: str, value: object, limit: int) -> str:
    text = check_text(what, value)
    if len(text) <= limit:
        return text
    if not settings.TRUNCATE_LONG_VALUES.get():
        raise InvalidParameterValue(
            f"{what} has {len(text)} characters, over the limit of {limit}. Shorten it, or set "
            f"{settings.TRUNCATE_LONG_VALUES.variable}=true to have it cut."
        )
    notices.once(
        f"cut:{what}",
        f"{what} has {len(text)} characters and is cut to the limit of {limit}. Set "
        f"{settings.TRUNCATE_LONG_VALUES.variable}=false to refuse such values instead.",
    )
    return text[:limit]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:60] + f"… ({len(text)} characters)"
