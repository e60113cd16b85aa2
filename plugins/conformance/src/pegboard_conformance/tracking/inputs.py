"""Rules of dataset inputs, for stores that declare `inputs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pegboard.entities import Dataset, DatasetInput, InputTag
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS, BAD_TEXTS, HOSTILE_TEXTS
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()
_CONTEXT = "mlflow.data.context"


def _use(name: str, digest: str = "d", context: str | None = None, **fields: str | None) -> DatasetInput:
    dataset = Dataset(name, digest, "local", '{"uri": "/data.csv"}', **fields)
    return DatasetInput(dataset, [InputTag(_CONTEXT, context)] if context is not None else [])


def _inputs(h: StoreHarness, run_id: str) -> dict[tuple[str, str], tuple[dict[str, Any], dict[str, str]]]:
    uses = h.store.get_run(run_id).inputs.dataset_inputs
    found = {
        (use.dataset.name, use.dataset.digest): (dict(use.dataset), {tag.key: tag.value for tag in use.tags})
        for use in uses
    }
    equal(len(found), len(uses), "the number of different inputs among all")
    return found


@rule(needs="inputs")
def inputs(h: StoreHarness) -> None:
    """Datasets that are logged as inputs come back with all fields and the tags of their use."""
    run_id = h.run()
    first = _use("train", "d1", "training", schema='{"a": 1}', profile='{"rows": 2}')
    second = _use("test")
    h.store.log_inputs(run_id, [first, second])
    equal(
        _inputs(h, run_id),
        {
            ("train", "d1"): (dict(first.dataset), {_CONTEXT: "training"}),
            ("test", "d"): (dict(second.dataset), {}),
        },
        "the inputs",
    )


@rule(needs="inputs")
def inputs_found(h: StoreHarness) -> None:
    """A found run has its inputs too."""
    run_id = h.run()
    h.store.log_inputs(run_id, [_use("train", "d1", "training")])
    run = h.store.get_run(run_id)
    equal(h.store.search_runs([run.info.experiment_id])[0].inputs, run.inputs, "the inputs")


@rule(needs="inputs")
def inputs_none(h: StoreHarness) -> None:
    """Logging no datasets is accepted and changes nothing."""
    run_id = h.run()
    h.store.log_inputs(run_id, [])
    equal(_inputs(h, run_id), {}, "the inputs")


@rule(needs="inputs")
def inputs_once(h: StoreHarness) -> None:
    """A dataset, known by name and digest, is an input once; the fields and tags of its first use stay."""
    run_id = h.run()
    first = _use("train", "d1", "training")
    again = DatasetInput(
        Dataset("train", "d1", "s3", "elsewhere"), [InputTag(_CONTEXT, "eval"), InputTag("t", "1")]
    )
    wanted = {("train", "d1"): (dict(first.dataset), {_CONTEXT: "training"})}
    for uses in ([first, first], [again], [first], [again, first]):
        h.store.log_inputs(run_id, uses)
        equal(_inputs(h, run_id), wanted, "the inputs")


@rule(needs="inputs")
def inputs_by_name_and_digest(h: StoreHarness) -> None:
    """Datasets that share the name or the digest alone are different ones."""
    run_id = h.run()
    pairs = {("a", "1"), ("a", "2"), ("b", "1"), ("a1", ""), ("", "a1"), ("A", "1")}
    h.store.log_inputs(run_id, [_use(*pair) for pair in sorted(pairs)])
    equal(set(_inputs(h, run_id)), pairs, "names and digests of the inputs")


@rule(needs="inputs")
def inputs_of_each_run(h: StoreHarness) -> None:
    """Several runs may use one dataset, each with tags of its own."""
    experiment_id = h.experiment()
    runs = {h.run(experiment_id): context for context in ("training", "eval")}
    for run_id, context in runs.items():
        h.store.log_inputs(run_id, [_use("shared", "d", context)])
    for run_id, context in runs.items():
        equal(_inputs(h, run_id)["shared", "d"][1], {_CONTEXT: context}, "the tags of the use")


@rule(needs="inputs")
def inputs_texts(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in datasets and the tags of their use."""
    run_id = h.run()
    wanted = {}
    for i, text in enumerate(HOSTILE_TEXTS):
        dataset = Dataset(f"{i}{text}", f"d{text}", f"t{text}", text, text, text)
        use = DatasetInput(dataset, [InputTag(_CONTEXT, text)])
        h.store.log_inputs(run_id, [use])
        wanted[dataset.name, dataset.digest] = (dict(dataset), {_CONTEXT: text})
    found = _inputs(h, run_id)
    for key, value in wanted.items():
        equal(found.get(key), value, "the dataset")


@rule(needs="inputs")
def inputs_wrong(h: StoreHarness) -> None:
    """A dataset or a tag of its use with NUL, a lone surrogate or no name is refused; none is logged."""
    run_id = h.run()
    good = _use("good")
    wrong = [DatasetInput(Dataset(cast(Any, name), "d", "local", "s")) for name in (None, 5)]
    for text in BAD_TEXTS:
        wrong += [
            DatasetInput(Dataset(text, "d", "local", "s")),
            DatasetInput(Dataset("n", text, "local", "s")),
            DatasetInput(Dataset("n", "d", "local", text)),
            DatasetInput(Dataset("n", "d", "local", "s"), [InputTag("t", text)]),
        ]
    for use in wrong:
        with case(use):
            uses: Sequence[DatasetInput] = [good, use]
            refused(InvalidParameterValue, h.store.log_inputs, run_id, uses)
    equal(_inputs(h, run_id), {}, "the inputs")


@rule(needs="inputs")
def inputs_of_wrong_run(h: StoreHarness) -> None:
    """Inputs of a deleted run, of one that is not there and of a malformed id are refused."""
    run_id = h.run()
    h.store.delete_run(run_id)
    before = state(h.store, run_id)
    refused(InvalidParameterValue, h.store.log_inputs, run_id, [_use("train")])
    equal(state(h.store, run_id), before, "the deleted run")
    refused(ResourceDoesNotExist, h.store.log_inputs, h.unknown_run(), [_use("train")])
    for wrong in BAD_IDS:
        with case(wrong):
            refused(InvalidParameterValue, h.store.log_inputs, wrong, [_use("train")])


@rule(needs="inputs")
def filter_datasets(h: StoreHarness) -> None:
    """A run matches a condition on datasets if one of its inputs does."""
    experiment_id = h.experiment()
    ids = {name: h.run(experiment_id, name) for name in "ABC"}
    h.store.log_inputs(ids["A"], [_use("Train", "d1", "training"), _use("Test", "d2", "eval")])
    h.store.log_inputs(ids["B"], [_use("train", "d3")])
    for filter_string, wanted in {
        "dataset.name = 'Train'": "A",
        "datasets.name = 'Train'": "A",
        "dataset.name ILIKE 't%'": "AB",
        "dataset.name LIKE 'T%'": "A",
        "dataset.name != 'Train'": "AB",
        "dataset.name IN ('Test', 'train')": "AB",
        "dataset.name NOT IN ('Train', 'Test')": "B",
        "dataset.digest = 'd3'": "B",
        "dataset.context = 'eval'": "A",
        "dataset.context != 'eval'": "A",
        "dataset.name = 'Train' AND dataset.context = 'eval'": "A",
    }.items():
        with case(filter_string):
            equal(h.found(experiment_id, filter_string), set(wanted), "the names of the runs found")
    for filter_string in ("dataset.name IS NULL", "dataset.source = 'x'", "dataset.name > 'a'"):
        with case(filter_string):
            refused(InvalidParameterValue, h.store.search_runs, [experiment_id], filter_string)
