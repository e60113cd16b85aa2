"""What the quickstart trains: plain scikit-learn, which knows nothing of Pegboard; `train.py` tracks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets, metrics
from sklearn.base import is_classifier
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

SEED = 0


@dataclass(frozen=True)
class Candidate:
    """A model to try, and what a step of its training adds: `epochs`, `trees`, or training `rows`."""

    name: str
    model: Any
    steps: str


class Task:
    """A question about a data set, and the models that may answer it.

    Args:
        name: The name of the data set.
        frame: The features, and the answers in the column `target`.
        candidates: The models to try.
    """

    metric: str  # what ranks the models
    order: str  # `ASC` where a lower one is better, else `DESC`

    def __init__(self, name: str, frame: pd.DataFrame, candidates: list[Candidate]) -> None:
        self.name, self.frame, self.candidates = name, frame, candidates
        rest, test = train_test_split(frame, test_size=0.2, random_state=SEED)
        train, valid = train_test_split(rest, test_size=0.25, random_state=SEED)
        #: Rows to train on, to choose a model by, and to test the chosen one with: features and answers.
        self.parts = {
            part: (rows.drop(columns="target").to_numpy(), rows["target"].to_numpy())
            for part, rows in (("train", train), ("valid", valid), ("test", test))
        }

    def train(self, candidate: Candidate) -> Iterator[tuple[int, Pipeline]]:
        """Train a model on the training rows; yield each step with the model as it is then."""
        x, y = self.parts["train"]
        scaler, model = StandardScaler().fit(x), candidate.model
        pipeline, x = Pipeline([("scaler", scaler), ("model", model)]), scaler.transform(x)
        if candidate.steps == "epochs":
            known = {"classes": np.unique(y)} if is_classifier(model) else {}
            for epoch in range(1, 31):
                model.partial_fit(x, y, **known)
                yield epoch, pipeline
        elif candidate.steps == "trees":
            for trees in range(10, 101, 10):
                model.set_params(n_estimators=trees).fit(x, y)
                yield trees, pipeline
        else:
            for rows in np.linspace(len(x) / 10, len(x), 10, dtype=int).tolist():
                model.fit(x[:rows], y[:rows])
                yield rows, pipeline

    def scores(self, model: Any, part: str) -> dict[str, float]:
        """Return what a model is worth on some rows, as metrics named like `valid_rmse`."""
        return {f"{part}_{name}": value for name, value in self._scores(model, *self.parts[part]).items()}

    def _scores(self, model: Any, x: Any, y: Any) -> dict[str, float]:
        raise NotImplementedError

    def errors(self, model: Any, x: Any, y: Any) -> Any:
        """Return how wrong a model is, row by row; 0 is right."""
        raise NotImplementedError

    def report(self, model: Any, x: Any, y: Any) -> str:
        """Return an account of a model's errors, for people."""
        raise NotImplementedError

    def picture(self, x: Any) -> Any:
        """Return rows as pixels between 0 and 1."""
        raise NotImplementedError


class Regression(Task):
    """The answers are quantities."""

    metric, order = "rmse", "ASC"

    def _scores(self, model: Any, x: Any, y: Any) -> dict[str, float]:
        answers = model.predict(x)
        return {"rmse": metrics.root_mean_squared_error(y, answers), "r2": metrics.r2_score(y, answers)}

    def errors(self, model: Any, x: Any, y: Any) -> Any:
        """Return how far the answers are off."""
        return np.abs(model.predict(x) - y)

    def report(self, model: Any, x: Any, y: Any) -> str:
        """Return how the errors are distributed."""
        return f"Absolute error\n{pd.Series(self.errors(model, x, y)).describe().to_string()}\n"

    def picture(self, x: Any) -> Any:
        """Return a line of grey squares a row: how each feature lies within its range."""
        low, high = (of(self.parts["train"][0], axis=0) for of in (np.min, np.max))
        return np.kron((x - low) / (high - low), np.ones((16, 16)))


class Classification(Task):
    """The answers are classes, numbered from 0."""

    metric, order = "accuracy", "DESC"

    def _scores(self, model: Any, x: Any, y: Any) -> dict[str, float]:
        chances = model.predict_proba(x)
        right = metrics.accuracy_score(y, chances.argmax(axis=1))
        return {"accuracy": right, "log_loss": metrics.log_loss(y, chances)}

    def errors(self, model: Any, x: Any, y: Any) -> Any:
        """Return how unlikely the models find the right answers."""
        return 1 - model.predict_proba(x)[np.arange(len(y)), y]

    def report(self, model: Any, x: Any, y: Any) -> str:
        """Return precision and recall of each class."""
        return str(metrics.classification_report(y, model.predict(x), zero_division=0))

    def picture(self, x: Any) -> Any:
        """Return the digits as they were written, side by side."""
        return np.kron(np.hstack(x.reshape(-1, 8, 8)) / 16, np.ones((8, 8)))


def tasks() -> list[Task]:
    """Return the work: how far diabetes progresses in a year, and which digit a hand wrote."""
    seed: dict[str, Any] = {"random_state": SEED}
    grown: dict[str, Any] = {"warm_start": True, **seed}  # a further fit keeps the trees and adds to them
    return [
        Regression(
            "diabetes",
            datasets.load_diabetes(as_frame=True, scaled=False).frame,
            [
                Candidate("ridge-1", Ridge(alpha=1), "rows"),
                Candidate("ridge-100", Ridge(alpha=100), "rows"),
                Candidate("sgd", SGDRegressor(**seed), "epochs"),
                Candidate("forest", RandomForestRegressor(min_samples_leaf=5, **grown), "trees"),
                Candidate("boosting-1", GradientBoostingRegressor(max_depth=1, **grown), "trees"),
                Candidate("boosting-3", GradientBoostingRegressor(max_depth=3, **grown), "trees"),
            ],
        ),
        Classification(
            "digits",
            datasets.load_digits(as_frame=True).frame,
            [
                Candidate("logistic", LogisticRegression(C=0.1, max_iter=1000), "rows"),
                Candidate("neighbours", KNeighborsClassifier(3), "rows"),
                Candidate("sgd", SGDClassifier(loss="log_loss", alpha=0.01, **seed), "epochs"),
                Candidate("network-32", MLPClassifier([32], **seed), "epochs"),
                Candidate("network-128", MLPClassifier([128], **seed), "epochs"),
                Candidate("boosting", GradientBoostingClassifier(max_features="sqrt", **grown), "trees"),
            ],
        ),
    ]
