"""Rules of params: written once, any text, limits."""

from __future__ import annotations

from typing import Any, cast

from pegboard.entities import Param
from pegboard.errors import InvalidParameterValue
from pegboard.validation import MAX_PARAM_VALUE_LENGTH
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_KEYS, GOOD_KEYS, HOSTILE_TEXTS, NO_TEXTS
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()


@rule
def param_written_once(h: StoreHarness) -> None:
    """A param is written once: another value is refused, naming the param and both values; the old stays."""
    run_id = h.run()
    h.store.log_param(run_id, Param("rate", "0.1"))
    names = ["rate", "0.1", "0.25"]
    refused(InvalidParameterValue, h.store.log_param, run_id, Param("rate", "0.25"), naming=names)
    refused(InvalidParameterValue, h.store.log_batch, run_id, (), [Param("rate", "0.25")], naming=names)
    equal(h.store.get_run(run_id).data.params, {"rate": "0.1"}, "the params")


@rule
def param_same_again(h: StoreHarness) -> None:
    """The same value of a param again is accepted, alone, in a batch and twice within one."""
    run_id = h.run()
    for text in HOSTILE_TEXTS:
        with case(text):
            param = Param("p", text)
            run_id = h.run(h.store.get_run(run_id).info.experiment_id)
            h.store.log_param(run_id, param)
            h.store.log_param(run_id, param)
            h.store.log_batch(run_id, (), [param, Param("other", "1"), param])
            equal(h.store.get_run(run_id).data.params, {"p": text, "other": "1"}, "the params")


@rule
def param_close_values(h: StoreHarness) -> None:
    """Values of a param that look alike are different: spaces, newlines, case, forms of numbers count."""
    for one, other in (
        ("1", "1.0"),
        ("a", "a "),
        ("a", "a\n"),
        ("a\n", "a\r\n"),
        ("", " "),
        ("True", "true"),
        ("\u00e9", "e\u0301"),
        ("None", ""),
    ):
        run_id = h.run()
        h.store.log_param(run_id, Param("p", one))
        with case((one, other)):
            refused(InvalidParameterValue, h.store.log_param, run_id, Param("p", other))
        equal(h.store.get_run(run_id).data.params, {"p": one}, "the params")


@rule
def param_empty_value_counts(h: StoreHarness) -> None:
    """An empty text is a value of a param: it is there, and cannot become another."""
    run_id = h.run()
    h.store.log_param(run_id, Param("empty", ""))
    refused(InvalidParameterValue, h.store.log_param, run_id, Param("empty", "x"))
    equal(h.store.get_run(run_id).data.params, {"empty": ""}, "the params")


@rule
def param_twice_in_batch(h: StoreHarness) -> None:
    """Two values of a param within one batch are refused, naming the param, and nothing is written."""
    run_id = h.run()
    before = state(h.store, run_id)
    params = [Param("p", "1"), Param("q", "1"), Param("p", "2")]
    refused(InvalidParameterValue, h.store.log_batch, run_id, (), params, naming=["p"])
    equal(state(h.store, run_id), before, "the run")


@rule
def param_of_each_run(h: StoreHarness) -> None:
    """Runs have params of their own: another run may have another value."""
    experiment_id = h.experiment()
    values = {h.run(experiment_id): value for value in ("1", "2")}
    for run_id, value in values.items():
        h.store.log_param(run_id, Param("p", value))
    for run_id, value in values.items():
        equal(h.store.get_run(run_id).data.params, {"p": value}, "the params")


@rule
def param_texts(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in params."""
    run_id = h.run()
    params = [Param(f"p{i}", text) for i, text in enumerate(HOSTILE_TEXTS)]
    h.store.log_batch(run_id, (), params[: len(params) // 2])
    for param in params[len(params) // 2 :]:
        h.store.log_param(run_id, param)
    found = h.store.get_run(run_id).data.params
    for param in params:
        equal(found.get(param.key), param.value, "the value")
    equal(len(found), len(params), "the number of params")


@rule
def param_keys(h: StoreHarness) -> None:
    """Each key that keeps the rules can be a param."""
    run_id = h.run()
    for key in GOOD_KEYS:
        with case(key):
            h.store.log_param(run_id, Param(key, f"of {key}"))
    equal(h.store.get_run(run_id).data.params, {key: f"of {key}" for key in GOOD_KEYS}, "the params")


@rule
def param_wrong(h: StoreHarness) -> None:
    """A param whose key or value breaks a rule is refused and not written."""
    run_id = h.run()
    before = state(h.store, run_id)
    params = [Param(cast(Any, key), "v") for key in BAD_KEYS]
    params += [Param("k", cast(Any, value)) for value in NO_TEXTS]
    for param in params:
        with case(param):
            refused(InvalidParameterValue, h.store.log_param, run_id, param)
    equal(state(h.store, run_id), before, "the run")


@rule
def param_cut(h: StoreHarness) -> None:
    """A param over 6,000 characters is cut to them by default, and may be logged so again."""
    limit = MAX_PARAM_VALUE_LENGTH
    run_id = h.run()
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES=None, MLFLOW_TRUNCATE_LONG_VALUES=None):
        for _ in range(2):
            h.store.log_param(run_id, Param("full", "x" * limit))
            h.store.log_param(run_id, Param("over", "\u00e9" * (limit + 1)))
            h.store.log_batch(run_id, (), [Param("far over", "\U0001f600" * (3 * limit))])
    equal(
        h.store.get_run(run_id).data.params,
        {"full": "x" * limit, "over": "\u00e9" * limit, "far over": "\U0001f600" * limit},
        "the params",
    )


@rule
def param_cut_warns_once(h: StoreHarness) -> None:
    """That a value is cut is told by a warning that names it, once however often it is cut."""
    run_id, key = h.run(), h.name("long")
    cutting = h.variables(PEGBOARD_TRUNCATE_LONG_VALUES=None, MLFLOW_TRUNCATE_LONG_VALUES=None)
    with cutting, h.logged() as lines:
        for _ in range(3):
            h.store.log_param(run_id, Param(key, "x" * (MAX_PARAM_VALUE_LENGTH + 1)))
    equal(len([line for line in lines if key in line]), 1, "the number of warnings")


@rule
def param_too_long(h: StoreHarness) -> None:
    """With PEGBOARD_TRUNCATE_LONG_VALUES=false, or MLflow's twin, a param over 6,000 is refused."""
    run_id = h.run()
    long = Param("long", "x" * (MAX_PARAM_VALUE_LENGTH + 1))
    for variable in ("PEGBOARD_TRUNCATE_LONG_VALUES", "MLFLOW_TRUNCATE_LONG_VALUES"):
        off = {"PEGBOARD_TRUNCATE_LONG_VALUES": None, variable: "false"}
        with case(variable), h.variables(**off):
            refused(InvalidParameterValue, h.store.log_param, run_id, long, naming=["long", "6000"])
            refused(InvalidParameterValue, h.store.log_batch, run_id, (), [Param("good", "1"), long])
            h.store.log_param(run_id, Param("full", long.value[:-1]))
    equal(list(h.store.get_run(run_id).data.params), ["full"], "the keys of the params")
