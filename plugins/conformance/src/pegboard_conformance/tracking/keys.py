"""Rules of keys: independent of each other, of case, and as folders of others."""

from __future__ import annotations

from collections.abc import Callable

from pegboard.entities import ExperimentTag, Metric, Param, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard.validation import MAX_KEY_LENGTH
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import MOMENT, RUN_NAME_TAG
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()

_LETTERS = ("k", "\u00e9", "\u65e5", "\U00020000")
_PAIRS = (("a", "a/b"), ("a/b", "a"), ("a", "a/b/c"), ("a/b/c", "a"), ("x/y/z", "x/y"))


@rule
def keys_of_kinds(h: StoreHarness) -> None:
    """A metric, a param and a tag may have one key, and `a` and `a/b` where they are of different kinds."""
    run_id = h.run()
    for key in ("same", "a"):
        h.store.log_batch(run_id, [Metric(key, 1.0, 1, 0)], [Param(key, "param")], [RunTag(key, "tag")])
    h.store.log_param(run_id, Param("only/param", "1"))
    h.store.log_metric(run_id, Metric("only", 1.0, 1, 0))
    run = h.store.get_run(run_id)
    equal(run.data.metrics, {"same": 1.0, "a": 1.0, "only": 1.0}, "the metrics")
    equal(run.data.params, {"same": "param", "a": "param", "only/param": "1"}, "the params")
    equal((run.data.tags["same"], run.data.tags["a"]), ("tag", "tag"), "the tags")


@rule
def key_prefixes(h: StoreHarness) -> None:
    """Keys that begin alike are different keys."""
    run_id = h.run()
    keys = ("a", "ab", "a.b", "a b", "a-b", "a_b", "a:b", "aa", "b/a", "b/ab", "b/a.b")
    for key in keys:
        h.store.log_batch(run_id, [Metric(key, 1.0, 1, 0)], [Param(key, key)], [RunTag(key, key)])
    run = h.store.get_run(run_id)
    equal(set(run.data.metrics), set(keys), "the keys of the metrics")
    equal(run.data.params, {key: key for key in keys}, "the params")


@rule
def key_length(h: StoreHarness) -> None:
    """A key may have 250 ASCII characters."""
    run_id, key = h.run(), "k" * MAX_KEY_LENGTH
    _log_all(h, run_id, key)
    data = h.store.get_run(run_id).data
    equal((data.metrics.get(key), data.params.get(key), data.tags.get(key)), (1.0, "p", "t"), "values")


@rule
def key_too_long_for_the_place(h: StoreHarness) -> None:
    """A key of 250 other characters is held, or refused as too long for the place with nothing written."""
    for letter in _LETTERS:
        run_id = h.run()
        before = state(h.store, run_id)
        with case(letter):
            try:
                _log_all(h, run_id, letter * MAX_KEY_LENGTH)
            except InvalidParameterValue:
                equal(state(h.store, run_id), before, "the run")


def _log_all(h: StoreHarness, run_id: str, key: str) -> None:
    h.store.log_batch(run_id, [Metric(key, 1.0, 1, 0)], [Param(key, "p")], [RunTag(key, "t")])


@rule
def key_case(h: StoreHarness) -> None:
    """Keys that differ only by case are two keys, or the second is refused, naming both, and not written."""
    run_id = h.run()
    for log in _logs(h).values():
        log(run_id, "Key")
        before = state(h.store, run_id)
        try:
            log(run_id, "kEY")
        except InvalidParameterValue as error:
            check("Key" in str(error) and "kEY" in str(error), f"the error must name both keys: {error}")
            equal(state(h.store, run_id), before, "the run")
    run = h.store.get_run(run_id)
    for kept in (run.data.metrics, run.data.params, run.data.tags):
        check("Key" in kept, "the first key is gone")


@rule(needs="nested-keys")
def nested_keys(h: StoreHarness) -> None:
    """With the capability `nested-keys` a key may be a folder of another, in either order and in a batch."""
    for one, other in _PAIRS:
        run_id = h.run()
        with case((one, other)):
            for log in _logs(h).values():
                log(run_id, one)
                log(run_id, other)
            run, keys = h.store.get_run(run_id), {one, other}
            equal(set(run.data.metrics), keys, "the keys of the metrics")
            equal(set(run.data.params), keys, "the keys of the params")
            equal(set(run.data.tags) - {RUN_NAME_TAG}, keys, "the keys of the tags")
            equal(len(h.store.get_metric_history(run_id, one)), 1, f"the points of {one}")
            made = h.run(tags=[RunTag(one, "1"), RunTag(other, "2")])
            equal(set(h.store.get_run(made).data.tags) - {RUN_NAME_TAG}, keys, "the first tags")
            tags = [ExperimentTag(one, "1"), ExperimentTag(other, "2")]
            equal(set(h.store.get_experiment(h.experiment(tags=tags)).tags), keys, "tags of an experiment")


@rule(lacks="nested-keys")
def without_nested_keys(h: StoreHarness) -> None:
    """Without `nested-keys` a key that is a folder of another is refused, naming both, and not written."""
    for one, other in _PAIRS:
        for kind, log in _logs(h).items():
            run_id = h.run()
            log(run_id, one)
            before = state(h.store, run_id)
            with case((kind, one, other)):
                refused(InvalidParameterValue, log, run_id, other, naming=[repr(one), repr(other)])
                equal(state(h.store, run_id), before, "the run")
                equal(h.store.get_metric_history(run_id, other).to_list(), [], "the points of the second")


@rule(lacks="nested-keys")
def without_nested_keys_in_batch(h: StoreHarness) -> None:
    """Without `nested-keys` a batch with a key that is a folder of another writes nothing."""
    run_id = h.run()
    h.store.log_batch(run_id, [Metric("old", 1.0, 1, 0)], [Param("old", "1")], [RunTag("old", "1")])
    before = state(h.store, run_id)
    metric, param, tag = Metric("new", 1.0, 1, 0), Param("new", "1"), RunTag("new", "1")
    for one, other in (*_PAIRS, ("old/x", "y")):
        metrics, params, tags = (
            [Metric(one, 1.0, 1, 0), metric, Metric(other, 1.0, 1, 0)],
            [Param(one, "1"), param, Param(other, "1")],
            [RunTag(one, "1"), tag, RunTag(other, "1")],
        )
        with case((one, other)):
            refused(InvalidParameterValue, h.store.log_batch, run_id, metrics, [param], [tag])
            refused(InvalidParameterValue, h.store.log_batch, run_id, [metric], params, [tag])
            refused(InvalidParameterValue, h.store.log_batch, run_id, [metric], [param], tags)
    equal(state(h.store, run_id), before, "the run")


@rule(lacks="nested-keys")
def without_nested_keys_made(h: StoreHarness) -> None:
    """Without `nested-keys` no run or experiment is made with tags of which one is a folder of another."""
    experiment_id, name = h.experiment(), h.name()
    for one, other in _PAIRS:
        with case((one, other)):
            run_tags = [RunTag(one, "1"), RunTag(other, "1")]
            refused(InvalidParameterValue, h.store.create_run, experiment_id, "u", MOMENT, run_tags, "name")
            tags = [ExperimentTag(one, "1"), ExperimentTag(other, "1")]
            refused(InvalidParameterValue, h.store.create_experiment, name, None, tags)
            tagged = h.experiment(tags=tags[:1])
            refused(InvalidParameterValue, h.store.set_experiment_tag, tagged, tags[1])
            equal(h.store.get_experiment(tagged).tags, {one: "1"}, "the tags of the experiment")
    equal(h.runs_of(experiment_id), [], "the runs")
    equal(h.store.get_experiment_by_name(name), None, "the experiment that was refused")


@rule(lacks="nested-keys")
def without_nested_keys_after_delete(h: StoreHarness) -> None:
    """Without `nested-keys` a tag that was deleted is no longer in the way of one below it, or above."""
    run_id = h.run()
    for one, other in (("a", "a/b"), ("x/y", "x")):
        h.store.set_tag(run_id, RunTag(one, "1"))
        h.store.delete_tag(run_id, one)
        h.store.set_tag(run_id, RunTag(other, "2"))
    tags = h.store.get_run(run_id).data.tags
    equal((tags.get("a/b"), tags.get("x")), ("2", "2"), "the tags")


def _logs(h: StoreHarness) -> dict[str, Callable[[str, str], None]]:
    return {
        "metric": lambda run_id, key: h.store.log_metric(run_id, Metric(key, 1.0, MOMENT, 0)),
        "param": lambda run_id, key: h.store.log_param(run_id, Param(key, "1")),
        "tag": lambda run_id, key: h.store.set_tag(run_id, RunTag(key, "1")),
    }
