"""What the random programs of `machine` are made of."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from pegboard.entities import Metric, Param, RunTag
from pegboard_conformance.tracking.data import HOSTILE_TEXTS
from pegboard_conformance.tracking.model import Condition, Order

# Few of each, so that programs meet the same keys, names, values and points again.
KEYS = st.sampled_from(("a", "a/b", "a.b", "A", "k\u00e9y", "with space"))
TEXTS = st.sampled_from(("", "x", "y", "xy", "X", *HOSTILE_TEXTS[::4]))
NAMES = TEXTS.filter(bool)
FLOATS = st.sampled_from((0.0, -0.5, 1.0, 2.0, 1e300, math.nan, math.inf, -math.inf))
POINTS = st.tuples(st.sampled_from((-1, 0, 1)), st.sampled_from((0, 5)), FLOATS)
BAD_ELEMENTS = st.sampled_from((Metric("bad", math.nan, -1, 0), Param("", "x"), RunTag("../x", "x")))
SELDOM = st.sampled_from((False, False, False, True))
TAGS = st.lists(st.tuples(KEYS, TEXTS), max_size=2)


def conditions() -> st.SearchStrategy[Condition]:
    """Return the strategy of one comparison of a filter."""
    numbers = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
    texts = st.sampled_from(("=", "!=", "LIKE"))
    patterns = st.one_of(TEXTS, st.sampled_from(("%", "x%", "_", "%y%")))
    finite = st.sampled_from((-1.0, 0.0, 1.0, 1.5, 1e300))
    of_texts = st.sampled_from(("params", "tags"))
    return st.one_of(
        st.builds(Condition, st.just("metrics"), KEYS, numbers, finite),
        st.builds(Condition, of_texts, KEYS, texts, patterns),
        st.builds(Condition, of_texts, KEYS, st.sampled_from(("IS NULL", "IS NOT NULL")), st.none()),
        st.builds(Condition, st.just("attributes"), st.just("status"), texts, st.just("FINISHED")),
        st.builds(Condition, st.just("attributes"), st.just("run_name"), texts, TEXTS),
        st.builds(
            Condition, st.just("attributes"), st.sampled_from(("start_time", "end_time")), numbers, st.just(5)
        ),
    )


ORDERS = st.one_of(
    st.builds(Order, st.sampled_from(("metrics", "params", "tags")), KEYS, st.booleans()),
    st.builds(
        Order, st.just("attributes"), st.sampled_from(("start_time", "end_time", "run_name")), st.booleans()
    ),
)


def written(condition: Condition) -> str:
    """Return the comparison in the filter language."""
    column = f"{condition.entity}.`{condition.key}` {condition.operator}"
    if condition.value is None:
        return column
    if isinstance(condition.value, str):
        return f"{column} '" + condition.value.replace("'", "''") + "'"
    return f"{column} {condition.value!r}"
