"""The client: what it converts, splits and checks before the store is asked."""

from __future__ import annotations

from typing import Any

import pytest

import pegboard
from pegboard import PegboardClient
from pegboard.client import _batches
from pegboard.entities import Metric, Param, RunTag, ViewType
from pegboard.errors import (
    InvalidParameterValue,
    NoSuchProvider,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)


def test_a_client_has_its_own_uri_or_the_one_in_force(tmp_path, root) -> None:
    assert PegboardClient().tracking_uri == str(root)
    other = PegboardClient(tmp_path / "other")
    assert other.tracking_uri == str(tmp_path / "other")
    pegboard.set_tracking_uri(str(tmp_path / "third"))
    assert other.tracking_uri == str(tmp_path / "other")
    assert other.registry_uri == str(tmp_path / "third")
    assert PegboardClient(registry_uri="reg://x").registry_uri == "reg://x"


@pytest.mark.parametrize("uri", ["foo://bar", "foo:bar", "sqlite+x:///a.db"])
def test_an_unknown_scheme_says_which_there_are(uri: str) -> None:
    client = PegboardClient(uri)  # asking for it comes first, opening later
    with pytest.raises(NoSuchProvider) as caught:
        client.search_experiments()
    message = str(caught.value)
    assert uri.partition(":")[0] in message
    assert "Installed are: file" in message
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_an_error_shows_no_password() -> None:
    with pytest.raises(NoSuchProvider) as caught:
        PegboardClient("foo://user:secret@host/x").get_run("a")
    assert "secret" not in str(caught.value)
    assert "host" in str(caught.value)


# Splitting


@pytest.mark.parametrize(
    ("metrics", "params", "tags"),
    [(0, 0, 0), (1, 0, 0), (1000, 0, 0), (1001, 0, 0), (1000, 1, 1), (0, 101, 0), (0, 0, 250), (0, 250, 120),
     (999, 100, 100), (800, 100, 100), (801, 100, 100), (3000, 350, 20)],
)  # fmt: skip
def test_batches_hold_all_once_in_order_and_within_the_limits(metrics: int, params: int, tags: int) -> None:
    lists = [list(range(size)) for size in (metrics, params, tags)]
    batches = list(_batches(*lists))  # type: ignore[arg-type]
    for batch in batches:
        sizes = [len(part) for part in batch]
        assert sizes[0] <= 1000
        assert sizes[1] <= 100
        assert sizes[2] <= 100
        assert sum(sizes) <= 1000
    for place, expected in enumerate(lists):
        assert [one for batch in batches for one in batch[place]] == expected
    assert len(batches) == 1 or all(any(batch) for batch in batches)


def test_large_batches_arrive(client: PegboardClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        [Metric("m", i, 1, i) for i in range(2500)],
        [Param(f"p{i}", str(i)) for i in range(250)],
        [RunTag(f"t{i}", str(i)) for i in range(130)],
    )
    run = client.get_run(run_id)
    assert run.data.params == {f"p{i}": str(i) for i in range(250)}
    assert {f"t{i}": str(i) for i in range(130)}.items() <= run.data.tags.items()
    assert [point.step for point in client.get_metric_history(run_id, "m")] == list(range(2500))


@pytest.mark.parametrize(
    "bad",
    [
        ("metrics", Metric("bad!", 1.0, 1)),
        ("metrics", Metric("bad", 1.0, 1, 1.5)),  # type: ignore[arg-type]
        ("params", Param("bad!", "1")),
        ("params", Param("p0", "bad")),
        ("tags", RunTag("bad!", "1")),
    ],
)
def test_a_bad_last_element_of_many_keeps_the_first_batch_out(
    bad: tuple[str, Any], client: PegboardClient, run_id: str
) -> None:
    before = client.get_run(run_id)
    elements: dict[str, list[Any]] = {
        "metrics": [Metric("m", float(i), 1, i) for i in range(1500)],
        "params": [Param(f"p{i}", str(i)) for i in range(150)],
        "tags": [RunTag(f"t{i}", str(i)) for i in range(150)],
    }
    elements[bad[0]].append(bad[1])
    with pytest.raises(InvalidParameterValue, match="bad"):
        client.log_batch(run_id, **elements)
    assert client.get_run(run_id) == before


def test_elements_may_come_from_iterators(client: PegboardClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        metrics=(Metric("m", i, 1, i) for i in range(3)),  # type: ignore[arg-type]
        params=iter([Param("p", "1")]),  # type: ignore[arg-type]
        tags=map(RunTag, "t", "u"),  # type: ignore[arg-type]
    )
    data = client.get_run(run_id).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 2.0}, {"p": "1"}, "u")


@pytest.mark.parametrize(
    "elements", [{"metrics": [("m", 1)]}, {"params": [{"p": 1}]}, {"tags": ["t"]}], ids=str
)
def test_elements_are_entities(elements: dict[str, Any], client: PegboardClient, run_id: str) -> None:
    with pytest.raises(InvalidParameterValue, match="entities"):
        client.log_batch(run_id, **elements)


def test_repeated_elements_over_several_batches(client: PegboardClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        params=[Param("p", "1")] * 150 + [Param(f"p{i}", "") for i in range(100)],
        tags=[RunTag("t", str(i)) for i in range(150)],
        metrics=[Metric("m", 1.0, 1)] * 1200,
    )
    run = client.get_run(run_id)
    assert (run.data.params["p"], run.data.tags["t"]) == ("1", "149")
    assert len(client.get_metric_history(run_id, "m")) == 1


# Runs


def test_a_run_of_the_client_is_nobodys_active_run(client: PegboardClient) -> None:
    run = client.create_run("0", start_time=1000, tags={"n": 1, "mlflow.user": "ada"}, run_name="r")
    assert pegboard.active_run() is None
    info = client.get_run(run.info.run_id).info
    assert (info.start_time, info.run_name, info.user_id, info.status) == (1000, "r", "ada", "RUNNING")
    assert client.get_run(run.info.run_id).data.tags["n"] == "1"
    assert client.create_run("0").info.start_time > 10**12


def test_name_and_name_tag_must_agree(client: PegboardClient) -> None:
    with pytest.raises(InvalidParameterValue, match="runName"):
        client.create_run("0", tags={"mlflow.runName": "a"}, run_name="b")
    assert client.create_run("0", tags={"mlflow.runName": "a"}).info.run_name == "a"


def test_ending_and_changing_a_run(client: PegboardClient, run_id: str) -> None:
    client.set_terminated(run_id, "FAILED", 5000)
    info = client.get_run(run_id).info
    assert (info.status, info.end_time) == ("FAILED", 5000)
    client.update_run(run_id, name="new")
    info = client.get_run(run_id).info
    assert (info.status, info.end_time, info.run_name) == ("FAILED", 5000, "new")
    client.update_run(run_id)
    assert client.get_run(run_id).info == info
    client.set_terminated(run_id)
    assert client.get_run(run_id).info.status == "FINISHED"
    assert client.get_run(run_id).info.end_time > 10**12


@pytest.mark.parametrize("status", ["finished", "DONE", 3])
def test_a_status_must_be_one(status: Any, client: PegboardClient, run_id: str) -> None:
    for call in (client.set_terminated, client.update_run):
        with pytest.raises(InvalidParameterValue, match="RUNNING, SCHEDULED, FINISHED, FAILED, KILLED"):
            call(run_id, status)
    assert client.get_run(run_id).info.status == "RUNNING"


def test_deleting_and_restoring_twice_is_no_error(client: PegboardClient, run_id: str) -> None:
    client.restore_run(run_id)
    client.delete_run(run_id)
    client.delete_run(run_id)
    assert [run.info.run_id for run in client.search_runs(["0"])] == []
    found = client.search_runs(["0"], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_id for run in found] == [run_id]
    client.restore_run(run_id)
    client.restore_run(run_id)
    assert len(client.search_runs("0")) == 1


def test_a_metric_that_was_never_logged_has_no_history(client: PegboardClient, run_id: str) -> None:
    assert client.get_metric_history(run_id, "none") == []
    with pytest.raises(InvalidParameterValue):
        client.get_metric_history(run_id, "bad!")


def test_a_metric_keeps_its_dataset(client: PegboardClient, run_id: str) -> None:
    client.log_metric(run_id, "m", 1, dataset_name="d", dataset_digest="123")
    (point,) = client.get_metric_history(run_id, "m")
    assert (point.dataset_name, point.dataset_digest) == ("d", "123")


# Experiments


def test_renaming(client: PegboardClient) -> None:
    first, second = client.create_experiment("first"), client.create_experiment("second")
    client.rename_experiment(first, "renamed")
    assert client.get_experiment(first).name == "renamed"
    assert client.get_experiment_by_name("first") is None
    with pytest.raises(ResourceAlreadyExists):
        client.rename_experiment(first, "second")
    with pytest.raises(InvalidParameterValue):
        client.rename_experiment(second, "")
    client.delete_experiment(second)
    with pytest.raises(ResourceDoesNotExist):
        client.delete_experiment(second)
    with pytest.raises(ResourceDoesNotExist):
        client.restore_experiment(first)


def test_experiments_where_runs_cannot_start(client: PegboardClient) -> None:
    for experiment_id in ("999", "abc"):
        with pytest.raises(ResourceDoesNotExist, match=experiment_id):
            client.create_run(experiment_id)
    with pytest.raises(InvalidParameterValue):
        client.create_run("../x")


def test_runs_of_several_experiments_in_any_form(client: PegboardClient) -> None:
    other = client.create_experiment("other")
    ids = {client.create_run(one).info.run_id for one in ("0", other)}
    for form in ([other, "0"], (int(other), 0), iter(["0", other, other])):
        assert {run.info.run_id for run in client.search_runs(form)} == ids  # type: ignore[arg-type]
        assert len(client.search_runs([other, "0", other])) == 2
    assert client.search_runs([]) == []
    assert client.search_runs(["12345"]) == []


@pytest.mark.parametrize("size", [0, -1, 50_001, "3", 1.5, None, True])
def test_a_page_has_1_to_50000_rows(size: Any, client: PegboardClient) -> None:
    with pytest.raises(InvalidParameterValue, match="max_results"):
        client.search_runs(["0"], max_results=size)


def test_an_order_is_a_list(client: PegboardClient) -> None:
    with pytest.raises(InvalidParameterValue, match="list"):
        client.search_runs(["0"], order_by="start_time")
