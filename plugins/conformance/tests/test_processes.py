"""Fresh processes: what they return and raise comes back, and their deaths are told."""

from __future__ import annotations

import os

import pytest
from contexts import PlainContext
from process_jobs import answer, exit_with, process_id, refuse, tell

from pegboard.errors import InvalidParameterValue
from pegboard_conformance.harness import Harness
from pegboard_conformance.place import Place
from pegboard_conformance.processes import ProcessDied


@pytest.fixture
def harness() -> Harness:
    return Harness(Place("run_context", "of processes", PlainContext))


def test_results_and_errors(harness: Harness) -> None:
    results = harness.in_processes(answer, [1, -1, 2])
    assert results[0] == ("of processes", 1)
    assert results[2] == ("of processes", 2)
    assert isinstance(results[1], InvalidParameterValue)
    with pytest.raises(InvalidParameterValue):
        harness.all_in_processes(answer, [1, -1])


def test_processes_differ(harness: Harness) -> None:
    ids = harness.all_in_processes(process_id, [None, None])
    assert len({os.getpid(), *ids}) == 3


def test_an_end_without_an_answer(harness: Harness) -> None:
    (result,) = harness.in_processes(exit_with, [7])
    assert isinstance(result, ProcessDied)
    assert "the process ended with 7: last words" in str(result)


def test_death_at_the_end(harness: Harness) -> None:
    assert harness.in_dying_process(tell, 3) == [0, 1, 2]


def test_death_in_between(harness: Harness) -> None:
    told = harness.in_dying_process(tell, 10**9, kill_after=5)
    assert told[:5] == [0, 1, 2, 3, 4]


def test_error_before_death(harness: Harness) -> None:
    with pytest.raises(InvalidParameterValue):
        harness.in_dying_process(refuse, None)
