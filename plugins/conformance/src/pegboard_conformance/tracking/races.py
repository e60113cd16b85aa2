"""Rules of threads and processes that make, rename and tag experiments and runs at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pegboard.contracts import TrackingStore
from pegboard.entities import ExperimentTag, Param, RunStatus, RunTag, ViewType
from pegboard.errors import ResourceAlreadyExists
from pegboard_conformance.checks import equal
from pegboard_conformance.harness import PROCESSES, THREADS
from pegboard_conformance.tracking.data import MOMENT
from pegboard_conformance.tracking.harness import StoreHarness, rules, state

rule = rules()


def _create_experiments(store: TrackingStore, names: Sequence[str]) -> list[str | None]:
    """Make experiments and return their ids, None for those whose name was taken."""
    ids: list[str | None] = []
    for name in names:
        try:
            ids.append(store.create_experiment(name))
        except ResourceAlreadyExists:
            ids.append(None)
    return ids


def _open_and_count_defaults(store: TrackingStore, _: int) -> int:
    return len(store.search_experiments(ViewType.ALL, 10, "name = 'Default'"))


def _create_runs(store: TrackingStore, job: tuple[str, int, int]) -> list[str]:
    experiment_id, number, count = job
    runs = [store.create_run(experiment_id, "user", MOMENT, (), f"{number}.{i}") for i in range(count)]
    return [run.info.run_id for run in runs]


@rule
def threads_race_for_name(h: StoreHarness) -> None:
    """Of several threads that make an experiment of one name at once, exactly one does."""
    names = [h.name("contested") for _ in range(15)]
    _check_names(h, names, h.all_in_threads(partial(_create_experiments, h.store), [names] * THREADS))


@rule(needs="durable")
def processes_race_for_name(h: StoreHarness) -> None:
    """Of several processes that make an experiment of one name at once, exactly one does."""
    names = [h.name("contested") for _ in range(30)]
    _check_names(h, names, h.all_in_processes(_create_experiments, [names] * PROCESSES))


def _check_names(h: StoreHarness, names: list[str], outcomes: list[list[str | None]]) -> None:
    for name, ids in zip(names, zip(*outcomes, strict=True), strict=True):
        made = [experiment_id for experiment_id in ids if experiment_id is not None]
        equal(len(made), 1, f"how many made an experiment of the name {name}")
        found = h.store.search_experiments(ViewType.ALL, 10, f"name = '{name}'")
        equal([experiment.experiment_id for experiment in found], made, "the experiments of that name")


@rule
def threads_race_for_new_name(h: StoreHarness) -> None:
    """Of several threads that rename experiments to one name at once, exactly one does."""
    for _ in range(5):
        name, ids = h.name("contested"), [h.experiment() for _ in range(4)]
        results = h.in_threads(partial(h.store.rename_experiment, new_name=name), ids)
        refusals = [result for result in results if isinstance(result, ResourceAlreadyExists)]
        equal(len(refusals), 3, f"how many were refused, of {results}")
        found = h.store.search_experiments(ViewType.ALL, 10, f"name = '{name}'")
        equal(len(found), 1, "how many experiments have the name")


@rule
def threads_create_runs(h: StoreHarness) -> None:
    """Runs that several threads start at once are all there, under ids of their own."""
    experiment_id = h.experiment()
    ids = h.all_in_threads(
        partial(_create_runs, h.store), [(experiment_id, number, 5) for number in range(THREADS)]
    )
    wanted = {run_id for of_thread in ids for run_id in of_thread}
    equal(len(wanted), 5 * THREADS, "the number of different ids")
    equal({run.info.run_id for run in h.runs_of(experiment_id)}, wanted, "the runs that are found")


@rule(needs="durable")
def processes_create_runs(h: StoreHarness) -> None:
    """Runs that several processes start at once are all there, under ids of their own."""
    experiment_id = h.experiment()
    ids = h.all_in_processes(_create_runs, [(experiment_id, number, 5) for number in range(PROCESSES)])
    wanted = {run_id for of_process in ids for run_id in of_process}
    equal({run.info.run_id for run in h.runs_of(experiment_id)}, wanted, "the runs that are found")


@rule(needs="durable")
def processes_open_at_once(h: StoreHarness) -> None:
    """Several processes may be the first to use a store, all at once: there is one Default."""
    equal(h.all_in_processes(_open_and_count_defaults, range(PROCESSES)), [1] * PROCESSES, "the Defaults")
    equal(h.store.get_experiment("0").name, "Default", "the name of experiment 0")


@rule
def threads_set_experiment_tags(h: StoreHarness) -> None:
    """Tags of an experiment that several threads set at once are all there."""
    experiment_id = h.experiment()

    def set_tags(number: int) -> None:
        for i in range(10):
            h.store.set_experiment_tag(experiment_id, ExperimentTag(f"{number} {i}", "1"))

    h.all_in_threads(set_tags, range(THREADS))
    equal(len(h.store.get_experiment(experiment_id).tags), 10 * THREADS, "the number of tags")


@rule
def threads_update_and_log(h: StoreHarness) -> None:
    """Renaming, ending and tagging a run at once loses none of it."""
    for _ in range(10):
        run_id = h.run(name="old")
        calls: list[Callable[[], object]] = [
            partial(h.store.update_run_info, run_id, RunStatus.FINISHED, MOMENT + 1),
            partial(h.store.update_run_info, run_id, run_name="new"),
            partial(h.store.set_tag, run_id, RunTag("t", "1")),
            partial(h.store.log_param, run_id, Param("p", "1")),
        ]
        h.all_in_threads(lambda call: call(), calls)
        found = state(h.store, run_id)
        info = found["info"]
        equal(
            (info["status"], info["end_time"], info["run_name"]), ("FINISHED", MOMENT + 1, "new"), "the info"
        )
        equal((found["tags"]["t"], found["params"]), ("1", {"p": "1"}), "tag and param")
