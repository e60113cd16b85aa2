"""Datasets as inputs of runs, under the names of MLflow's module `mlflow.data`."""

from __future__ import annotations

from pegboard.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pegboard.data.dataset import Dataset
    from pegboard.data.numpy_dataset import NumpyDataset, from_numpy
    from pegboard.data.pandas_dataset import PandasDataset, from_pandas
    from pegboard.data.polars_dataset import PolarsDataset, from_polars
    from pegboard.data.sources import DatasetSource, get_source

__all__ = [
    "Dataset",
    "DatasetSource",
    "NumpyDataset",
    "PandasDataset",
    "PolarsDataset",
    "from_numpy",
    "from_pandas",
    "from_polars",
    "get_source",
]

_PLACES = {
    "Dataset": "pegboard.data.dataset:Dataset",
    "DatasetSource": "pegboard.data.sources:DatasetSource",
    "NumpyDataset": "pegboard.data.numpy_dataset:NumpyDataset",
    "PandasDataset": "pegboard.data.pandas_dataset:PandasDataset",
    "PolarsDataset": "pegboard.data.polars_dataset:PolarsDataset",
    "from_numpy": "pegboard.data.numpy_dataset:from_numpy",
    "from_pandas": "pegboard.data.pandas_dataset:from_pandas",
    "from_polars": "pegboard.data.polars_dataset:from_polars",
    "get_source": "pegboard.data.sources:get_source",
}
__getattr__, __dir__ = lazy_names(__name__, _PLACES)
