"""Datasets from numpy arrays."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pegboard.data.dataset import DIGEST_ROWS, Dataset, check_type
from pegboard.data.sources import DatasetSource, source_of
from pegboard.frames import require


class NumpyDataset(Dataset):
    """Arrays as a dataset.

    Args:
        features: An array, or arrays by name; the first dimension counts the examples.
        source: Where they came from.
        targets: What a model is to predict, in the same form.
        name: Its name.
        digest: What identifies the content; computed as MLflow computes it by default.
    """

    def __init__(
        self,
        features: Any,
        source: DatasetSource,
        targets: Any = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        super().__init__(source, name, digest)
        self.features = features
        self.targets = targets

    def _compute_digest(self) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for part in (self.features, self.targets):
            if part is None:
                continue
            for array in [part[key] for key in sorted(part)] if isinstance(part, dict) else [part]:
                _update(digest, array)
        return digest.hexdigest()[:8]

    @property
    def profile(self) -> Any:
        """Shape, number of elements and bytes of features and targets."""
        profile: dict[str, Any] = {}
        for name, part in (("features", self.features), ("targets", self.targets)):
            if part is None:
                continue
            profile[f"{name}_shape"] = _each(part, lambda array: list(array.shape))
            profile[f"{name}_size"] = _each(part, lambda array: int(array.size))
            profile[f"{name}_nbytes"] = _each(part, lambda array: int(array.nbytes))
        return profile

    @property
    def schema(self) -> Any:
        """The tensors of features and targets, in MLflow's form: JSON texts within JSON."""
        targets = None if self.targets is None else json.dumps(_tensors(self.targets))
        return {"mlflow_tensorspec": {"features": json.dumps(_tensors(self.features)), "targets": targets}}


def _update(digest: Any, array: Any) -> None:
    import numpy

    pandas = require("pandas", "pandas", "The digest of a numpy dataset", "Or pass digest=.")
    elements = array.flatten()[:DIGEST_ROWS]
    try:
        digest.update(pandas.util.hash_array(elements).tobytes())
    except TypeError:  # elements that pandas cannot hash
        digest.update(numpy.int64(elements.size).tobytes())
    for length in array.shape:
        digest.update(numpy.int64(length).tobytes())


def _each(part: Any, of: Any) -> Any:
    return {key: of(array) for key, array in part.items()} if isinstance(part, dict) else of(part)


def _tensors(part: Any) -> list[dict[str, Any]]:
    if not isinstance(part, dict):
        return [_tensor(part)]
    return [{"name": name, **_tensor(array)} for name, array in part.items()]


def _tensor(array: Any) -> dict[str, Any]:
    dtype = {"U": "str", "S": "bytes"}.get(array.dtype.kind) or str(array.dtype)
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, *array.shape[1:]]}}


def from_numpy(
    features: Any,
    source: Any = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Return a dataset of numpy arrays.

    Args:
        features: An array, or arrays by name; the first dimension counts the examples.
        source: Where they came from: a path, a URI, a source; the code that runs by default.
        targets: What a model is to predict, in the same form.
        name: Its name; `dataset` by default.
        digest: What identifies the content; computed by default.
    """
    numpy = require("numpy", "pandas", "from_numpy")
    for part in (features, targets):
        for array in part.values() if isinstance(part, dict) else [part]:
            if array is not None:
                check_type("from_numpy", array, numpy.ndarray)
    return NumpyDataset(features, source_of(source), targets, name, digest)
