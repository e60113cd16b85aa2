"""Loading: what a plugin's module must be, what is contained, what is remembered."""

from __future__ import annotations

import logging
import os
import signal
import sys

import pytest

from pegboard import load
from pegboard.errors import NoSuchProvider, PluginLoadError
from pegboard.load import new_provider, open_provider, providers_of


def install(site, code, module="peg_module", kind="artifact_repository", name="peg", **facts):
    site.install("pegboard-peg", {kind: {name: module}}, module.partition(":")[0], code, **facts)


BROKEN = {
    "import error": ("import not_there_at_all", "ModuleNotFoundError"),
    "syntax error": ("def broken(:", "SyntaxError"),
    "exit": ("import sys; sys.exit(3)", "SystemExit"),
    "assertion": ("assert False, 'wrong machine'", "wrong machine"),
    "base exception": ("class Odd(BaseException): pass\nraise Odd('odd')", "odd"),
    "no hook": ("x = 1", "no function 'artifact_repository'"),
    "wrong signature": (
        "from pegboard import hookimpl\n@hookimpl\ndef artifact_repository(uri, colour): pass",
        "colour",
    ),
    "returns None": ("from pegboard import hookimpl\n@hookimpl\ndef artifact_repository(uri): pass", "None"),
    "returns garbage": (
        "from pegboard import hookimpl\n@hookimpl\ndef artifact_repository(uri): return 42",
        "42, which is no ArtifactRepository",
    ),
    "raises": (
        "from pegboard import hookimpl\n@hookimpl\ndef artifact_repository(uri): raise KeyError('lost')",
        "KeyError: 'lost'",
    ),
    "exits in the hook": (
        "from pegboard import hookimpl\n@hookimpl\ndef artifact_repository(uri): raise SystemExit(1)",
        "SystemExit",
    ),
    "missing methods": (
        "from pegboard import hookimpl\nfrom pegboard.contracts import ArtifactRepository\n"
        "class Half(ArtifactRepository):\n    def log_artifact(self, local_file, artifact_path=None): pass\n"
        "@hookimpl\ndef artifact_repository(uri): return Half(uri)",
        "list_artifacts",
    ),
    "recursion": (
        "from pegboard import hookimpl\ndef deep(): deep()\n@hookimpl\ndef artifact_repository(uri): deep()",
        "RecursionError",
    ),
    "broken repr": (
        "from pegboard import hookimpl\nclass Odd:\n    def __repr__(self): raise ValueError\n"
        "@hookimpl\ndef artifact_repository(uri): return Odd()",
        "an object of type Odd",
    ),
}


@pytest.mark.parametrize(("code", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_one_error_that_names_it_and_the_cause(site, code, cause):
    install(site, code, version="3.1")
    with pytest.raises(PluginLoadError) as error:
        open_provider("artifact_repository", "peg://x", tracking_uri=None)
    assert "pegboard-peg 3.1" in str(error.value)
    assert cause in str(error.value)
    assert error.value.error_code == "INTERNAL_ERROR"


def test_the_original_error_is_chained(site):
    install(site, "import not_there_at_all")
    with pytest.raises(PluginLoadError) as error:
        open_provider("artifact_repository", "peg://x")
    assert isinstance(error.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize("target", ["absent_module", "peg_module:absent_attribute"])
def test_a_target_that_is_not_there_is_a_load_error(site, target):
    site.install("pegboard-peg", {"artifact_repository": {"peg": target}}, "peg_module", "")
    with pytest.raises(PluginLoadError, match=target.replace(":", ".")):
        open_provider("artifact_repository", "peg://x")


def test_a_failed_import_is_remembered_and_not_tried_again(site):
    install(site, f"open({str(site.folder / 'tries')!r}, 'a').write('x')\nraise ValueError('no')")
    for _ in range(3):
        with pytest.raises(PluginLoadError, match="no"):
            open_provider("artifact_repository", "peg://x")
    assert (site.folder / "tries").read_text() == "x"


def test_prints_at_import_go_to_standard_error(site, capfd, repository_code):
    install(site, "print('noise at import')\n" + repository_code.replace("\n    ", "\n"))
    open_provider("artifact_repository", "peg://x")
    out, err = capfd.readouterr()
    assert "noise" not in out
    assert "noise at import" in err


def test_the_working_directory_is_put_back_with_a_notice(site, caplog, repository_code):
    install(site, "import os; os.chdir('/')\n" + repository_code.replace("\n    ", "\n"))
    before = os.getcwd()
    with caplog.at_level(logging.WARNING, "pegboard"):
        open_provider("artifact_repository", "peg://x")
    assert os.getcwd() == before
    assert "pegboard-peg 1.0 changed the working directory" in caplog.text


def test_signal_handlers_are_put_back_with_a_notice(site, caplog, repository_code):
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    install(site, code + repository_code.replace("\n    ", "\n"))
    before = signal.getsignal(signal.SIGTERM)
    with caplog.at_level(logging.WARNING, "pegboard"):
        open_provider("artifact_repository", "peg://x")
    assert signal.getsignal(signal.SIGTERM) == before
    assert "SIGTERM" in caplog.text


def test_a_load_interrupted_by_hand_names_the_plugin_and_is_not_remembered(site, caplog, repository_code):
    flag = site.folder / "interrupted"
    code = (
        f"import os\nif not os.path.exists({str(flag)!r}):\n    open({str(flag)!r}, 'w').close()\n"
        "    raise KeyboardInterrupt\n"
    )
    install(site, code + repository_code.replace("\n    ", "\n"))
    with caplog.at_level(logging.WARNING, "pegboard"), pytest.raises(KeyboardInterrupt):
        open_provider("artifact_repository", "peg://x")
    assert "pegboard-peg 1.0" in caplog.text
    assert open_provider("artifact_repository", "peg://x").artifact_uri == "peg://x"


def test_an_unknown_hook_is_a_note_and_not_a_failure(site, caplog, repository_code):
    code = repository_code + "\n    @hookimpl\n    def hook_of_the_future(planet):\n        pass\n"
    install(site, code)
    with caplog.at_level(logging.WARNING, "pegboard"):
        open_provider("artifact_repository", "peg://x")
        new_provider("artifact_repository", "peg://y")
    assert caplog.text.count("hook_of_the_future") == 1


def test_a_hook_may_take_fewer_arguments(site, repository_code):
    install(site, repository_code)
    assert open_provider("artifact_repository", "peg://x", tracking_uri="y").artifact_uri == "peg://x"


def test_one_module_serves_several_names_and_kinds(site, context_code, repository_code):
    site.install(
        "pegboard-both",
        {"run_context": {"one": "both", "two": "both"}, "artifact_repository": {"peg": "both"}},
        "both",
        context_code + repository_code,
    )
    assert [open_provider("run_context", name).tags()["asked"] for name in ("one", "two")] == ["one", "two"]
    assert open_provider("artifact_repository", "peg://x").artifact_uri == "peg://x"


def test_two_plugins_that_implement_one_hook_do_not_answer_for_each_other(site, repository_code):
    for name in ("one", "two"):
        site.install(
            f"pegboard-{name}",
            {"artifact_repository": {name: f"repo_{name}"}},
            f"repo_{name}",
            repository_code,
        )
    for name in ("one", "two", "one"):
        provider = new_provider("artifact_repository", f"{name}://x")
        assert type(provider).__module__ == f"repo_{name}"


def test_opening_one_provider_imports_that_plugin_alone(site, repository_code):
    for name in ("one", "two"):
        site.install(
            f"pegboard-{name}",
            {"artifact_repository": {name: f"repo_{name}"}},
            f"repo_{name}",
            repository_code,
        )
    open_provider("artifact_repository", "one://x")
    assert "repo_one" in sys.modules
    assert "repo_two" not in sys.modules


def test_of_those_that_all_take_part_one_that_fails_is_reported_once_and_skipped(
    site, caplog, context_code, monkeypatch
):
    monkeypatch.setenv("PEGBOARD_PLUGINS", "pegboard-good,pegboard-bad")
    site.install("pegboard-good", {"run_context": {"good": "good"}}, "good", context_code)
    site.install("pegboard-bad", {"run_context": {"bad": "bad"}}, "bad", "raise RuntimeError('rotten')")
    with caplog.at_level(logging.WARNING, "pegboard"):
        for _ in range(3):
            assert [offer.name for offer, _ in providers_of("run_context")] == ["good"]
    assert caplog.text.count("rotten") == 1


def test_a_plugin_opens_a_kind_of_its_own(site):
    site.install(
        "pegboard-colours",
        {"kind": {"colour": "colours:KIND"}, "colour": {"red": "colours"}},
        "colours",
        """
        from abc import ABC
        from pegboard import Kind, hookimpl
        from pluggy import HookspecMarker

        class Colour(ABC):
            def __init__(self, name):
                self.name = name

        @HookspecMarker("pegboard")(firstresult=True)
        def spec(name):
            "Return the colour."

        spec.__name__ = "colour"
        KIND = Kind("colour", "name", spec, Colour)

        @hookimpl
        def colour(name):
            return Colour(name)
        """,
    )
    assert open_provider("colour", "red").name == "red"
    with pytest.raises(NoSuchProvider, match="red"):
        open_provider("colour", "blue")


def test_a_kind_that_nobody_opens_is_an_error_that_lists_the_kinds(site):
    with pytest.raises(NoSuchProvider, match="tracking_store"):
        load.kind_named("colour")


def test_a_kind_that_is_none_is_an_error(site):
    site.install("pegboard-odd", {"kind": {"odd": "odd:KIND"}}, "odd", "KIND = 42")
    with pytest.raises(PluginLoadError, match="42"):
        load.kind_named("odd")
