"""Rules of updating runs: name, status, end."""

from __future__ import annotations

from pegboard.entities import Metric, RunStatus, RunTag
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, equal, refused
from pegboard_conformance.tracking.data import BAD_TEXTS, MOMENT, RUN_NAME_TAG
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()


@rule
def rename_run(h: StoreHarness) -> None:
    """A run is renamed by update_run_info, and its tag mlflow.runName with it."""
    run_id = h.run(name="old")
    for name in ("new", "new", "na\u00efve: 'new'\n"):
        info = h.store.update_run_info(run_id, run_name=name)
        equal(info.run_name, name, "the name in what update_run_info returns")
        h.check_name(run_id, name)
    equal(h.store.get_run(run_id).info.status, "RUNNING", "the status")


@rule
def rename_run_by_tag(h: StoreHarness) -> None:
    """Logging the tag mlflow.runName renames the run, alone and in a batch."""
    run_id = h.run(name="old")
    h.store.set_tag(run_id, RunTag(RUN_NAME_TAG, "by tag"))
    h.check_name(run_id, "by tag")
    h.store.log_batch(
        run_id, [Metric("m", 1.0, 1, 0)], (), [RunTag("t", "1"), RunTag(RUN_NAME_TAG, "by batch")]
    )
    h.check_name(run_id, "by batch")
    equal(
        [run.info.run_name for run in h.store.search_runs([h.store.get_run(run_id).info.experiment_id])],
        ["by batch"],
        "names found",
    )


@rule
def rename_run_wrong(h: StoreHarness) -> None:
    """NUL and lone surrogates are refused in the new name of a run, and it stays as it was."""
    run_id = h.run(name="old")
    before = state(h.store, run_id)
    for text in BAD_TEXTS:
        with case(text):
            refused(InvalidParameterValue, h.store.update_run_info, run_id, RunStatus.FINISHED, 5, text)
            refused(InvalidParameterValue, h.store.set_tag, run_id, RunTag(RUN_NAME_TAG, text))
    equal(state(h.store, run_id), before, "the run")


@rule
def update_status(h: StoreHarness) -> None:
    """Each status is set by its number and told by its name, with the end time that was given."""
    run_id = h.run()
    for status in RunStatus.all_status():
        end = MOMENT + status if RunStatus.is_terminated(status) else None
        info = h.store.update_run_info(run_id, status, end)
        equal((info.status, info.end_time), (RunStatus.to_string(status), end), "status and end as returned")
        equal(h.store.get_run(run_id).info, info, "the run info that is read")


@rule
def update_one_field(h: StoreHarness) -> None:
    """What update_run_info is not given, it leaves as it is."""
    run_id = h.run(name="name", tags=[RunTag("t", "1")])
    before = h.store.get_run(run_id).info
    h.store.update_run_info(run_id)
    equal(h.store.get_run(run_id).info, before, "the run info after an update without a change")
    h.store.update_run_info(run_id, end_time=MOMENT + 5)
    h.store.update_run_info(run_id, run_status=RunStatus.FAILED)
    h.store.update_run_info(run_id, run_name="other")
    info = h.store.get_run(run_id).info
    equal(
        (info.status, info.end_time, info.run_name),
        ("FAILED", MOMENT + 5, "other"),
        "status, end time and name",
    )
    equal(
        (info.start_time, info.user_id, info.experiment_id, info.artifact_uri),
        (before.start_time, before.user_id, before.experiment_id, before.artifact_uri),
        "start, user, experiment and artifact URI",
    )
    equal(h.store.get_run(run_id).data.tags["t"], "1", "the tag")


@rule
def run_again_clears_end(h: StoreHarness) -> None:
    """A run that is set to RUNNING or SCHEDULED again has no end time."""
    for status in (RunStatus.RUNNING, RunStatus.SCHEDULED):
        run_id = h.run()
        h.store.update_run_info(run_id, RunStatus.FINISHED, MOMENT + 5)
        equal(h.store.update_run_info(run_id, status).end_time, None, "the end time as returned")
        equal(h.store.get_run(run_id).info.end_time, None, "the end time as read")


@rule
def update_wrong(h: StoreHarness) -> None:
    """An unknown status or an end time that is no whole number is refused, and the run stays as it was."""
    run_id = h.run()
    before = state(h.store, run_id)
    for status in (0, 6, -1, "FINISHED", "finished", 3.5):
        with case(status):
            refused(InvalidParameterValue, h.store.update_run_info, run_id, status, MOMENT)
    for end in ("5", 1.5, 2**63, float("inf"), True):
        with case(end):
            refused(InvalidParameterValue, h.store.update_run_info, run_id, RunStatus.FINISHED, end)
    equal(state(h.store, run_id), before, "the run")


@rule
def ended_run_takes_writes(h: StoreHarness) -> None:
    """A run that has ended still takes metrics and tags; only deleting closes it."""
    run_id = h.run()
    h.store.update_run_info(run_id, RunStatus.FINISHED, MOMENT + 5)
    h.store.log_metric(run_id, Metric("late", 1.0, MOMENT + 6, 0))
    h.store.set_tag(run_id, RunTag("late", "1"))
    run = h.store.get_run(run_id)
    equal((run.data.metrics, run.data.tags["late"]), ({"late": 1.0}, "1"), "what was logged late")
    equal((run.info.status, run.info.end_time), ("FINISHED", MOMENT + 5), "status and end time")
