"""Rules of runs: how they are made, named and updated."""

from __future__ import annotations

import re
from typing import Any, cast

from pegboard.entities import LifecycleStage, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard.validation import MAX_TAG_VALUE_LENGTH
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import (
    BAD_KEYS,
    BAD_TEXTS,
    HOSTILE_TEXTS,
    MOMENT,
    NO_TEXTS,
    RUN_NAME_TAG,
)
from pegboard_conformance.tracking.harness import StoreHarness, rules

rule = rules()


@rule
def run_ids(h: StoreHarness) -> None:
    """Ids of runs are 32 lower-case hex digits, each given once."""
    experiment_id = h.experiment()
    ids = [h.run(experiment_id) for _ in range(5)]
    for run_id in ids:
        check(re.fullmatch("[0-9a-f]{32}", run_id), f"{run_id!r} is not 32 lower-case hex digits")
    equal(len(set(ids)), 5, "the number of different ids")


@rule
def new_run(h: StoreHarness) -> None:
    """A new run is active and RUNNING, started when and by whom was said, without an end, metrics, params."""
    experiment_id = h.experiment()
    run = h.store.create_run(experiment_id, "somebody", MOMENT, [RunTag("t", "1")], "my run")
    info = run.info
    equal(
        (info.experiment_id, info.user_id, info.start_time, info.end_time, info.run_name),
        (experiment_id, "somebody", MOMENT, None, "my run"),
        "experiment, user, start, end and name",
    )
    equal((info.status, info.lifecycle_stage), ("RUNNING", LifecycleStage.ACTIVE), "status and stage")
    check(info.artifact_uri, "the run has no artifact URI")
    equal((run.data.metrics, run.data.params), ({}, {}), "metrics and params")
    equal(run.data.tags, {"t": "1", RUN_NAME_TAG: "my run"}, "the tags")
    equal(run.inputs.dataset_inputs, [], "the inputs")


@rule
def new_run_is_read_equal(h: StoreHarness) -> None:
    """What create_run returns, get_run and search_runs return too."""
    experiment_id = h.experiment()
    tags = [RunTag("t", "1"), RunTag("mlflow.user", "u")]
    run = h.store.create_run(experiment_id, "somebody", MOMENT, tags, "name")
    equal(h.store.get_run(run.info.run_id), run, "the run that is read")
    equal(h.runs_of(experiment_id), [run], "the runs that are found")


@rule
def run_without_user(h: StoreHarness) -> None:
    """A run may be started by nobody in particular."""
    run_id = h.store.create_run(h.experiment(), None, MOMENT, (), "name").info.run_id
    equal(h.store.get_run(run_id).info.run_name, "name", "the name of the run")


@rule
def run_start_times(h: StoreHarness) -> None:
    """Start times are kept to the millisecond, from 0 on."""
    experiment_id = h.experiment()
    for moment in (0, 1, MOMENT + 1, 2**53 + 1):
        run_id = h.run(experiment_id, start_time=moment)
        equal(h.store.get_run(run_id).info.start_time, moment, "the start time")


@rule
def run_with_wrong_start(h: StoreHarness) -> None:
    """A start time that is no whole number of 64 bits is refused, and no run is made."""
    experiment_id = h.experiment()
    for start in ("1", None, 1.5, 2**63, float("nan"), True):
        with case(start):
            refused(InvalidParameterValue, h.store.create_run, experiment_id, "user", start, (), "name")
    equal(h.runs_of(experiment_id), [], "the runs")


@rule
def run_with_wrong_tag(h: StoreHarness) -> None:
    """A first tag whose key or value breaks a rule is refused, and no run is made."""
    experiment_id = h.experiment()
    tags = [RunTag(cast(Any, key), "v") for key in BAD_KEYS]
    tags += [RunTag("k", cast(Any, value)) for value in NO_TEXTS]
    for tag in tags:
        with case(tag):
            first = [RunTag("good", "1"), tag]
            refused(InvalidParameterValue, h.store.create_run, experiment_id, "user", MOMENT, first, "name")
    equal(h.runs_of(experiment_id), [], "the runs")


@rule
def run_with_wrong_text(h: StoreHarness) -> None:
    """NUL and lone surrogates are refused in the name and the user of a run, and no run is made."""
    experiment_id = h.experiment()
    for text in BAD_TEXTS:
        with case(text):
            refused(InvalidParameterValue, h.store.create_run, experiment_id, "user", MOMENT, (), text)
            refused(InvalidParameterValue, h.store.create_run, experiment_id, text, MOMENT, (), "name")
    equal(h.runs_of(experiment_id), [], "the runs")


@rule
def run_first_tag_cut(h: StoreHarness) -> None:
    """A first tag over 8,000 characters is cut to them by default."""
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES=None, MLFLOW_TRUNCATE_LONG_VALUES=None):
        run_id = h.run(tags=[RunTag("long", "\u00e9" * (MAX_TAG_VALUE_LENGTH + 1))])
    equal(h.store.get_run(run_id).data.tags["long"], "\u00e9" * MAX_TAG_VALUE_LENGTH, "the tag")


@rule
def run_name_is_a_tag(h: StoreHarness) -> None:
    """The name given to a run is its tag mlflow.runName as well, and that tag names the run."""
    experiment_id = h.experiment()
    for text in HOSTILE_TEXTS:
        name = f"{text}|name"
        with case(name):
            h.check_name(h.run(experiment_id, name), name)
            h.check_name(h.run(experiment_id, None, [RunTag(RUN_NAME_TAG, name)]), name)
            h.check_name(h.run(experiment_id, name, [RunTag(RUN_NAME_TAG, name)]), name)


@rule
def run_name_and_tag_differ(h: StoreHarness) -> None:
    """A name and a tag mlflow.runName that differ are refused, and no run is made."""
    experiment_id = h.experiment()
    tags = [RunTag(RUN_NAME_TAG, "other")]
    refused(
        InvalidParameterValue,
        h.store.create_run,
        experiment_id,
        "user",
        MOMENT,
        tags,
        "mine",
        naming=["mine", "other"],
    )
    equal(h.runs_of(experiment_id), [], "the runs")


@rule
def run_name_is_made(h: StoreHarness) -> None:
    """A run without a name gets a readable one, kept as the tag mlflow.runName too."""
    experiment_id = h.experiment()
    names = set()
    for _ in range(5):
        info = h.store.get_run(h.run(experiment_id, None)).info
        name = info.run_name or ""
        check(re.search("[A-Za-z]{2}", name) and name.isprintable(), f"{name!r} is no readable name")
        check(len(name) <= 60, f"{name!r} is too long to be readable")
        h.check_name(info.run_id, name)
        names.add(name)
    check(len(names) > 1, f"all runs are named {names}")


@rule
def run_names_repeat(h: StoreHarness) -> None:
    """Several runs may have one name."""
    experiment_id = h.experiment()
    check(h.run(experiment_id, "same") != h.run(experiment_id, "same"), "there is one run, not two")
    equal([run.info.run_name for run in h.runs_of(experiment_id)], ["same", "same"], "the names")


@rule
def hostile_user(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in the user of a run."""
    experiment_id = h.experiment()
    for text in HOSTILE_TEXTS:
        if text:
            run_id = h.store.create_run(experiment_id, text, MOMENT, (), "name").info.run_id
            equal(h.store.get_run(run_id).info.user_id, text, "the user")
