"""Rules of experiments: how they are made, named and tagged."""

from __future__ import annotations

import re
import time
from typing import Any, cast

from pegboard.entities import ExperimentTag, LifecycleStage, ViewType
from pegboard.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from pegboard.validation import MAX_EXPERIMENT_NAME_LENGTH
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.data import BAD_IDS, BAD_TEXTS, HOSTILE_TEXTS, NO_TEXTS
from pegboard_conformance.tracking.harness import StoreHarness, experiment_writes, rules

rule = rules()
_DAY = 24 * 60 * 60 * 1000


@rule
def default_experiment(h: StoreHarness) -> None:
    """Experiment `0`, named `Default`, is there from the first use on, and takes runs."""
    default = h.store.get_experiment("0")
    equal((default.name, default.lifecycle_stage), ("Default", LifecycleStage.ACTIVE), "experiment 0")
    found = h.store.get_experiment_by_name("Default")
    equal(found and found.experiment_id, "0", "the id of the experiment named Default")
    run_id = h.run("0")
    equal(h.store.get_run(run_id).info.experiment_id, "0", "the experiment of the run")


@rule
def default_experiment_once(h: StoreHarness) -> None:
    """Opening a store again makes no second Default."""
    h.store.get_experiment("0")
    other = h.open()
    found = other.search_experiments(ViewType.ALL, 10, "name = 'Default'")
    equal([experiment.experiment_id for experiment in found], ["0"], "the experiments named Default")


@rule
def experiment_ids(h: StoreHarness) -> None:
    """Ids of experiments are 18-digit decimal strings, each given once."""
    ids = [h.experiment() for _ in range(5)]
    for experiment_id in ids:
        check(re.fullmatch("[0-9]{18}", experiment_id), f"{experiment_id!r} is not 18 decimal digits")
    equal(len(set(ids)), 5, "the number of different ids")


@rule
def new_experiment(h: StoreHarness) -> None:
    """A new experiment is active, has the given name, no tags and a place for artifacts."""
    name = h.name("fresh")
    experiment = h.store.get_experiment(h.experiment(name))
    equal(
        (experiment.name, experiment.lifecycle_stage, experiment.tags),
        (name, LifecycleStage.ACTIVE, {}),
        "name, stage and tags",
    )
    check(experiment.artifact_location, "the experiment has no artifact location")


@rule
def experiment_times(h: StoreHarness) -> None:
    """An experiment's times are integer milliseconds since the epoch (UTC), of when it was made."""
    experiment = h.store.get_experiment(h.experiment())
    for value in (experiment.creation_time, experiment.last_update_time):
        check(type(value) is int, f"the time {value!r} is no integer")
        check(abs(time.time() * 1000 - cast(int, value)) < _DAY, f"{value} is not now in milliseconds")


@rule
def experiment_artifact_location(h: StoreHarness) -> None:
    """A given artifact location is kept as it is."""
    for location in ("s3://bucket/pre fix/%20/\u00e9", "gs://bucket"):
        experiment_id = h.store.create_experiment(h.name(), location)
        equal(h.store.get_experiment(experiment_id).artifact_location, location, "the location")


@rule
def experiment_artifact_location_wrong(h: StoreHarness) -> None:
    """An artifact location with NUL or a lone surrogate, or that is no text, is refused; nothing is made."""
    before = h.count_experiments()
    for location in (*BAD_TEXTS, 5, b"s3://bucket"):
        with case(location):
            refused(InvalidParameterValue, h.store.create_experiment, h.name(), location)
    equal(h.count_experiments(), before, "the number of experiments")


@rule
def run_artifacts_under_location(h: StoreHarness) -> None:
    """Each run keeps artifacts in a place of its own under the artifact location of its experiment."""
    experiment_id = h.store.create_experiment(h.name(), "s3://bucket/prefix")
    uris = [h.store.get_run(h.run(experiment_id)).info.artifact_uri or "" for _ in range(2)]
    for uri in uris:
        check(uri.startswith("s3://bucket/prefix/"), f"{uri!r} is not under the location")
    check(uris[0] != uris[1], "two runs share a place for artifacts")


@rule
def experiment_name_unique(h: StoreHarness) -> None:
    """Names of experiments are unique; the error says that an active one has the name."""
    name = h.name("taken")
    h.experiment(name)
    error = refused(ResourceAlreadyExists, h.store.create_experiment, name, naming=[name, "active"])
    check("deleted experiment" not in str(error), f"the error speaks of a deleted experiment: {error}")
    equal(len(h.store.search_experiments(ViewType.ALL, 10, f"name = '{name}'")), 1, "how many there are")


@rule
def experiment_name_unique_deleted(h: StoreHarness) -> None:
    """The name of a deleted experiment stays taken; the error says that a deleted one has it."""
    name = h.name("taken")
    h.store.delete_experiment(h.experiment(name))
    refused(ResourceAlreadyExists, h.store.create_experiment, name, naming=[name, "deleted"])


@rule
def experiment_name_case(h: StoreHarness) -> None:
    """Names of experiments that differ by case are different names."""
    name = h.name("case")
    ids = {h.experiment(name), h.experiment(name.upper())}
    found = [h.store.get_experiment_by_name(each) for each in (name, name.upper())]
    equal({experiment.experiment_id for experiment in found if experiment}, ids, "the ids found by name")


@rule
def experiment_name_hostile(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in names, which find their experiment."""
    for text in HOSTILE_TEXTS:
        name = text + h.name("/../'\"`%_\\")
        with case(name):
            experiment_id = h.experiment(name)
            equal(h.store.get_experiment(experiment_id).name, name, "the name")
            found = h.store.get_experiment_by_name(name)
            equal(found and found.experiment_id, experiment_id, "the id found by name")


@rule
def experiment_name_wrong(h: StoreHarness) -> None:
    """A name that is empty, blank, no text, has NUL or a lone surrogate is refused and nothing is made."""
    before = h.count_experiments()
    for name in (*NO_TEXTS, "", "  ", "\n"):
        with case(name):
            refused(InvalidParameterValue, h.store.create_experiment, name)
    equal(h.count_experiments(), before, "the number of experiments")


@rule
def experiment_name_length(h: StoreHarness) -> None:
    """A name has at most 500 characters."""
    name = h.name("\u00e9" * 500)[-MAX_EXPERIMENT_NAME_LENGTH:]
    name = "\u00e9" * (MAX_EXPERIMENT_NAME_LENGTH - len(name)) + name
    equal(h.store.get_experiment(h.experiment(name)).name, name, "the name of 500 characters")
    refused(InvalidParameterValue, h.store.create_experiment, name + "x")


@rule
def experiment_by_name(h: StoreHarness) -> None:
    """An experiment is found by its exact name, deleted ones too; another name finds None."""
    name = h.name("exact")
    experiment_id = h.experiment(name)
    for other in (name[:-1], name + " ", name.upper(), "%", f"%{name}%", "_" * len(name), "' or '1' = '1"):
        equal(h.store.get_experiment_by_name(other), None, f"what {other!r} finds")
    h.store.delete_experiment(experiment_id)
    found = h.store.get_experiment_by_name(name)
    equal(
        found and (found.experiment_id, found.lifecycle_stage),
        (experiment_id, LifecycleStage.DELETED),
        "the deleted experiment found by name",
    )


@rule
def rename_experiment(h: StoreHarness) -> None:
    """Renaming changes the name alone and frees the old one."""
    old, new = h.name("old"), h.name("new")
    experiment_id = h.experiment(old, [ExperimentTag("t", "1")])
    before = h.store.get_experiment(experiment_id)
    h.store.rename_experiment(experiment_id, new)
    after = h.store.get_experiment(experiment_id)
    equal((after.name, after.tags), (new, {"t": "1"}), "name and tags")
    equal(
        (after.experiment_id, after.artifact_location, after.creation_time),
        (experiment_id, before.artifact_location, before.creation_time),
        "id, artifact location and creation time",
    )
    equal(h.store.get_experiment_by_name(old), None, "what the old name finds")
    h.experiment(old)


@rule
def rename_to_taken_name(h: StoreHarness) -> None:
    """Renaming to the name of another experiment, active or deleted, is refused and changes nothing."""
    active, deleted, mine = h.name("active-one"), h.name("deleted-one"), h.name("mine")
    h.experiment(active)
    h.store.delete_experiment(h.experiment(deleted))
    experiment_id = h.experiment(mine)
    for name in (active, deleted):
        refused(ResourceAlreadyExists, h.store.rename_experiment, experiment_id, name, naming=[name])
    equal(h.store.get_experiment(experiment_id).name, mine, "the name")


@rule
def rename_to_wrong_name(h: StoreHarness) -> None:
    """Renaming to a name that breaks a rule is refused and changes nothing."""
    name = h.name()
    experiment_id = h.experiment(name)
    for wrong in (*NO_TEXTS, "", " ", "x" * (MAX_EXPERIMENT_NAME_LENGTH + 1)):
        with case(wrong):
            refused(InvalidParameterValue, h.store.rename_experiment, experiment_id, wrong)
    equal(h.store.get_experiment(experiment_id).name, name, "the name")


@rule
def unknown_experiment_id(h: StoreHarness) -> None:
    """An experiment id that is not there raises ResourceDoesNotExist in every method that takes one."""
    known = h.experiment()
    for experiment_id in (h.unknown_experiment(), known[:-1], known + "0", "no-such"):
        for name, call in _calls(h).items():
            with case((name, experiment_id)):
                refused(ResourceDoesNotExist, call, experiment_id, naming=[experiment_id])


@rule
def malformed_experiment_id(h: StoreHarness) -> None:
    """An experiment id that has not the form of one is refused in every method that takes one."""
    for experiment_id in BAD_IDS:
        for name, call in _calls(h).items():
            with case((name, experiment_id)):
                refused(InvalidParameterValue, call, experiment_id)


def _calls(h: StoreHarness) -> dict[str, Any]:
    return {
        **experiment_writes(h.store),
        "get_experiment": h.store.get_experiment,
        "delete_experiment": h.store.delete_experiment,
        "restore_experiment": h.store.restore_experiment,
    }
