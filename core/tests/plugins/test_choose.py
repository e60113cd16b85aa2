"""The rules of choosing: which offer a URI or a name becomes, and each way in which it becomes none."""

from __future__ import annotations

import sys

import pytest

from pegboard.choose import choose, choose_all, scheme_of
from pegboard.errors import IncompatiblePlugin, NoSuchProvider, ProviderConflict
from pegboard.kinds import KINDS

ARTIFACTS = KINDS["artifact_repository"]
CONTEXTS = KINDS["run_context"]


def offer_repository(site, distribution, *schemes, **facts):
    module = distribution.replace("-", "_")
    site.install(distribution, {"artifact_repository": dict.fromkeys(schemes, module)}, **facts)


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("s3://bucket/key", "s3"),
        ("S3://bucket", "s3"),
        ("file:/a", "file"),
        ("postgresql+psycopg://host/db", "postgresql+psycopg"),
        (r"C:\folder", None),
        ("c:/folder", None),
        ("/plain/path", None),
        ("relative/path:with-colon", None),
        ("", None),
        ("1st:x", None),
    ],
)
def test_scheme_is_the_lower_case_text_before_the_first_colon(uri, scheme):
    assert scheme_of(uri) == scheme


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("peg://x", "peg"),
        ("PEG://x", "peg"),
        ("peg+driver://x", "peg"),
        ("peg+one+two://x", "peg"),
        ("peg+exact://x", "peg+exact"),
        ("peg+exact+more://x", "peg+exact"),
        ("peg", "peg"),
    ],
)
def test_exact_match_comes_first_then_parts_are_taken_off_from_the_right(site, uri, name):
    offer_repository(site, "pegboard-peg", "peg", "peg+exact")
    assert choose(ARTIFACTS, uri).name == name


def test_postgres_is_postgresql(site):
    site.install("pegboard-pg", {"tracking_store": {"postgresql": "pg"}})
    assert choose(KINDS["tracking_store"], "postgres://host/db").name == "postgresql"


def test_choosing_imports_no_plugin(site):
    site.install(
        "pegboard-peg", {"artifact_repository": {"peg": "peg_module"}}, "peg_module", "raise Exception"
    )
    assert choose(ARTIFACTS, "peg://x").plugin.distribution == "pegboard-peg"
    assert "peg_module" not in sys.modules


def test_nothing_offers_it_names_what_is_available_and_the_way_out(site):
    offer_repository(site, "pegboard-peg", "peg")
    with pytest.raises(NoSuchProvider, match=r"'absent'.*peg.*pegboard\.artifact_repository") as error:
        choose(ARTIFACTS, "absent://x")
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_an_error_shows_no_password(site):
    with pytest.raises(NoSuchProvider) as error:
        choose(ARTIFACTS, "absent://user:secret@host/x")
    assert "secret" not in str(error.value)
    assert "user" in str(error.value)


def test_two_that_offer_it_are_an_error_that_names_both_and_the_setting(site):
    offer_repository(site, "pegboard-one", "peg", version="1.1")
    offer_repository(site, "pegboard-two", "peg", version="2.2")
    with pytest.raises(ProviderConflict) as error:
        choose(ARTIFACTS, "peg://x")
    for part in (
        "pegboard-one 1.1",
        "pegboard-two 2.2",
        "PEGBOARD_PREFER=artifact_repository:peg=pegboard-one",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("preferred", ["pegboard-two", "Pegboard_Two"])
def test_a_preference_decides_a_conflict(site, monkeypatch, preferred):
    offer_repository(site, "pegboard-one", "peg")
    offer_repository(site, "pegboard-two", "peg")
    monkeypatch.setenv("PEGBOARD_PREFER", f"tracking_store:x=y, artifact_repository:peg={preferred}")
    assert choose(ARTIFACTS, "peg://x").plugin.distribution == "pegboard-two"


def test_a_preference_for_one_that_does_not_offer_it_decides_nothing(site, monkeypatch):
    offer_repository(site, "pegboard-one", "peg")
    offer_repository(site, "pegboard-two", "peg")
    monkeypatch.setenv("PEGBOARD_PREFER", "artifact_repository:peg=pegboard-three")
    with pytest.raises(ProviderConflict):
        choose(ARTIFACTS, "peg://x")


def test_names_that_differ_by_case_conflict(site):
    offer_repository(site, "pegboard-one", "peg")
    offer_repository(site, "pegboard-two", "PEG")
    with pytest.raises(ProviderConflict):
        choose(ARTIFACTS, "peg://x")


def test_one_distribution_that_offers_a_name_twice_is_a_conflict(site):
    offer_repository(site, "pegboard-one", "peg", "Peg")
    with pytest.raises(ProviderConflict, match="pegboard-one"):
        choose(ARTIFACTS, "peg://x")


@pytest.mark.parametrize(
    "requirement",
    [
        "pegboard>=99",
        "pegboard (<0.1)",
        "Pegboard[yaml]==0.0.1",
        "pegboard~=98.0",
        "pegboard<0.1.0,>=0.0.1",
        "pegboard<0.1,>=0.0.1",
        "pegboard<0.1.0,>=0.1",
    ],
)
def test_an_excluded_kernel_is_told_from_metadata_alone(site, requirement):
    offer_repository(site, "pegboard-far", "far", requires=("click", requirement))
    with pytest.raises(IncompatiblePlugin, match=r"pegboard-far 1\.0.*requires.*this is pegboard 0"):
        choose(ARTIFACTS, "far://x")


@pytest.mark.parametrize(
    "requirement",
    [
        "pegboard",
        "pegboard>=0.0.1,<99",
        "pegboard<99,>=0.0.1",
        "pegboard < 0.2.0, >= 0.1",
        "pegboard-other>=99",
        'pegboard>=99; extra == "x"',
        "pegboard_x>=99",
    ],
)
def test_a_requirement_that_this_kernel_fits_is_none(site, requirement):
    offer_repository(site, "pegboard-near", "near", requires=(requirement,))
    assert choose(ARTIFACTS, "near://x").name == "near"


def test_an_incompatible_rival_is_no_conflict(site):
    offer_repository(site, "pegboard-far", "peg", requires=("pegboard>=99",))
    offer_repository(site, "pegboard-near", "peg")
    assert choose(ARTIFACTS, "peg://x").plugin.distribution == "pegboard-near"


def test_a_disabled_plugin_is_not_chosen_and_the_error_says_why(site, monkeypatch):
    offer_repository(site, "pegboard-peg", "peg")
    monkeypatch.setenv("PEGBOARD_DISABLE_PLUGINS", "other,Pegboard_Peg")
    with pytest.raises(NoSuchProvider, match=r"pegboard-peg.*disabled.*PEGBOARD_DISABLE_PLUGINS"):
        choose(ARTIFACTS, "peg://x")


def test_only_the_plugins_of_the_setting_are_used(site, monkeypatch):
    offer_repository(site, "pegboard-one", "one")
    offer_repository(site, "pegboard-two", "two")
    monkeypatch.setenv("PEGBOARD_PLUGINS", "pegboard-two")
    assert choose(ARTIFACTS, "two://x").name == "two"
    with pytest.raises(NoSuchProvider, match="PEGBOARD_PLUGINS"):
        choose(ARTIFACTS, "one://x")


def test_disabling_one_decides_a_conflict(site, monkeypatch):
    offer_repository(site, "pegboard-one", "peg")
    offer_repository(site, "pegboard-two", "peg")
    monkeypatch.setenv("PEGBOARD_DISABLE_PLUGINS", "pegboard-one")
    assert choose(ARTIFACTS, "peg://x").plugin.distribution == "pegboard-two"


def test_an_install_after_the_scan_is_found_at_the_next_miss(site):
    with pytest.raises(NoSuchProvider):
        choose(ARTIFACTS, "late://x")
    offer_repository(site, "pegboard-late", "late")
    assert choose(ARTIFACTS, "late://x").plugin.distribution == "pegboard-late"


def test_the_first_of_a_name_on_the_path_hides_the_others(site, tmp_path, monkeypatch):
    offer_repository(site, "pegboard-peg", "old", version="1.0")
    newer = type(site)(tmp_path / "newer")
    newer.folder.mkdir()
    newer.install("pegboard-peg", {"artifact_repository": {"new": "peg"}}, version="2.0")
    monkeypatch.syspath_prepend(str(newer.folder))
    assert choose(ARTIFACTS, "new://x").plugin.version == "2.0"
    with pytest.raises(NoSuchProvider):
        choose(ARTIFACTS, "old://x")


def test_all_that_take_part_are_ordered_by_name_with_conflicts_among_them(site, monkeypatch):
    monkeypatch.setenv("PEGBOARD_PLUGINS", "pegboard-one,pegboard-two")
    site.install("pegboard-one", {"run_context": {"b": "one", "clash": "one"}})
    site.install("pegboard-two", {"run_context": {"a": "two", "clash": "two"}})
    chosen = choose_all(CONTEXTS)
    assert [offer.name for offer in chosen[:2]] == ["a", "b"]
    assert isinstance(chosen[2], ProviderConflict)
