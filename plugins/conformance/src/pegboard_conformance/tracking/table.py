"""A small table of runs that the rules of search look at, made anew for each rule."""

from __future__ import annotations

import math

from pegboard.entities import Metric, Param, RunStatus, RunTag
from pegboard_conformance.checks import case, equal
from pegboard_conformance.tracking.harness import StoreHarness


def make_runs(h: StoreHarness) -> tuple[str, dict[str, str]]:
    """Make the runs A to E and return the id of their experiment and their ids by name.

    | | start | end | status | acc | lr | model | team |
    |---|---|---|---|---|---|---|---|
    | A | 1000 | 2000 | FINISHED | 0.5 | 0.1 | Cat | Red |
    | B | 2000 | 5000 | FAILED | 0.9 | 0.01 | cat_x | blue |
    | C | 3000 | | RUNNING | NaN | | 100% | (empty) |
    | D | 3000 | | RUNNING | inf | (empty) | École | |
    | E | 500 | 1 | KILLED | | z | | |
    """
    experiment_id = h.experiment()
    ids = {name: h.run(experiment_id, name, start_time=start) for name, start in _STARTS.items()}
    for name, (status, end) in _ENDS.items():
        h.store.update_run_info(ids[name], status, end)
    for name, values in _METRICS.items():
        h.store.log_batch(ids[name], [Metric(key, value, 1, 0) for key, value in values.items()])
    for name, texts in _PARAMS.items():
        h.store.log_batch(ids[name], params=[Param(key, text) for key, text in texts.items()])
    for name, texts in _TAGS.items():
        h.store.log_batch(ids[name], tags=[RunTag(key, text) for key, text in texts.items()])
    return experiment_id, ids


def check_matches(h: StoreHarness, table: dict[str, str]) -> None:
    """Check which runs of the table each filter finds, written as the letters of their names."""
    experiment_id, _ = make_runs(h)
    for filter_string, wanted in table.items():
        with case(filter_string):
            equal(h.found(experiment_id, filter_string), set(wanted), "the names of the runs found")


_STARTS = {"A": 1000, "B": 2000, "C": 3000, "D": 3000, "E": 500}
_ENDS = {
    "A": (RunStatus.FINISHED, 2000),
    "B": (RunStatus.FAILED, 5000),
    "E": (RunStatus.KILLED, 1),
}
_METRICS = {
    "A": {"acc": 0.5, "a b": 1.0, "x/y": 1.0, "a.b": 1.0, "tiny": 1e-320},
    "B": {"acc": 0.9, "big": 1e308},
    "C": {"acc": math.nan},
    "D": {"acc": math.inf, "low": -math.inf},
}
_PARAMS = {
    "A": {"lr": "0.1", "model": "Cat", "a.b": "1", "q": "it's", "dq": 'say "hi"'},
    "B": {"lr": "0.01", "model": "cat_x", "both": "'\""},
    "C": {"model": "100%"},
    "D": {"lr": "", "model": "École", "lines": "l1\nl2", "back": "a\\b"},
    "E": {"lr": "z"},
}
_TAGS = {
    "A": {"team": "Red", "my tag": "v", "x/y": "1", "ns:key-1": "1"},
    "B": {"team": "blue"},
    "C": {"team": ""},
}
