"""Rules of searching experiments: filters, order, pages, views."""

from __future__ import annotations

from collections.abc import Sequence

from pegboard.entities import ExperimentTag, ViewType
from pegboard.errors import InvalidParameterValue
from pegboard_conformance.checks import case, check, equal, refused
from pegboard_conformance.tracking.harness import StoreHarness, rules

rule = rules()


class _Table:
    """Experiments of one rule, named `<prefix>A` and so on; searches are limited to them by the prefix."""

    def __init__(self, h: StoreHarness, names: str = "ABCDE") -> None:
        self.h = h
        self.prefix = h.name("search") + "/"
        tags = {"A": {"team": "Red"}, "B": {"team": "blue"}, "C": {"team": "", "a b": "1"}}
        self.ids = {name: self.add(name, tags.get(name, {})) for name in names}

    def add(self, name: str, tags: dict[str, str]) -> str:
        return self.h.experiment(self.prefix + name, [ExperimentTag(*pair) for pair in tags.items()])

    def find(
        self,
        filter_string: str = "",
        order_by: Sequence[str] = ("name",),
        view: int = ViewType.ACTIVE_ONLY,
        size: int = 1000,
    ) -> str:
        """Return the letters of the experiments on all pages of a search."""
        filter_string = " AND ".join(part for part in (f"name LIKE '{self.prefix}%'", filter_string) if part)
        found, token = "", None
        for _ in range(20):
            page = self.h.store.search_experiments(view, size, filter_string, order_by, token)
            found += "".join(experiment.name[-1] for experiment in page)
            check(len(page) == size or page.token is None, f"a page of {len(page)} experiments has a token")
            token = page.token
            if token is None:
                break
        return found


@rule
def experiments_filtered(h: StoreHarness) -> None:
    """Experiments are found by name, tags and times with the operators that runs are found by."""
    table = _Table(h)
    creation = h.store.get_experiment(table.ids["A"]).creation_time
    for filter_string, wanted in {
        "": "ABCDE",
        f"name = '{table.prefix}A'": "A",
        f"attribute.name != '{table.prefix}A'": "BCDE",
        f"name LIKE '{table.prefix}_'": "ABCDE",
        f"name ILIKE '{table.prefix.upper()}a'": "A",
        "tags.team = 'Red'": "A",
        "tag.team != 'Red'": "BC",
        "tags.team LIKE '%'": "ABC",
        "tags.team ILIKE 'RED'": "A",
        "tags.team IS NULL": "DE",
        "tags.team IS NOT NULL AND tags.team != ''": "AB",
        "tags.`a b` = '1'": "C",
        "tags.missing != 'x'": "",
        f"creation_time >= {creation}": "ABCDE",
        f"creation_time < {creation}": "",
        "last_update_time > 0": "ABCDE",
    }.items():
        with case(filter_string):
            equal(table.find(filter_string), wanted, "the experiments found")


@rule
def experiments_by_id(h: StoreHarness) -> None:
    """Experiments are found by their ids, as texts, with =, !=, IN and NOT IN."""
    table = _Table(h)
    a, b = table.ids["A"], table.ids["B"]
    for filter_string, wanted in {
        f"experiment_id = '{a}'": "A",
        f"experiment_id != '{a}'": "BCDE",
        f"experiment_id IN ('{a}', '{b}')": "AB",
        f"experiment_id NOT IN ('{a}', '{b}')": "CDE",
    }.items():
        with case(filter_string):
            equal(table.find(filter_string), wanted, "the experiments found")


@rule
def experiments_changes_found(h: StoreHarness) -> None:
    """A search sees what was renamed and tagged before it."""
    table = _Table(h, "AB")
    h.store.rename_experiment(table.ids["A"], table.prefix + "Z")
    h.store.set_experiment_tag(table.ids["A"], ExperimentTag("team", "new"))
    h.store.delete_experiment_tag(table.ids["B"], "team")
    equal(table.find(), "BZ", "all experiments")
    equal(table.find("tags.team = 'new'"), "Z", "the experiments with the new tag")
    equal(table.find("tags.team IS NULL"), "B", "the experiments without the tag")


@rule
def experiments_whole(h: StoreHarness) -> None:
    """A found experiment is equal to the one that get_experiment returns."""
    table = _Table(h)
    found = h.store.search_experiments(filter_string=f"name LIKE '{table.prefix}%'")
    equal(len(found), 5, "the number of experiments")
    for experiment in found:
        equal(experiment, h.store.get_experiment(experiment.experiment_id), "the experiment")


@rule
def experiments_ordered(h: StoreHarness) -> None:
    """Experiments are ordered by name, id or time, in either direction."""
    table = _Table(h, "BCEAD")
    by_id = "".join(sorted(table.ids, key=table.ids.__getitem__))
    for columns, wanted in {
        ("name",): "ABCDE",
        ("name ASC",): "ABCDE",
        ("attribute.name DESC",): "EDCBA",
        ("experiment_id",): by_id,
        ("experiment_id DESC",): by_id[::-1],
    }.items():
        with case(columns):
            equal(table.find(order_by=columns), wanted, "the order")
    found = h.store.search_experiments(
        filter_string=f"name LIKE '{table.prefix}%'", order_by=["creation_time"]
    )
    times = [experiment.creation_time or 0 for experiment in found]
    equal(times, sorted(times), "the order of the creation times")


@rule
def experiments_newest_first(h: StoreHarness) -> None:
    """Without order-by columns the newest experiments come first."""
    table = _Table(h)
    found = h.store.search_experiments(filter_string=f"name LIKE '{table.prefix}%'")
    times = [experiment.creation_time or 0 for experiment in found]
    equal(times, sorted(times, reverse=True), "the order of the creation times")


@rule
def experiments_order_is_total(h: StoreHarness) -> None:
    """Experiments of one moment are ordered by id: each order is the same each time, page by page too."""
    table = _Table(h, "ABCDEFGH")
    for columns in ((), ("creation_time",), ("last_update_time DESC",)):
        whole = table.find(order_by=columns)
        equal(sorted(whole), list("ABCDEFGH"), "the experiments")
        for size in (1, 3, 8):
            equal(table.find(order_by=columns, size=size), whole, f"the experiments on pages of {size}")


@rule
def experiments_pages_under_insertion(h: StoreHarness) -> None:
    """Experiments that are made between two pages neither repeat nor hide others."""
    table = _Table(h, "BDFH")
    where = f"name LIKE '{table.prefix}%'"
    page = h.store.search_experiments(ViewType.ALL, 2, where, ["name"])
    for name in "AEZ":
        table.add(name, {})
    rest = h.store.search_experiments(ViewType.ALL, 10, where, ["name"], page.token)
    equal([experiment.name[-1] for experiment in (*page, *rest)], list("BDEFHZ"), "both pages")


@rule
def experiments_views(h: StoreHarness) -> None:
    """A search shows active experiments, deleted ones, or all, active ones by default."""
    table = _Table(h)
    h.store.delete_experiment(table.ids["B"])
    where = f"name LIKE '{table.prefix}%'"
    equal({e.name[-1] for e in h.store.search_experiments(filter_string=where)}, set("ACDE"), "by default")
    for view, wanted in (
        (ViewType.ACTIVE_ONLY, "ACDE"),
        (ViewType.DELETED_ONLY, "B"),
        (ViewType.ALL, "ABCDE"),
    ):
        equal(table.find(view=view), wanted, f"the experiments in view {view}")
    h.store.restore_experiment(table.ids["B"])
    equal(table.find(), "ABCDE", "the active experiments after one was restored")


@rule
def experiments_search_wrong(h: StoreHarness) -> None:
    """A wrong filter, order, view, page size or token of a search for experiments is refused."""
    table = _Table(h)
    search = h.store.search_experiments
    for filter_string in (
        "name =",
        "name = 5",
        "nonsense = 'x'",
        "metrics.m > 1",
        "params.p = 'x'",
        "run_id = 'x'",
        "name = 'x' OR name = 'y'",
        "creation_time = 'x'",
        "name = 'x'; DROP TABLE experiments",
        "name IS NULL",
    ):
        with case(filter_string):
            refused(InvalidParameterValue, search, ViewType.ALL, 10, filter_string, naming=["position"])
    for column in ("", "nonsense", "tags.team", "name UP", "name; DROP TABLE experiments", None):
        with case(column):
            refused(InvalidParameterValue, search, ViewType.ALL, 10, "", [column])
    for view in (0, 4, "ALL", None):
        with case(view):
            refused(InvalidParameterValue, search, view)
    for size in (0, -1, 50_001, "5", 1.5, None):
        with case(size):
            refused(InvalidParameterValue, search, ViewType.ALL, size)
    for token in ("nonsense", "AAAA", "e30=", "W10=", "\u00e9", 7):
        with case(token):
            refused(InvalidParameterValue, search, ViewType.ALL, 2, "", (), token)
    equal(table.find(), "ABCDE", "the experiments afterwards")


@rule
def experiments_page_sizes(h: StoreHarness) -> None:
    """A page has from 1 to 50,000 experiments, and the last one no token."""
    table = _Table(h)
    where = f"name LIKE '{table.prefix}%'"
    for size, wanted in ((1, 1), (4, 4), (5, 5), (50_000, 5)):
        page = h.store.search_experiments(ViewType.ALL, size, where)
        equal((len(page), page.token is None), (wanted, size >= 5), f"size and end of a page of {size}")
