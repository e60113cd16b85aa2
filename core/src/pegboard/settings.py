"""The one table of all settings: name, environment variables, type, default, help.

Each setting has a variable `PEGBOARD_<NAME>` and honours the `MLFLOW_*` variable of the same meaning; the
first wins. Kernel and plugins read settings here and nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pegboard.errors import InvalidParameterValue

T = TypeVar("T")


def redacted(uri: str) -> str:
    """Return a URI without the password or token that it may hold."""
    secrets = r"([?&][^=&#]*(?:password|passwd|pwd|token|secret|key|signature)[^=&#]*=)[^&#]*"
    uri = re.sub(secrets, r"\1***", uri, flags=re.IGNORECASE)
    if uri.lower().startswith(("http:", "https:")):
        return re.sub(r"(?<=://)[^/]*@", "***@", uri)
    return re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", uri)


_TRUE = ("true", "1")
_FALSE = ("false", "0")


class Setting(Generic[T]):
    """One setting, read from the environment each time it is asked for.

    Args:
        name: Its name in lower case; the variable is `PEGBOARD_` and the name in capitals.
        parse: Turns the variable's text into the value; raises ValueError with the rule it breaks.
        default: The value without a variable.
        help: One sentence for `pegboard settings`.
        mlflow: MLflow's variable of the same meaning.
        secret: Whether listings mask the value.
    """

    __slots__ = ("default", "help", "inherited", "mlflow", "name", "parse", "secret", "variable")

    def __init__(
        self,
        name: str,
        parse: Callable[[str], T],
        default: T,
        help: str,
        mlflow: str | None = None,
        secret: bool = False,
    ) -> None:
        self.name = name
        self.variable = "PEGBOARD_" + name.upper()
        self.parse = parse
        self.default = default
        self.help = help
        self.mlflow = mlflow
        self.secret = secret
        self.inherited: list[str | None] = []

    def get(self) -> T:
        """Return the value.

        Raises:
            InvalidParameterValue: The variable's text is not of the setting's type.
        """
        text = os.environ.get(self.variable)
        if text is None and self.mlflow is not None:
            text = os.environ.get(self.mlflow)
        return self.default if text is None else self._parsed(text)

    def _parsed(self, text: str) -> T:
        try:
            return self.parse(text)
        except ValueError as error:
            problem = "is wrong" if self.secret else f"is {text!r}: {error}"
            raise InvalidParameterValue(
                f"The environment variable {self.origin()} {problem}. Correct or unset it."
            ) from None

    def origin(self) -> str:
        """Return the variable that sets the value, or `default`."""
        for variable in (self.variable, self.mlflow):
            if variable is not None and variable in os.environ:
                return variable
        return "default"

    def shown(self) -> str:
        """Return the value as a listing may show it: secrets masked, a wrong one with its problem."""
        try:
            value = self.get()
        except InvalidParameterValue as error:
            return f"wrong: {error.message}"
        if value is None:
            return ""
        if self.secret:
            return "***"
        if isinstance(value, tuple):
            return ",".join(value)
        if isinstance(value, dict):
            return ",".join(f"{key}={item}" for key, item in value.items())
        return redacted(str(value).lower() if isinstance(value, bool) else str(value))

    def set_for_children(self, value: str | None) -> None:
        """Put a value into the environment, so that processes started from here inherit it.

        Args:
            value: The value; None puts back what was there before the first call.
        """
        if not self.inherited:
            self.inherited = [os.environ.get(self.variable)]
        wanted = self.inherited[0] if value is None else value
        if wanted is None:
            os.environ.pop(self.variable, None)
        else:
            os.environ[self.variable] = wanted


def _text(text: str) -> str | None:
    return text or None


def _flag(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("it must be true, false, 1 or 0")


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("it must be a whole number from 1 up")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _durability(text: str) -> str:
    if text not in ("process", "full"):
        raise ValueError("it must be 'process' or 'full'")
    return text


def _preferences(text: str) -> dict[str, str]:
    preferences = {}
    for part in _names(text):
        offer, equals, distribution = part.partition("=")
        kind, colon, name = offer.partition(":")
        if not (equals and colon and kind and name and distribution):
            raise ValueError(f"'{part}' must have the form kind:name=distribution")
        preferences[f"{kind.strip()}:{name.strip().lower()}"] = distribution.strip()
    return preferences


TRACKING_URI = Setting[str | None](
    "tracking_uri", _text, None, "Where runs are tracked.", "MLFLOW_TRACKING_URI"
)
REGISTRY_URI = Setting[str | None](
    "registry_uri",
    _text,
    None,
    "Where models are registered; the tracking URI by default.",
    "MLFLOW_REGISTRY_URI",
)
EXPERIMENT_NAME = Setting[str | None](
    "experiment_name", _text, None, "The experiment of new runs, by name.", "MLFLOW_EXPERIMENT_NAME"
)
EXPERIMENT_ID = Setting[str | None](
    "experiment_id", _text, None, "The experiment of new runs, by id.", "MLFLOW_EXPERIMENT_ID"
)
RUN_ID = Setting[str | None]("run_id", _text, None, "The run that the next start resumes.", "MLFLOW_RUN_ID")
DURABILITY = Setting[str](
    "durability",
    _durability,
    "process",
    "'process': what is acknowledged survives the process; 'full': a loss of power too.",
)
TRUNCATE_LONG_VALUES = Setting[bool](
    "truncate_long_values",
    _flag,
    True,
    "Cut values over their limit with a warning; false refuses them.",
    "MLFLOW_TRUNCATE_LONG_VALUES",
)
ENABLE_ASYNC_LOGGING = Setting[bool](
    "enable_async_logging",
    _flag,
    False,
    "Log in the background unless a call says otherwise.",
    "MLFLOW_ENABLE_ASYNC_LOGGING",
)
ASYNC_QUEUE_SIZE = Setting[int](
    "async_queue_size",
    _count,
    10_000,
    "How many elements may wait for background logging before calls wait.",
)
PREFER = Setting[dict[str, str]](
    "prefer",
    _preferences,
    {},
    "Which distribution wins a conflict: kind:name=distribution, separated by commas.",
)
PLUGINS = Setting[tuple[str, ...] | None](
    "plugins",
    _names,
    None,
    "Only these distributions are used as plugins, separated by commas; all by default.",
)
DISABLE_PLUGINS = Setting[tuple[str, ...]](
    "disable_plugins", _names, (), "These distributions are not used as plugins, separated by commas."
)

#: All settings, in the order in which they are shown.
TABLE: tuple[Setting[Any], ...] = (
    TRACKING_URI,
    REGISTRY_URI,
    EXPERIMENT_NAME,
    EXPERIMENT_ID,
    RUN_ID,
    DURABILITY,
    TRUNCATE_LONG_VALUES,
    ENABLE_ASYNC_LOGGING,
    ASYNC_QUEUE_SIZE,
    PREFER,
    PLUGINS,
    DISABLE_PLUGINS,
)
