"""Rules of the tags of runs: overwritten, deleted, any text, limits."""

from __future__ import annotations

from typing import Any, cast

from pegboard.entities import RunTag
from pegboard.errors import InvalidParameterValue, ResourceDoesNotExist
from pegboard.validation import MAX_TAG_VALUE_LENGTH
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_KEYS, GOOD_KEYS, HOSTILE_TEXTS, NO_TEXTS, RUN_NAME_TAG
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()


@rule
def tag_overwritten(h: StoreHarness) -> None:
    """A tag is overwritten, by longer, shorter and empty texts, alone and in a batch."""
    run_id = h.run()
    for text in ("first", "a much longer text", "x", "", "last"):
        h.store.set_tag(run_id, RunTag("t", text))
        equal(_tags(h, run_id), {"t": text}, "the tags")
        h.store.log_batch(run_id, tags=[RunTag("t", text + "!")])
        equal(_tags(h, run_id), {"t": text + "!"}, "the tags")


@rule
def tag_last_in_batch(h: StoreHarness) -> None:
    """Of several values of a tag within one batch the last stays."""
    run_id = h.run()
    h.store.log_batch(run_id, tags=[RunTag("t", "1"), RunTag("u", "1"), RunTag("t", "3"), RunTag("t", "2")])
    equal(_tags(h, run_id), {"t": "2", "u": "1"}, "the tags")


@rule
def delete_tag(h: StoreHarness) -> None:
    """A deleted tag is gone, and may be set again; others stay."""
    run_id = h.run(tags=[RunTag("a", "1"), RunTag("b", "2"), RunTag("folder/c", "3")])
    h.store.delete_tag(run_id, "a")
    h.store.delete_tag(run_id, "folder/c")
    equal(_tags(h, run_id), {"b": "2"}, "the tags")
    h.store.set_tag(run_id, RunTag("a", "again"))
    equal(_tags(h, run_id), {"a": "again", "b": "2"}, "the tags")


@rule
def delete_missing_tag(h: StoreHarness) -> None:
    """Deleting a tag that a run has not raises ResourceDoesNotExist, naming it."""
    run_id = h.run(tags=[RunTag("here", "1"), RunTag("once", "1"), RunTag("folder/key", "1")])
    h.store.delete_tag(run_id, "once")
    for key in ("never", "once", "her", "here2", "folder"):
        refused(ResourceDoesNotExist, h.store.delete_tag, run_id, key, naming=[key])
    equal(_tags(h, run_id), {"here": "1", "folder/key": "1"}, "the tags")


@rule
def delete_tag_with_bad_key(h: StoreHarness) -> None:
    """Deleting a tag by a key that breaks a rule is refused as wrong or as not there, and deletes nothing."""
    run_id = h.run(tags=[RunTag("here", "1")])
    before = state(h.store, run_id)
    for key in (*BAD_KEYS, "../meta.yaml", "../params/p", "%", "her_"):
        with case(key):
            try:
                h.store.delete_tag(run_id, cast(Any, key))
            except (InvalidParameterValue, ResourceDoesNotExist):
                pass
            else:
                raise AssertionError(f"delete_tag took the key {key!r}")
    equal(state(h.store, run_id), before, "the run")


@rule
def tag_texts(h: StoreHarness) -> None:
    """All Unicode but NUL and lone surrogates comes back equal in tags."""
    run_id = h.run(tags=[RunTag(f"made{i}", text) for i, text in enumerate(HOSTILE_TEXTS)])
    h.store.log_batch(run_id, tags=[RunTag(f"batch{i}", text) for i, text in enumerate(HOSTILE_TEXTS)])
    for i, text in enumerate(HOSTILE_TEXTS):
        h.store.set_tag(run_id, RunTag(f"set{i}", text))
    tags = _tags(h, run_id)
    for i, text in enumerate(HOSTILE_TEXTS):
        equal([tags.get(f"{how}{i}") for how in ("made", "batch", "set")], [text] * 3, "the tags")


@rule
def tag_keys(h: StoreHarness) -> None:
    """Each key that keeps the rules can be a tag."""
    run_id = h.run(tags=[RunTag(key, "made") for key in GOOD_KEYS])
    equal(_tags(h, run_id), dict.fromkeys(GOOD_KEYS, "made"), "the tags")
    for key in GOOD_KEYS:
        with case(key):
            h.store.set_tag(run_id, RunTag(key, "set"))
    equal(_tags(h, run_id), dict.fromkeys(GOOD_KEYS, "set"), "the tags")
    for key in GOOD_KEYS:
        with case(key):
            h.store.delete_tag(run_id, key)
    equal(_tags(h, run_id), {}, "the tags")


@rule
def tag_wrong(h: StoreHarness) -> None:
    """A tag whose key or value breaks a rule is refused and not written."""
    run_id = h.run(tags=[RunTag("k", "old")])
    before = state(h.store, run_id)
    tags = [RunTag(cast(Any, key), "v") for key in BAD_KEYS]
    tags += [RunTag("k", cast(Any, value)) for value in NO_TEXTS]
    for tag in tags:
        with case(tag):
            refused(InvalidParameterValue, h.store.set_tag, run_id, tag)
    equal(state(h.store, run_id), before, "the run")


@rule
def tag_cut(h: StoreHarness) -> None:
    """A tag over 8,000 characters is cut to them by default."""
    limit = MAX_TAG_VALUE_LENGTH
    run_id = h.run()
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES=None, MLFLOW_TRUNCATE_LONG_VALUES=None):
        h.store.set_tag(run_id, RunTag("full", "x" * limit))
        h.store.set_tag(run_id, RunTag("over", "\u00e9" * (limit + 1)))
        h.store.log_batch(run_id, tags=[RunTag("far over", "\U0001f600" * (2 * limit))])
    equal(
        _tags(h, run_id),
        {"full": "x" * limit, "over": "\u00e9" * limit, "far over": "\U0001f600" * limit},
        "the tags",
    )


@rule
def tag_too_long(h: StoreHarness) -> None:
    """With PEGBOARD_TRUNCATE_LONG_VALUES=false a tag over 8,000 characters is refused."""
    run_id = h.run()
    long = RunTag("long", "x" * (MAX_TAG_VALUE_LENGTH + 1))
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES="false"):
        refused(InvalidParameterValue, h.store.set_tag, run_id, long, naming=["long", "8000"])
        refused(InvalidParameterValue, h.store.log_batch, run_id, (), (), [RunTag("good", "1"), long])
        h.store.set_tag(run_id, RunTag("full", long.value[:-1]))
    equal(list(_tags(h, run_id)), ["full"], "the keys of the tags")


def _tags(h: StoreHarness, run_id: str) -> dict[str, str]:
    tags = h.store.get_run(run_id).data.tags
    return {key: value for key, value in tags.items() if key != RUN_NAME_TAG}
