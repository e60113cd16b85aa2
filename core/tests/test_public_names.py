"""The names of the package: MLflow's, those it lacks, its import paths, and that all of it is lazy."""

from __future__ import annotations

import importlib
import inspect

import pytest

import pegboard

NAMES = """
    ActiveRun Image MlflowClient MlflowException active_run create_experiment delete_experiment
    delete_experiment_tag delete_run delete_tag doctor end_run flush_async_logging get_artifact_uri
    get_experiment get_experiment_by_name get_parent_run get_registry_uri get_run get_tracking_uri
    is_tracking_uri_set last_active_run load_table log_artifact log_artifacts log_batch log_dict log_figure
    log_image log_input log_inputs log_metric log_metrics log_param log_params log_table log_text
    restore_experiment restore_run run search_experiments search_runs set_experiment set_experiment_tag
    set_experiment_tags set_registry_uri set_tag set_tags set_tracking_uri start_run
""".split()

#: Arguments of MLflow 3.17 in their order, as far as they are supported.
SIGNATURES = {
    "start_run": "run_id experiment_id run_name nested parent_run_id tags description log_system_metrics",
    "end_run": "status",
    "log_metric": "key value step synchronous timestamp run_id model_id dataset",
    "log_metrics": "metrics step synchronous run_id timestamp model_id dataset",
    "log_param": "key value synchronous",
    "log_params": "params synchronous run_id",
    "set_tag": "key value synchronous",
    "set_tags": "tags synchronous",
    "log_artifact": "local_path artifact_path run_id",
    "log_artifacts": "local_dir artifact_path run_id",
    "log_text": "text artifact_file run_id",
    "log_dict": "dictionary artifact_file run_id",
    "log_figure": "figure artifact_file save_kwargs",
    "log_image": "image artifact_file key step timestamp synchronous",
    "log_table": "data artifact_file run_id",
    "load_table": "artifact_file run_ids extra_columns",
    "log_input": "dataset context tags",
    "create_experiment": "name artifact_location tags",
    "set_experiment": "experiment_name experiment_id",
    "search_runs": "experiment_ids filter_string run_view_type max_results order_by output_format "
    "search_all_experiments experiment_names",
    "search_experiments": "view_type max_results filter_string order_by",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_mlflow_is_there(name: str) -> None:
    assert name in dir(pegboard)
    assert callable(getattr(pegboard, name))


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_those_of_mlflow(name: str) -> None:
    assert list(inspect.signature(getattr(pegboard, name)).parameters) == SIGNATURES[name].split()


@pytest.mark.parametrize(
    "name",
    ["autolog", "sklearn", "pytorch", "pyfunc", "models", "evaluate", "register_model", "trace", "start_span",
     "genai", "search_traces", "log_stream", "deployments", "log_outputs", "gateway", "types", "store"],
)  # fmt: skip
def test_a_name_of_mlflow_that_is_not_provided_says_so(name: str) -> None:
    with pytest.raises(AttributeError, match=f"MLflow's '{name}'"):
        getattr(pegboard, name)
    assert not hasattr(pegboard, name)
    assert name not in dir(pegboard)


@pytest.mark.parametrize(
    "name", ["create_registered_model", "search_traces", "log_model", "get_model_version"]
)
def test_a_method_of_mlflows_client_that_is_not_provided_says_so(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'{name}'.*dir"):
        getattr(pegboard.MlflowClient(), name)


def test_a_name_of_nobody_is_a_plain_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'log_metrik'"):
        _ = pegboard.log_metrik  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="log_metrik"):
        from pegboard import log_metrik  # type: ignore[attr-defined]  # noqa: F401


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("tracking", "MlflowClient get_tracking_uri set_tracking_uri is_tracking_uri_set set_registry_uri"),
        ("tracking.fluent", "start_run log_metric search_runs ActiveRun end_run"),
        ("tracking.client", "MlflowClient"),
        ("entities", "Metric Param RunTag Run RunInfo RunStatus ViewType Experiment FileInfo LifecycleStage"),
        ("exceptions", "MlflowException"),
        ("artifacts", "download_artifacts list_artifacts load_text load_dict load_image"),
        ("data", "from_pandas from_numpy from_polars get_source Dataset"),
        ("config", "enable_async_logging set_tracking_uri"),
        ("projects", "run"),
        ("client", "PegboardClient"),
        ("errors", "PegboardException"),
    ],
)
def test_import_paths(module: str, names: str) -> None:
    imported = importlib.import_module(f"pegboard.{module}")
    for name in names.split():
        assert hasattr(imported, name)


def test_the_paths_lead_to_the_same_things() -> None:
    from pegboard import exceptions, tracking
    from pegboard.tracking import client, fluent

    assert tracking.MlflowClient is client.MlflowClient is pegboard.MlflowClient is pegboard.PegboardClient
    assert fluent.start_run is pegboard.start_run
    assert exceptions.MlflowException is pegboard.MlflowException


def test_attributes_of_the_package_are_modules_without_an_import(script) -> None:
    done = script("""
        import pegboard as mlflow
        with mlflow.start_run() as run:
            mlflow.log_param("p", 1)
        assert mlflow.tracking.MlflowClient().get_run(run.info.run_id).data.params == {"p": "1"}
        assert mlflow.entities.RunStatus.to_string(3) == run.info.status.replace("RUNNING", "FINISHED")
        assert mlflow.artifacts.list_artifacts(run_id=run.info.run_id) == []
        assert mlflow.exceptions.MlflowException is mlflow.MlflowException
        assert mlflow.data.from_numpy and mlflow.config.enable_async_logging and mlflow.projects.run
        assert mlflow.tracking.fluent.log_param is mlflow.log_param
    """)
    assert (done.returncode, done.stderr) == (0, "")


def test_running_a_project_is_told_to_be_unsupported() -> None:
    with pytest.raises(pegboard.errors.Unsupported, match="plugin"):
        pegboard.projects.run("https://host/project")
    with pytest.raises(pegboard.errors.Unsupported):
        pegboard.run(".", entry_point="main")


def test_doctor_tells_no_secret(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:hush@host")
    pegboard.doctor()
    shown = capsys.readouterr().out
    assert "hush" not in shown
    assert pegboard.__version__ in shown
    assert "MLFLOW_TRACKING_URI" in shown
    pegboard.doctor(mask_envs=True)
    assert "MLFLOW_TRACKING_URI: ***" in capsys.readouterr().out
