"""The health of plugins: what metadata tells of each, and what loading it in a process of its own shows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pegboard.choose import choose, conflicts, problem
from pegboard.errors import PegboardException, ProviderConflict
from pegboard.kinds import COMMAND_GROUP, KIND_GROUP, KINDS
from pegboard.offers import Offer, Plugin, plugins

#: How many seconds a plugin may take to load before it counts as hanging.
LOAD_SECONDS = 20.0


def health(plugin: Plugin) -> tuple[str, str]:
    """Return `active`, `broken`, `disabled`, `incompatible` or `conflict`, and the facts, from metadata."""
    found = problem(plugin)
    if found is not None:
        word, _, facts = found.partition(": ")
        return word, facts
    rivals = conflicts(plugin)
    return ("conflict", str(rivals[0])) if rivals else ("active", "")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check of one plugin found.

    Args:
        plugin: The distribution and version.
        offer: The offer that is about, or `metadata`.
        ok: Whether all is well.
        cause: What is wrong.
        advice: What to do.
    """

    plugin: str
    offer: str
    ok: bool
    cause: str = ""
    advice: str = ""


def examine(plugin: Plugin, seconds: float = LOAD_SECONDS) -> list[Finding]:
    """Load a plugin's offers in a process of its own and return what came of it.

    Args:
        plugin: The plugin.
        seconds: How long it may take.
    """
    word, facts = health(plugin)
    if word not in ("active", "conflict"):
        advice = "Change the setting." if word == "disabled" else "Install it again, or uninstall it."
        return [Finding(str(plugin), "metadata", word == "disabled", f"{word}: {facts}", advice)]
    found = [Finding(str(plugin), "metadata", False, facts, "See the message.")] if facts else []
    return found + _loaded_apart(plugin, seconds)


def _loaded_apart(plugin: Plugin, seconds: float) -> list[Finding]:
    reading, writing = os.pipe()
    program = [sys.executable, "-P", "-m", "pegboard.health", plugin.distribution, str(writing)]
    process = subprocess.Popen(
        program,
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    os.close(writing)
    ended = True
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        ended = False
    finally:
        # What the plugin started goes with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with os.fdopen(reading, "rb") as pipe:
        findings = [Finding(str(plugin), **json.loads(line)) for line in pipe.read().splitlines()]
    if len(findings) == len(plugin.offers):
        return findings
    offer = plugin.offers[len(findings)]
    cause = (
        f"it ended the process with exit code {process.returncode}"
        if ended
        else f"not loaded in {seconds:g} s"
    )
    advice = f"Tell its authors; set PEGBOARD_DISABLE_PLUGINS={plugin.distribution} to do without it."
    return [*findings, Finding(str(plugin), f"{offer.kind}: {offer.name}", False, cause, advice)]


def _check(offer: Offer) -> None:
    """Load an offer as its use would; for a kind of which all take part, open the provider too."""
    from pegboard import load

    if offer.group in (COMMAND_GROUP, KIND_GROUP) or not _known_kind(offer):
        load.load(offer)
        return
    kind = load.kind_named(offer.kind)
    with suppress(ProviderConflict):
        choose(kind, f"{offer.name}:" if kind.chooser == "scheme" else offer.name)
    load.check_hook(kind, offer)
    if kind.chooser == "all":
        provider = load.new_provider(kind, offer.name)
        if kind.name == "run_context" and provider.in_context():
            provider.tags()
        provider.close()


def _known_kind(offer: Offer) -> bool:
    opened = {other.name for plugin in plugins() for other in plugin.offers if other.group == KIND_GROUP}
    return offer.kind in KINDS or offer.kind in opened


def _main(distribution: str, pipe: int) -> None:
    """Write a line of JSON for each offer of a plugin; what follows a line that is missing never loaded."""
    plugin = next(plugin for plugin in plugins() if plugin.distribution == distribution)
    with os.fdopen(pipe, "w") as out:
        for offer in plugin.offers:
            finding: dict[str, Any] = {"offer": f"{offer.kind}: {offer.name}", "ok": True}
            try:
                _check(offer)
            except PegboardException as error:
                finding.update(
                    ok=False, cause=error.message, advice=f"Update '{distribution}', or disable it."
                )
            except BaseException as error:  # a plugin can raise anything
                finding.update(ok=False, cause=repr(error), advice=f"Update '{distribution}', or disable it.")
            print(json.dumps(finding), file=out, flush=True)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
