"""The exceptions that Pegboard raises, each with an error code of MLflow's REST API.

Every layer raises these: validation, stores, the fluent API, the choice and loading of plugins. Servers map
the code to an HTTP status and clients map it back.
"""

from __future__ import annotations

from typing import Any

INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
INVALID_STATE = "INVALID_STATE"
RESOURCE_DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"
RESOURCE_ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
PERMISSION_DENIED = "PERMISSION_DENIED"
RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
TEMPORARILY_UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
BAD_REQUEST = "BAD_REQUEST"
ENDPOINT_NOT_FOUND = "ENDPOINT_NOT_FOUND"

#: The HTTP status of each error code, as MLflow's REST API answers it.
HTTP_STATUS: dict[str, int] = {
    INTERNAL_ERROR: 500,
    INVALID_PARAMETER_VALUE: 400,
    INVALID_STATE: 500,
    RESOURCE_DOES_NOT_EXIST: 404,
    RESOURCE_ALREADY_EXISTS: 400,
    PERMISSION_DENIED: 403,
    RESOURCE_EXHAUSTED: 429,
    TEMPORARILY_UNAVAILABLE: 503,
    NOT_IMPLEMENTED: 501,
    BAD_REQUEST: 400,
    ENDPOINT_NOT_FOUND: 404,
}


class PegboardException(Exception):
    """The base of all errors that Pegboard raises; `MlflowException` is an alias of it.

    Args:
        message: What is wrong: the value, the rule it breaks and the way out.
        error_code: One of the codes of this module; a subclass has one of its own.
        **kwargs: Further facts for programs, kept in `json_kwargs`.
    """

    error_code: str = INTERNAL_ERROR

    def __init__(self, message: object, error_code: str | None = None, **kwargs: Any) -> None:
        self.message = str(message)
        if error_code is not None:
            self.error_code = error_code
        self.json_kwargs = kwargs
        super().__init__(self.message)

    @classmethod
    def invalid_parameter_value(cls, message: object, **kwargs: Any) -> PegboardException:
        """Return an error with the code INVALID_PARAMETER_VALUE."""
        return InvalidParameterValue(message, **kwargs)

    def get_http_status_code(self) -> int:
        """Return the HTTP status that belongs to the error code (500 for an unknown one)."""
        return HTTP_STATUS.get(self.error_code, 500)

    def serialize_as_json(self) -> str:
        """Return the error body of MLflow's REST API: `error_code`, `message` and the further facts."""
        import json

        return json.dumps({"error_code": self.error_code, "message": self.message, **self.json_kwargs})

    def __reduce__(self) -> tuple[Any, ...]:
        # Plain pickling would call __init__ with args alone and lose code and facts on the way to a process.
        return (_rebuild, (type(self), self.message, self.error_code, self.json_kwargs))


def _rebuild(
    cls: type[PegboardException], message: str, code: str, facts: dict[str, Any]
) -> PegboardException:
    error = cls.__new__(cls)
    PegboardException.__init__(error, message, code, **facts)
    return error


class InvalidParameterValue(PegboardException):
    """An argument breaks a rule; nothing was written."""

    error_code = INVALID_PARAMETER_VALUE


class ResourceDoesNotExist(PegboardException):
    """What was named (an experiment, a run, an artifact, a model) is not there."""

    error_code = RESOURCE_DOES_NOT_EXIST


class ResourceAlreadyExists(PegboardException):
    """What should be made exists already, active or deleted."""

    error_code = RESOURCE_ALREADY_EXISTS


class InvalidState(PegboardException):
    """What was named is in a state that forbids the call, such as a deleted run that is resumed."""

    error_code = INVALID_STATE


class PermissionDenied(PegboardException):
    """The file system, database or server refuses the access."""

    error_code = PERMISSION_DENIED


class StorageFull(PegboardException):
    """The disk, quota or database has no room for what should be written; nothing of the call was kept."""

    error_code = RESOURCE_EXHAUSTED


class StorageDamaged(PegboardException):
    """Stored data cannot be read as what they should be; the message names the place."""

    error_code = INTERNAL_ERROR


class Unsupported(PegboardException):
    """A provider declares that it lacks the capability that the call needs."""

    error_code = NOT_IMPLEMENTED


class MissingDependency(PegboardException, ImportError):
    """An optional package is needed for the call; the message says how to install it."""

    error_code = INVALID_PARAMETER_VALUE


class PluginError(PegboardException):
    """A plugin could not be chosen, loaded or used."""


class NoSuchProvider(PluginError):
    """Nothing that is installed and enabled offers the scheme or name."""

    error_code = INVALID_PARAMETER_VALUE


class ProviderConflict(PluginError):
    """Two offers claim the same scheme or name and no setting prefers one."""

    error_code = INVALID_PARAMETER_VALUE


class PluginLoadError(PluginError):
    """The chosen plugin cannot be loaded, or what its hook returns is not a provider of the kind."""


class IncompatiblePlugin(PluginError):
    """The plugin's requirement on `pegboard` excludes the kernel that runs."""

    error_code = INVALID_PARAMETER_VALUE
