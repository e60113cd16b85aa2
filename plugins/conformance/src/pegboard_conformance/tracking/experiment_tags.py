"""Rules of the tags of experiments: overwritten, deleted, any text, limits."""

from __future__ import annotations

from typing import Any, cast

from pegboard.entities import ExperimentTag
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard.validation import MAX_EXPERIMENT_TAG_VALUE_LENGTH
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_KEYS, GOOD_KEYS, HOSTILE_TEXTS, NO_TEXTS
from pegboard_conformance.tracking.harness import StoreHarness, rules

rule = rules()


@rule
def experiment_tags(h: StoreHarness) -> None:
    """Tags of an experiment are given when it is made or later, overwritten, and deleted."""
    experiment_id = h.experiment(tags=[ExperimentTag("first", "1"), ExperimentTag("second", "2")])
    equal(h.store.get_experiment(experiment_id).tags, {"first": "1", "second": "2"}, "the first tags")
    h.store.set_experiment_tag(experiment_id, ExperimentTag("second", "two"))
    h.store.set_experiment_tag(experiment_id, ExperimentTag("third", "3"))
    h.store.delete_experiment_tag(experiment_id, "first")
    equal(h.store.get_experiment(experiment_id).tags, {"second": "two", "third": "3"}, "the tags")


@rule
def delete_missing_experiment_tag(h: StoreHarness) -> None:
    """Deleting a tag that an experiment has not raises ResourceDoesNotExist."""
    experiment_id = h.experiment(tags=[ExperimentTag("here", "1"), ExperimentTag("once", "1")])
    h.store.delete_experiment_tag(experiment_id, "once")
    for key in ("never", "once", "her", "here2"):
        refused(ResourceDoesNotExist, h.store.delete_experiment_tag, experiment_id, key, naming=[key])
    equal(h.store.get_experiment(experiment_id).tags, {"here": "1"}, "the tags")


@rule
def experiment_tag_texts(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in tags of experiments."""
    experiment_id = h.experiment(
        tags=[ExperimentTag(f"made{i}", text) for i, text in enumerate(HOSTILE_TEXTS)]
    )
    for i, text in enumerate(HOSTILE_TEXTS):
        h.store.set_experiment_tag(experiment_id, ExperimentTag(f"set{i}", text))
    tags = h.store.get_experiment(experiment_id).tags
    for i, text in enumerate(HOSTILE_TEXTS):
        equal((tags[f"made{i}"], tags[f"set{i}"]), (text, text), "the tags")


@rule
def experiment_tag_keys(h: StoreHarness) -> None:
    """Each key that keeps the rules can be a tag of an experiment."""
    experiment_id = h.experiment()
    wanted = {}
    for key in GOOD_KEYS:
        with case(key):
            h.store.set_experiment_tag(experiment_id, ExperimentTag(key, key))
            wanted[key] = key
    equal(h.store.get_experiment(experiment_id).tags, wanted, "the tags")


@rule
def experiment_tag_wrong(h: StoreHarness) -> None:
    """A tag whose key or value breaks a rule is refused, alone or with a new experiment, and nothing made."""
    experiment_id, before = h.experiment(), h.count_experiments()
    tags = [ExperimentTag(cast(Any, key), "v") for key in BAD_KEYS]
    tags += [ExperimentTag("k", cast(Any, value)) for value in NO_TEXTS]
    for tag in tags:
        with case(tag):
            refused(InvalidParameterValue, h.store.set_experiment_tag, experiment_id, tag)
            good = ExperimentTag("good", "1")
            refused(InvalidParameterValue, h.store.create_experiment, h.name("no"), None, [good, tag])
    equal(h.store.get_experiment(experiment_id).tags, {}, "the tags")
    equal(h.count_experiments(), before, "the number of experiments")


@rule
def experiment_tag_cut(h: StoreHarness) -> None:
    """A tag of an experiment over 5,000 characters is cut to them by default."""
    limit = MAX_EXPERIMENT_TAG_VALUE_LENGTH
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES=None, MLFLOW_TRUNCATE_LONG_VALUES=None):
        experiment_id = h.experiment(tags=[ExperimentTag("made", "\u00e9" * (limit + 1))])
        h.store.set_experiment_tag(experiment_id, ExperimentTag("full", "x" * limit))
        h.store.set_experiment_tag(experiment_id, ExperimentTag("cut", "\U0001f600" * (limit + 1)))
    equal(
        h.store.get_experiment(experiment_id).tags,
        {"made": "\u00e9" * limit, "full": "x" * limit, "cut": "\U0001f600" * limit},
        "the tags",
    )


@rule
def experiment_tag_too_long(h: StoreHarness) -> None:
    """With PEGBOARD_TRUNCATE_LONG_VALUES=false a tag over 5,000 characters is refused."""
    experiment_id = h.experiment()
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES="false"):
        tag = ExperimentTag("long", "x" * (MAX_EXPERIMENT_TAG_VALUE_LENGTH + 1))
        refused(InvalidParameterValue, h.store.set_experiment_tag, experiment_id, tag, naming=["long"])
        h.store.set_experiment_tag(experiment_id, ExperimentTag("full", tag.value[:-1]))
    equal(list(h.store.get_experiment(experiment_id).tags), ["full"], "the keys of the tags")
