"""Filters of experiments: a table with what each finds in the file store."""

from __future__ import annotations

import pytest

from pegboard import PegboardClient
from pegboard.errors import InvalidParameterValue

EXPERIMENT_TABLE: list[tuple[str, str | None]] = [
    ("", "Default a a/b it's"),
    ("name = 'a'", "a"),
    ("attribute.name = 'a'", "a"),
    ("name != 'a'", "Default a/b it's"),
    ("name LIKE 'a%'", "a a/b"),
    ("name ILIKE 'A%'", "a a/b"),
    ("name like 'a%'", "a a/b"),
    ("name IN ('a')", None),
    ('name = "it\'s"', "it's"),
    ("name = 'it''s'", "it's"),
    ("experiment_id = '0'", "Default"),
    ("experiment_id IN ('0', '{a}')", "Default a"),
    ("experiment_id NOT IN ('0')", "a a/b it's"),
    ("experiment_id = 0", None),
    ("creation_time > 0", "Default a a/b it's"),
    ("creation_time < 1", ""),
    ("last_update_time >= 1", "Default a a/b it's"),
    ("creation_time = 'x'", None),
    ("tags.k = 'v'", "a"),
    ("tag.k = 'v'", "a"),
    ("tags.k != 'v'", "a/b"),
    ("tags.k IS NULL", "Default it's"),
    ("tags.k IS NOT NULL AND name = 'a'", "a"),
    ("TAGS.k = 'v'", None),
    ("name IS NULL", None),
    ("lifecycle_stage = 'active'", None),
    ("artifact_location LIKE '%'", None),
    ("Name = 'a'", None),
    ("metrics.m > 1", None),
    ("params.p = '1'", None),
    ("dataset.name = 'x'", None),
    ("name = 'a' OR name = 'b'", None),
]


@pytest.mark.parametrize(("text", "expected"), EXPERIMENT_TABLE)
def test_the_table_of_experiments(text: str, expected: str | None, client: PegboardClient) -> None:
    ids = {"a": client.create_experiment("a", tags={"k": "v"})}
    client.create_experiment("a/b", tags={"k": "w"})
    client.create_experiment("it's")
    text = text.replace("{a}", ids["a"])
    if expected is None:
        with pytest.raises(InvalidParameterValue):
            client.search_experiments(filter_string=text)
        return
    found = client.search_experiments(filter_string=text)
    assert sorted(experiment.name for experiment in found) == expected.split()
