"""Errors: codes, HTTP status, and their way through a pickle."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import pegboard
from pegboard import errors
from pegboard.errors import InvalidParameterValue, MissingDependency, PegboardException

CLASSES = sorted(
    (one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PegboardException)),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("PegboardException", "INTERNAL_ERROR", 500),
        ("InvalidParameterValue", "INVALID_PARAMETER_VALUE", 400),
        ("ResourceDoesNotExist", "RESOURCE_DOES_NOT_EXIST", 404),
        ("ResourceAlreadyExists", "RESOURCE_ALREADY_EXISTS", 400),
        ("InvalidState", "INVALID_STATE", 500),
        ("PermissionDenied", "PERMISSION_DENIED", 403),
        ("StorageFull", "RESOURCE_EXHAUSTED", 429),
        ("StorageDamaged", "INTERNAL_ERROR", 500),
        ("Unsupported", "NOT_IMPLEMENTED", 501),
        ("MissingDependency", "INVALID_PARAMETER_VALUE", 400),
        ("NoSuchProvider", "INVALID_PARAMETER_VALUE", 400),
        ("ProviderConflict", "INVALID_PARAMETER_VALUE", 400),
        ("PluginLoadError", "INTERNAL_ERROR", 500),
        ("IncompatiblePlugin", "INVALID_PARAMETER_VALUE", 400),
    ],
)
def test_codes_and_status(name: str, code: str, status: int) -> None:
    error = getattr(errors, name)("what")
    assert (error.error_code, error.get_http_status_code(), str(error)) == (code, status, "what")


def test_a_given_code_wins_and_an_unknown_one_is_an_internal_error() -> None:
    assert PegboardException("x", errors.BAD_REQUEST).get_http_status_code() == 400
    assert PegboardException("x", "TEMPORARILY_UNAVAILABLE").get_http_status_code() == 503
    assert PegboardException("x", "NEW_CODE").get_http_status_code() == 500
    assert PegboardException("x", "NEW_CODE").error_code == "NEW_CODE"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda one: one.__name__)
def test_errors_survive_pickling_and_copying(cls: type[PegboardException]) -> None:
    error = cls("message é", "SOME_CODE", fact=[1, 2])
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is cls
        assert (other.message, str(other), other.args) == ("message é", "message é", error.args)
        assert (other.error_code, other.json_kwargs) == ("SOME_CODE", {"fact": [1, 2]})


def test_an_error_comes_back_from_a_process(script) -> None:
    done = script("""
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        import pegboard

        def fail():
            pegboard.get_run("no such run!")

        if __name__ == "__main__":
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
                try:
                    pool.submit(fail).result()
                except pegboard.errors.InvalidParameterValue as error:
                    print(error.error_code, error.message)
    """)
    assert done.stdout.startswith("INVALID_PARAMETER_VALUE 'no such run!' is no run id")


def test_the_body_of_the_rest_api() -> None:
    body = json.loads(InvalidParameterValue("é", fact=1).serialize_as_json())
    assert body == {"error_code": "INVALID_PARAMETER_VALUE", "message": "é", "fact": 1}


def test_mlflows_names_and_ways() -> None:
    assert pegboard.MlflowException is PegboardException
    error = pegboard.MlflowException.invalid_parameter_value("x")
    assert isinstance(error, InvalidParameterValue)
    assert pegboard.MlflowException(ValueError("inner")).message == "inner"
    with pytest.raises(pegboard.MlflowException, match="no run id"):
        pegboard.get_run("!")


def test_a_missing_dependency_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="needs"):
        raise MissingDependency("it needs x")
