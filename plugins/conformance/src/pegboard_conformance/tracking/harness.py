"""What the tests of tracking-store rules are given, and the data that many of them share."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

from pegboard.contracts import TrackingStore
from pegboard.entities import (
    ExperimentTag,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from pegboard_conformance.harness import Harness
from pegboard_conformance.rules import Rules

#: A moment in milliseconds, which starts and points have unless a rule is about times.
MOMENT = 1_700_000_000_000
RUN_NAME_TAG = "mlflow.runName"

#: Texts that files, YAML, SQL and JSON are prone to change; all must come back equal.
HOSTILE_TEXTS = (
    "",
    " ",
    "  leading and trailing  ",
    "\n",
    "line\nfeed\n",
    "\nleading feed",
    "carriage\rreturn\r",
    "both\r\n\r\n",
    "next\x85line\u2028separator\u2029paragraph",
    "tab\tvertical\x0bform\x0c",
    "control \x01\x02\x07\x08\x1b\x1f\x7f\x80\x9f",
    "\ufeffbyte order mark",
    "na\u00efve \u65e5\u672c\u8a9e \u0440\u0443\u0441",
    "decomposed e\u0301 and composed \u00e9",
    "emoji \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u202eoverride\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\uffff\ufffe\ufffd\U0010ffff",
    "null",
    "~",
    "None",
    "true",
    "no",
    "1e3",
    "0x1F",
    "0o7",
    "1_000",
    "1.50",
    ".inf",
    "NaN",
    "2001-01-01",
    "- a: b",
    "a: b # c",
    "? key",
    "!!python/object:os.system",
    "&anchor *alias",
    "{a: [1, 2]}",
    "--- |\n  block\n...",
    "> folded",
    "%TAG ! tag:",
    "@at `tick`",
    "'",
    '"',
    "'''\"\"\"" * 20,
    "it's \"quoted\" \\'escaped\\'",
    "back\\slash \\n \\u0041 \\",
    "100% _under_ %s %(name)s {0} ${HOME} $(id)",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    "C:\\windows",
    "<script>&amp;</script>",
    "\\x00 but no NUL",
    "a" * 300,
)

#: Texts that no store holds.
BAD_TEXTS = ("nul\0inside", "\0", "lone \ud800 surrogate", "\udfff")

#: Keys at the edges of what the rules allow.
GOOD_KEYS = (
    "a",
    "_",
    "-",
    ":",
    "0",
    "with space",
    " space around ",
    "a.b.c",
    "a-b_c:d e",
    "folder/key",
    "deep/er/and/deeper/key",
    "\u00fcn\u00efc\u00f6d\u00e9",
    "\u65e5\u672c/\u8a9e",
    ".hidden",
    "a..b",
    "null",
    "meta.yaml",
    "metrics",
    "k" * 250,
)

#: Keys that break a rule, each in a way of its own.
BAD_KEYS = (
    "",
    "k" * 251,
    "/absolute",
    "..",
    "../climbs",
    "a/../b",
    "a/..",
    ".",
    "./a",
    "a/.",
    "a//b",
    "a/",
    "/",
    "new\nline",
    "trailing\n",
    "tab\t",
    "nul\0",
    "bell\x07",
    "back\\slash",
    "quo'te",
    'quo"te',
    "per%cent",
    "hash#",
    "quest?ion",
    "star*",
    "comma,",
    "equals=",
    "(",
    "`",
    "\U0001f600",
    "\ud800",
    None,
    5,
    b"bytes",
)

#: Values that a text field of an entity cannot have.
NO_TEXTS = (*BAD_TEXTS, None, 5, 1.5, b"bytes", ["list"])

#: Ids that have not the form of one.
BAD_IDS = (
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/absolute",
    "nul\0",
    "new\nline",
    "trailing\n",
    "sp ace",
    "\u00e9",
    "\U0001f600",
    "%2e%2e",
    "a\\b",
    "-dash",
    ".trash",
    "'; DROP TABLE runs; --",
    "x" * 300,
    None,
    1.5,
)

#: Values of metrics that are floats, but unlike others.
ODD_NUMBERS = (
    math.nan,
    math.inf,
    -math.inf,
    0.0,
    1e-320,
    5e-324,
    -2.2250738585072014e-308,
    1e308,
    1.7976931348623157e308,
    0.1 + 0.2,
    1 / 3,
    -1e-7,
    123456789012345680.0,
    1e22,
)

#: Metrics that break a rule besides those of keys.
BAD_METRICS = tuple(
    Metric("bad", cast(Any, value), cast(Any, timestamp), cast(Any, step))
    for value, timestamp, step in (
        ("1.0", 1, 0),
        (None, 1, 0),
        (True, 1, 0),
        ([1.0], 1, 0),
        (1j, 1, 0),
        (10**400, 1, 0),
        (1.0, -1, 0),
        (1.0, "1", 0),
        (1.0, None, 0),
        (1.0, 1.5, 0),
        (1.0, 2**63, 0),
        (1.0, math.nan, 0),
        (1.0, 1, "0"),
        (1.0, 1, None),
        (1.0, 1, 0.5),
        (1.0, 1, True),
        (1.0, 1, 2**63),
        (1.0, 1, -(2**63) - 1),
        (1.0, 1, math.inf),
    )
)


class StoreHarness(Harness):
    """The harness of tracking-store rules, with the verbs that most of them need."""

    @property
    def store(self) -> TrackingStore:
        """The store under test."""
        return cast(TrackingStore, self.provider)

    def experiment(self, name: str | None = None, tags: Sequence[ExperimentTag] = ()) -> str:
        """Make an experiment and return its id."""
        return self.store.create_experiment(name or self.name("experiment"), None, tags)

    def run(
        self,
        experiment_id: str | None = None,
        name: str | None = "run",
        tags: Sequence[RunTag] = (),
        start_time: int = MOMENT,
    ) -> str:
        """Start a run, in an experiment of its own unless one is given, and return its id."""
        experiment_id = experiment_id or self.experiment()
        return self.store.create_run(experiment_id, "user", start_time, tags, name).info.run_id

    def runs_of(self, experiment_id: str, view: int = ViewType.ALL, **arguments: Any) -> list[Run]:
        """Return all runs of an experiment."""
        return self.store.search_runs([experiment_id], run_view_type=view, **arguments).to_list()

    def found(self, experiment_id: str, filter_string: str) -> set[str]:
        """Return the names of the experiment's active runs that match a filter."""
        return {run.info.run_name or "" for run in self.store.search_runs([experiment_id], filter_string)}

    def unknown_run(self) -> str:
        """Return a well-formed id that no run has."""
        return uuid.uuid4().hex

    def unknown_experiment(self) -> str:
        """Return a well-formed id that no experiment has."""
        return str(10**17 + uuid.uuid4().int % (9 * 10**17))


def rules() -> Rules[StoreHarness]:
    """Return an empty list of tracking-store rules, for a module to fill."""
    return Rules("tracking_store")


def state(store: TrackingStore, run_id: str) -> dict[str, Any]:
    """Return all that can be observed of a run, for comparing."""
    run = store.get_run(run_id)
    return {
        "info": dict(run.info),
        "metrics": run.data.metrics,
        "params": run.data.params,
        "tags": run.data.tags,
        "inputs": sorted(str(use.to_dictionary()) for use in run.inputs.dataset_inputs),
        "history": {key: points(store, run_id, key) for key in run.data.metrics},
    }


def points(store: TrackingStore, run_id: str, key: str) -> list[tuple[int, int, float]]:
    """Return a metric's history as (step, timestamp, value), in the order of the store."""
    return [(m.step, m.timestamp, m.value) for m in store.get_metric_history(run_id, key)]


def run_writes(store: TrackingStore) -> dict[str, Callable[[Any], object]]:
    """Return the calls that write to a run, each taking its id; those of capabilities only if declared."""
    writes: dict[str, Callable[[Any], object]] = {
        "update_run_info": lambda run_id: store.update_run_info(run_id, RunStatus.FINISHED, 5, "new"),
        "log_batch metric": lambda run_id: store.log_batch(run_id, metrics=[Metric("w", 1.0, 1, 0)]),
        "log_batch param": lambda run_id: store.log_batch(run_id, params=[Param("w", "1")]),
        "log_batch tag": lambda run_id: store.log_batch(run_id, tags=[RunTag("w", "1")]),
        "log_metric": lambda run_id: store.log_metric(run_id, Metric("w", 1.0, 1, 0)),
        "log_param": lambda run_id: store.log_param(run_id, Param("w", "1")),
        "set_tag": lambda run_id: store.set_tag(run_id, RunTag("w", "1")),
        "delete_tag": lambda run_id: store.delete_tag(run_id, RUN_NAME_TAG),
    }
    if "inputs" in store.capabilities:
        writes["log_inputs"] = lambda run_id: store.log_inputs(run_id, [])
    return writes


def experiment_writes(store: TrackingStore) -> dict[str, Callable[[Any], object]]:
    """Return the calls that write to an active experiment, each taking its id."""
    return {
        "rename_experiment": lambda id: store.rename_experiment(id, f"renamed {uuid.uuid4().hex}"),
        "set_experiment_tag": lambda id: store.set_experiment_tag(id, ExperimentTag("w", "1")),
        "delete_experiment_tag": lambda id: store.delete_experiment_tag(id, "w"),
        "create_run": lambda id: store.create_run(id, "user", MOMENT, (), "run"),
    }
