"""Pegboard: track, store, run, register, evaluate and deploy machine-learning work with plugins.

Every public name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from pegboard.lazy import lazy_names
from pegboard.version import __version__ as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pegboard import artifacts as artifacts
    from pegboard import client as client
    from pegboard import config as config
    from pegboard import contracts as contracts
    from pegboard import data as data
    from pegboard import entities as entities
    from pegboard import errors as errors
    from pegboard import exceptions as exceptions
    from pegboard import fluent as fluent
    from pegboard import projects as projects
    from pegboard import settings as settings
    from pegboard import tracking as tracking
    from pegboard.about import doctor as doctor
    from pegboard.background import RunOperations as RunOperations
    from pegboard.client import PegboardClient as MlflowClient
    from pegboard.client import PegboardClient as PegboardClient
    from pegboard.errors import PegboardException as MlflowException
    from pegboard.errors import PegboardException as PegboardException
    from pegboard.fluent import ActiveRun as ActiveRun
    from pegboard.fluent import active_run as active_run
    from pegboard.fluent import create_experiment as create_experiment
    from pegboard.fluent import delete_experiment as delete_experiment
    from pegboard.fluent import delete_experiment_tag as delete_experiment_tag
    from pegboard.fluent import delete_run as delete_run
    from pegboard.fluent import delete_tag as delete_tag
    from pegboard.fluent import end_run as end_run
    from pegboard.fluent import flush_async_logging as flush_async_logging
    from pegboard.fluent import get_artifact_uri as get_artifact_uri
    from pegboard.fluent import get_experiment as get_experiment
    from pegboard.fluent import get_experiment_by_name as get_experiment_by_name
    from pegboard.fluent import get_parent_run as get_parent_run
    from pegboard.fluent import get_run as get_run
    from pegboard.fluent import last_active_run as last_active_run
    from pegboard.fluent import load_table as load_table
    from pegboard.fluent import log_artifact as log_artifact
    from pegboard.fluent import log_artifacts as log_artifacts
    from pegboard.fluent import log_batch as log_batch
    from pegboard.fluent import log_dict as log_dict
    from pegboard.fluent import log_figure as log_figure
    from pegboard.fluent import log_image as log_image
    from pegboard.fluent import log_input as log_input
    from pegboard.fluent import log_inputs as log_inputs
    from pegboard.fluent import log_metric as log_metric
    from pegboard.fluent import log_metrics as log_metrics
    from pegboard.fluent import log_param as log_param
    from pegboard.fluent import log_params as log_params
    from pegboard.fluent import log_table as log_table
    from pegboard.fluent import log_text as log_text
    from pegboard.fluent import restore_experiment as restore_experiment
    from pegboard.fluent import restore_run as restore_run
    from pegboard.fluent import search_experiments as search_experiments
    from pegboard.fluent import search_runs as search_runs
    from pegboard.fluent import set_experiment as set_experiment
    from pegboard.fluent import set_experiment_tag as set_experiment_tag
    from pegboard.fluent import set_experiment_tags as set_experiment_tags
    from pegboard.fluent import set_tag as set_tag
    from pegboard.fluent import set_tags as set_tags
    from pegboard.fluent import start_run as start_run
    from pegboard.hookspecs import hookimpl as hookimpl
    from pegboard.kinds import Kind as Kind
    from pegboard.media import Image as Image
    from pegboard.projects import run as run
    from pegboard.uris import get_registry_uri as get_registry_uri
    from pegboard.uris import get_tracking_uri as get_tracking_uri
    from pegboard.uris import is_tracking_uri_set as is_tracking_uri_set
    from pegboard.uris import set_registry_uri as set_registry_uri
    from pegboard.uris import set_tracking_uri as set_tracking_uri

_PLACES = {
    "ActiveRun": "pegboard.fluent:ActiveRun",
    "Image": "pegboard.media:Image",
    "Kind": "pegboard.kinds:Kind",
    "MlflowClient": "pegboard.client:PegboardClient",
    "MlflowException": "pegboard.errors:PegboardException",
    "PegboardClient": "pegboard.client:PegboardClient",
    "PegboardException": "pegboard.errors:PegboardException",
    "RunOperations": "pegboard.background:RunOperations",
    "active_run": "pegboard.fluent:active_run",
    "artifacts": "pegboard.artifacts",
    "client": "pegboard.client",
    "config": "pegboard.config",
    "contracts": "pegboard.contracts",
    "create_experiment": "pegboard.fluent:create_experiment",
    "data": "pegboard.data",
    "delete_experiment": "pegboard.fluent:delete_experiment",
    "delete_experiment_tag": "pegboard.fluent:delete_experiment_tag",
    "delete_run": "pegboard.fluent:delete_run",
    "delete_tag": "pegboard.fluent:delete_tag",
    "doctor": "pegboard.about:doctor",
    "end_run": "pegboard.fluent:end_run",
    "entities": "pegboard.entities",
    "errors": "pegboard.errors",
    "exceptions": "pegboard.exceptions",
    "fluent": "pegboard.fluent",
    "flush_async_logging": "pegboard.fluent:flush_async_logging",
    "get_artifact_uri": "pegboard.fluent:get_artifact_uri",
    "get_experiment": "pegboard.fluent:get_experiment",
    "get_experiment_by_name": "pegboard.fluent:get_experiment_by_name",
    "get_parent_run": "pegboard.fluent:get_parent_run",
    "get_registry_uri": "pegboard.uris:get_registry_uri",
    "get_run": "pegboard.fluent:get_run",
    "get_tracking_uri": "pegboard.uris:get_tracking_uri",
    "hookimpl": "pegboard.hookspecs:hookimpl",
    "is_tracking_uri_set": "pegboard.uris:is_tracking_uri_set",
    "last_active_run": "pegboard.fluent:last_active_run",
    "load_table": "pegboard.fluent:load_table",
    "log_artifact": "pegboard.fluent:log_artifact",
    "log_artifacts": "pegboard.fluent:log_artifacts",
    "log_batch": "pegboard.fluent:log_batch",
    "log_dict": "pegboard.fluent:log_dict",
    "log_figure": "pegboard.fluent:log_figure",
    "log_image": "pegboard.fluent:log_image",
    "log_input": "pegboard.fluent:log_input",
    "log_inputs": "pegboard.fluent:log_inputs",
    "log_metric": "pegboard.fluent:log_metric",
    "log_metrics": "pegboard.fluent:log_metrics",
    "log_param": "pegboard.fluent:log_param",
    "log_params": "pegboard.fluent:log_params",
    "log_table": "pegboard.fluent:log_table",
    "log_text": "pegboard.fluent:log_text",
    "projects": "pegboard.projects",
    "restore_experiment": "pegboard.fluent:restore_experiment",
    "restore_run": "pegboard.fluent:restore_run",
    "run": "pegboard.projects:run",
    "search_experiments": "pegboard.fluent:search_experiments",
    "search_runs": "pegboard.fluent:search_runs",
    "set_experiment": "pegboard.fluent:set_experiment",
    "set_experiment_tag": "pegboard.fluent:set_experiment_tag",
    "set_experiment_tags": "pegboard.fluent:set_experiment_tags",
    "set_registry_uri": "pegboard.uris:set_registry_uri",
    "set_tag": "pegboard.fluent:set_tag",
    "set_tags": "pegboard.fluent:set_tags",
    "set_tracking_uri": "pegboard.uris:set_tracking_uri",
    "settings": "pegboard.settings",
    "start_run": "pegboard.fluent:start_run",
    "tracking": "pegboard.tracking",
}

# Names of MLflow that Pegboard does not provide, so that their absence is told apart from a typing error.
_OF_MLFLOW = frozenset(
    "ActiveModel add_trace ag2 agent agno ai_commands anthropic assistant autogen autolog azure bedrock "
    "catboost claude_code clear_active_model context create_external_model create_workspace crewai db "
    "delete_assessment delete_logged_model_tag delete_prompt_alias delete_trace_tag delete_workspace demo "
    "deployments diffusers disable_system_metrics_logging dspy enable_system_metrics_logging "
    "environment_variables error_classification evaluate evaluation experiments finalize_logged_model "
    "flush_artifact_async_logging flush_trace_async_logging gateway gemini genai get_active_model_id "
    "get_active_trace_id get_assessment get_current_active_span get_last_active_trace_id get_logged_model "
    "get_trace get_workspace groq h2o haystack import_checkpoints initialize_logged_model johnsnowlabs "
    "keras langchain last_logged_model lightgbm list_workspaces litellm llama_index load_prompt "
    "log_assessment log_expectation log_feedback log_issue log_model_params log_outputs log_stream "
    "log_trace login mcp metrics mistral models onnx openai optuna otel override_feedback paddle pmdarima "
    "prompt prophet protos pydantic_ai pyfunc pyspark pytest pytorch register_model register_prompt rfunc "
    "runs sagemaker search_logged_models search_model_versions search_prompts search_registered_models "
    "search_sessions search_traces semantic_kernel sentence_transformers server set_active_model "
    "set_logged_model_tags set_model_version_tag set_prompt_alias set_system_metrics_node_id "
    "set_system_metrics_samples_before_logging set_system_metrics_sampling_interval set_trace_tag "
    "set_workspace shap sklearn smolagents spacy spark start_span start_span_no_context statsmodels store "
    "strands system_metrics telemetry tensorflow test trace tracing transformers txtai types "
    "update_assessment update_current_trace update_workspace utils validate_evaluation_results webhooks "
    "xgboost".split()
)


def _missing(name: str) -> str:
    if name in _OF_MLFLOW:
        return f"Pegboard does not provide MLflow's '{name}'. What it provides is listed by dir(pegboard)."
    return f"module 'pegboard' has no attribute '{name}'"


__getattr__, __dir__ = lazy_names(__name__, _PLACES, _missing)
