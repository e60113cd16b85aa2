"""Rules of what stands in quotes in a filter: keys, texts, whatever is in them."""

from __future__ import annotations

from pegboard.entities import Param
from pegboard_conformance.checks import case, equal
from pegboard_conformance.tracking.data import HOSTILE_TEXTS
from pegboard_conformance.tracking.harness import StoreHarness, rules
from pegboard_conformance.tracking.table import check_matches

rule = rules()


@rule
def filter_quoted_keys(h: StoreHarness) -> None:
    """Keys with spaces, slashes, dashes or colons stand in back-ticks or quotes; dots need none."""
    table = {f"metrics.{quote}a b{quote} = 1": "A" for quote in "`\"'"}
    table |= {f"metrics.{quote}x/y{quote} = 1": "A" for quote in "`\"'"}
    table |= {
        "metrics.a.b = 1": "A",
        "params.a.b = '1'": "A",
        "params.`a.b` = '1'": "A",
        "tags.`my tag` = 'v'": "A",
        "tags.`x/y` = '1'": "A",
        "tags.\"ns:key-1\" = '1'": "A",
    }
    check_matches(h, table)


@rule
def filter_quoted_values(h: StoreHarness) -> None:
    """Texts stand in single or double quotes; the other quote is plain in them, and doubling escapes."""
    check_matches(
        h,
        {
            'params.q = "it\'s"': "A",
            "params.q = 'it''s'": "A",
            "params.dq = 'say \"hi\"'": "A",
            'params.dq = "say ""hi"""': "A",
            "params.both = '''\"'": "B",
            "params.lr = 'AND'": "",
            "params.model = '100%'": "C",
            "params.lr = '0.1' AND params.q LIKE '%''%'": "A",
        },
    )


@rule
def filter_hostile_texts(h: StoreHarness) -> None:
    """Any text that a param may have finds its run and no other when it is quoted in a filter."""
    experiment_id = h.experiment()
    for i, text in enumerate(HOSTILE_TEXTS):
        run_id = h.run(experiment_id, f"R{i}")
        h.store.log_param(run_id, Param("p", text))
    for i, text in enumerate(HOSTILE_TEXTS):
        quoted = "'" + text.replace("'", "''") + "'"
        with case(text):
            equal(h.found(experiment_id, f"params.p = {quoted}"), {f"R{i}"}, "the names of the runs found")
