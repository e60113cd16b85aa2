"""The narrow reader and writer of `meta.yaml` agree with PyYAML wherever they do not decline."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pegboard.errors import StorageDamaged
from pegboard_file import meta

KEYS = st.sampled_from(
    ["name", "status", "tags", "run_id", "run_name", "artifact_uri", "a_b", "on_y", "y", "no", "user id", "é"]
)
TRICKY = st.sampled_from(
    "null Null ~ true Yes no ON off y n 1 01 -1 +1 1_0 0x1f 0b11 1:30 1.5 .5 1e3 1.e+3 .inf -.INF .nan "
    "2001-01-01 = << - ? : a: a:b a#b a #b file:///x y/z /abs ' '' '\"' é \U0001f600 "
    "48737ce89abe4f3aac2d0e444a2e158e 11111111111111111111111111111111 0b111111111111111111111111111111 "
    "1e111111111111111111111111111111 [] {} [a] {a: 1} !!str &a *a | > % @ `".split(" ")
)
TEXTS = TRICKY | st.text(max_size=120) | st.text("ab -:/.'#0\n", max_size=120)
VALUES = st.none() | st.integers() | TEXTS | st.booleans() | st.builds(list) | st.builds(dict)
LINES = st.builds(lambda key, value: f"{key}: {value}", KEYS, TEXTS | st.integers().map(str))


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_writes_as_yaml_does(fields: dict[str, Any]) -> None:
    wanted = yaml.dump(fields, Dumper=yaml.CSafeDumper, default_flow_style=False, allow_unicode=True).encode()
    assert meta.dump_narrow(fields) in (None, wanted)
    assert meta.dump(fields) == wanted


@given(st.lists(LINES, min_size=1, max_size=4))
def test_reads_as_yaml_does(lines: list[str]) -> None:
    data = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    fields = meta.load_narrow(data)
    if fields is not None:
        wanted = yaml.load(data.decode(), Loader=yaml.CSafeLoader)
        assert fields == wanted
        assert [type(value) for value in fields.values()] == [type(value) for value in wanted.values()]


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_reads_what_it_writes(fields: dict[str, Any]) -> None:
    assert meta.load(meta.dump(fields), "meta.yaml") == fields


def test_common_files_are_narrow() -> None:
    fields = {
        "artifact_uri": "file:///home/me/mlruns/1/48737ce89abe4f3aac2d0e444a2e158e/artifacts",
        "end_time": None,
        "entry_point_name": "",
        "experiment_id": "162757586356572096",
        "run_id": "48737ce89abe4f3aac2d0e444a2e158e",
        "run_name": "worried-sow-861",
        "start_time": 1795262190285,
        "tags": [],
    }
    data = meta.dump_narrow(fields)
    assert data is not None
    assert meta.load_narrow(data) == fields


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"- list\n",
        b"a: [1\n",
        b"name: !!python/object/apply:os.system [true]\n",
        b"name: !custom x\n",
        b"name: \xff\n",
        b"name: 2001-99-99\n",
        b"[" * 100_000,
    ],
)
def test_refuses_what_are_no_fields(data: bytes) -> None:
    with pytest.raises(StorageDamaged, match="'place'"):
        meta.load(data, "place")
