"""Names of runs that were given none."""

from __future__ import annotations

import random
import re

from pegboard.names import random_run_name


def test_names_are_keys_that_stores_take_and_short() -> None:
    for _ in range(500):
        assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", random_run_name())


def test_a_seeded_generator_repeats_no_names() -> None:
    names = []
    for _ in range(3):
        random.seed(0)
        names.append(random_run_name())
    assert len(set(names)) == 3
