"""Tracking stores that are wrong in what runs log, or in searching it, each in one way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from wrong import breaks

from pegboard.entities import (
    Dataset,
    DatasetInput,
    Metric,
    PagedList,
    Param,
    Run,
    RunTag,
    ViewType,
)
from pegboard.validation import check_batch
from pegboard_conformance.memory_store import MemoryStore


class _Logging(MemoryStore):
    """A store that lets a subclass change what is logged."""

    def changed(self, params: list[Param], tags: list[RunTag]) -> tuple[list[Param], list[RunTag]]:
        return params, tags

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        _, checked_params, checked_tags = check_batch(metrics, params, tags)
        super().log_batch(run_id, metrics, *self.changed(checked_params, checked_tags))


class _Searching(MemoryStore):
    """A store that lets a subclass change what a search for runs finds, on one page."""

    def found(self, runs: list[Run], order_by: Sequence[str]) -> list[Run]:
        return runs

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> PagedList[Run]:
        runs = super().search_runs(experiment_ids, filter_string, run_view_type, 50_000, order_by)
        offset = int(page_token or 0)
        page = self.found(runs, order_by)[offset:]
        return PagedList(page[:max_results], str(offset + max_results) if len(page) > max_results else None)


@breaks("tracking-store/param-written-once", "tracking-store/batch-with-param-conflict")
class ParamsAreOverwritten(MemoryStore):
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        for param in check_batch(metrics, params, tags)[1]:
            self.tables.active_run(run_id).params.pop(param.key, None)
        super().log_batch(run_id, metrics, params, tags)


@breaks("tracking-store/threads-race-for-param")
class LooksBeforeItLocks(MemoryStore):
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        run = self.tables.run(run_id)
        free = not any(param.key in run.params for param in params)
        time.sleep(0.0001)
        if free:
            run.log([], params, [])
        else:
            super().log_batch(run_id, metrics, params, tags)


@breaks("tracking-store/param-texts", "tracking-store/param-close-values")
class UniversalNewlines(_Logging):
    def changed(self, params: list[Param], tags: list[RunTag]) -> tuple[list[Param], list[RunTag]]:
        return [Param(p.key, p.value.replace("\r\n", "\n").replace("\r", "\n")) for p in params], tags


@breaks("tracking-store/tag-texts")
class StripsTags(_Logging):
    def changed(self, params: list[Param], tags: list[RunTag]) -> tuple[list[Param], list[RunTag]]:
        return params, [RunTag(tag.key, tag.value.strip()) for tag in tags]


@breaks("tracking-store/param-cut")
class CutsByBytes(_Logging):
    def changed(self, params: list[Param], tags: list[RunTag]) -> tuple[list[Param], list[RunTag]]:
        return [Param(p.key, p.value.encode()[:6000].decode(errors="ignore")) for p in params], tags


@breaks("tracking-store/batch-with-bad-metric", "tracking-store/batch-with-bad-tag")
class ChecksWhileItWrites(MemoryStore):
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        for metric in metrics:
            super().log_batch(run_id, [metric])
        for param in params:
            super().log_batch(run_id, (), [param])
        for tag in tags:
            super().log_batch(run_id, (), (), [tag])


@breaks("tracking-store/metric-history-is-a-set", "tracking-store/metric-history-order")
class HistoryAsLogged(MemoryStore):
    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.logged: list[tuple[str, Metric]] = []

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        super().log_batch(run_id, metrics, params, tags)
        self.logged += [(run_id, metric) for metric in metrics]

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        return PagedList(metric for run, metric in self.logged if run == run_id and metric.key == metric_key)


@breaks("tracking-store/metric-latest", "tracking-store/does-what-the-model-does")
class LatestIsLastLogged(MemoryStore):
    def get_run(self, run_id: str) -> Run:
        run = super().get_run(run_id)
        run.data.latest_metrics = [
            [*points.values()][-1] for points in self.tables.run(run_id).metrics.values()
        ]
        return run


@breaks("tracking-store/metric-history-pages")
class PageTooMany(MemoryStore):
    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        page = super().get_metric_history(run_id, metric_key, max_results, page_token)
        return PagedList(page, page.token or ("" if len(page) == max_results else None))


@breaks("tracking-store/search-pages-under-insertion", "tracking-store/search-wrong-token")
class OffsetTokens(_Searching):
    pass


@breaks("tracking-store/order-by-metric")
class MissingComeFirst(_Searching):
    def found(self, runs: list[Run], order_by: Sequence[str]) -> list[Run]:
        return sorted(runs, key=lambda run: bool(run.data.metrics))


@breaks("tracking-store/order-ties")
class TiesAsMade(_Searching):
    def found(self, runs: list[Run], order_by: Sequence[str]) -> list[Run]:
        made = list(self.tables.runs)
        return sorted(runs, key=lambda run: made.index(run.info.run_id))


@breaks("tracking-store/filter-nan")
class NanDiffers(MemoryStore):
    def search_runs(
        self, experiment_ids: Sequence[str], filter_string: str = "", *args: Any
    ) -> PagedList[Run]:
        return super().search_runs(experiment_ids, filter_string if "!=" not in filter_string else "", *args)


@breaks("tracking-store/filter-like")
class LikeIgnoresCase(MemoryStore):
    def search_runs(
        self, experiment_ids: Sequence[str], filter_string: str = "", *args: Any
    ) -> PagedList[Run]:
        return super().search_runs(experiment_ids, filter_string.replace(" LIKE ", " ILIKE "), *args)


@breaks("tracking-store/inputs-once")
class InputsAreReplaced(MemoryStore):
    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput]) -> None:
        for use in datasets:
            dataset: Dataset = use.dataset
            self.tables.run(run_id).inputs.pop((dataset.name, dataset.digest), None)
        super().log_inputs(run_id, datasets)
