"""The contract of evaluators, which measure models on data. Provisional."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pegboard.contracts.base import Provider


@dataclass(slots=True)
class EvaluationResult:
    """What an evaluation found: metrics by key, and artifacts as local paths by relative artifact path."""

    metrics: dict[str, float] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)


class Evaluator(Provider):
    """Computes metrics and artifacts of a model on data. Provisional."""

    @abstractmethod
    def can_evaluate(self, *, model_type: str, evaluator_config: Mapping[str, Any]) -> bool:
        """Tell whether models of this type (such as `classifier`) can be evaluated with this config."""

    @abstractmethod
    def evaluate(
        self,
        *,
        model: Any,
        model_type: str,
        data: Any,
        targets: Any,
        evaluator_config: Mapping[str, Any],
    ) -> EvaluationResult:
        """Evaluate a model.

        Args:
            model: A callable or an object with `predict`.
            model_type: Such as `classifier` or `regressor`.
            data: The features, a data frame or array of n rows.
            targets: The truth, n values.
            evaluator_config: Options of this evaluator.

        Raises:
            InvalidParameterValue: The arguments do not fit the model type.
        """
