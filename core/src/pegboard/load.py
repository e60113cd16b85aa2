"""From an offer to a provider: imports, registers with pluggy, calls the hook, verifies, caches, closes.

Nobody's failure here is more than one error that names the distribution: it is remembered, reported once,
and everything else keeps working.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

from pegboard import notices
from pegboard.choose import choose, choose_all, scheme_of
from pegboard.containment import contained, reset_after_fork
from pegboard.contracts.base import Provider
from pegboard.errors import NoSuchProvider, PegboardException, PluginError, PluginLoadError
from pegboard.exits import at_exit
from pegboard.kinds import KIND_GROUP, KINDS, Kind
from pegboard.offers import Offer, offers
from pegboard.settings import redacted

Key = tuple[Any, ...]


class _Process:
    """What this process has loaded and opened; a forked child starts with a new one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.locks: dict[Key, threading.RLock] = {}
        self.loaded: dict[Key, Any] = {}
        self.providers: dict[Key, Provider] = {}
        self.called: set[Offer] = set()

    def lock_for(self, key: Key) -> threading.RLock:
        with self.lock:
            return self.locks.setdefault(key, threading.RLock())


_process = _Process()
# Providers of the parent are kept, never closed: closing could end what the parent still uses.
_inherited: list[_Process] = []


def _after_fork_in_child() -> None:
    global _process
    _inherited.append(_process)
    loaded = {key: value for key, value in _process.loaded.items() if not isinstance(value, PluginError)}
    _process = _Process()
    _process.loaded = loaded
    reset_after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)


def kind_named(name: str) -> Kind:
    """Return a kind of the kernel, or one that a plugin opens.

    Raises:
        NoSuchProvider: No kind has this name.
        PluginLoadError: What the plugin registers is no kind.
    """
    if name in KINDS:
        return KINDS[name]
    if not offers(KIND_GROUP):
        raise NoSuchProvider(f"There is no kind '{name}'. The kinds are: {', '.join(KINDS)}.")
    offer = choose(Kind(KIND_GROUP.partition(".")[2], "name", None, Kind), name)
    kind = load(offer)
    if not isinstance(kind, Kind) or kind.name != name:
        raise PluginLoadError(
            f"The plugin {offer.plugin} registers {kind!r} as the kind '{name}'. It must be a "
            f"pegboard.Kind of that name. Tell the plugin's authors."
        )
    return kind


def open_provider(kind: str | Kind, key: str, **arguments: Any) -> Any:
    """Return the provider for a URI or name, opened once a process.

    Args:
        kind: The kind or its name.
        key: The URI for a kind chosen by scheme or for a deployment target, the name for any other.
        **arguments: The further arguments of the kind's hook.

    Raises:
        PluginError: No offer fits, several do, or the chosen one cannot be loaded.
        PegboardException: The provider refuses the URI.
    """
    kind = kind_named(kind) if isinstance(kind, str) else kind
    cache_key = (kind.name, key, *sorted(arguments.items()))
    provider = _process.providers.get(cache_key)
    if provider is not None:
        return provider
    process = _process
    with process.lock_for(cache_key):
        provider = process.providers.get(cache_key)
        if provider is None:
            provider = process.providers[cache_key] = new_provider(kind, key, **arguments)
            at_exit(close_providers, 1)
        return provider


def new_provider(kind: str | Kind, key: str, **arguments: Any) -> Any:
    """Return a provider of its own, which the caller closes; otherwise as `open_provider`."""
    kind = kind_named(kind) if isinstance(kind, str) else kind
    offer = choose(kind, (scheme_of(key) or key) if kind.name == "deployment_target" else key)
    return _called(kind, offer, _hook_arguments(kind, offer, key, arguments))


def providers_of(kind: str | Kind) -> Iterator[tuple[Offer, Any]]:
    """Yield offer and provider of a kind of which all take part, ordered by name.

    One that conflicts or fails is reported once and skipped.
    """
    kind = kind_named(kind) if isinstance(kind, str) else kind
    for chosen in choose_all(kind):
        if isinstance(chosen, PluginError):
            notices.once(f"{kind.name}:{chosen}", f"Skipped: {chosen}")
            continue
        try:
            yield chosen, open_provider(kind, chosen.name)
        except PegboardException as error:
            report(chosen, error)


def report(offer: Offer, error: BaseException) -> None:
    """Report once that a provider of a kind of which all take part failed and is skipped."""
    problem = str(error) if isinstance(error, PegboardException) else f"{type(error).__name__}: {error}"
    notices.once(
        f"skipped:{offer}",
        f"Skipped the {offer}: {problem} To do without it, set "
        f"PEGBOARD_DISABLE_PLUGINS={offer.plugin.distribution}.",
    )


def close_providers() -> None:
    """Close all providers that this process opened; the next call opens anew."""
    process = _process
    with process.lock:
        opened = list(process.providers.items())
        process.providers.clear()
    for key, provider in reversed(opened):
        try:
            provider.close()
        except Exception as error:  # one that fails must not keep the others open
            notices.once(f"close:{key}", f"Closing the {key[0]} {type(provider).__name__} failed: {error!r}")


def load(offer: Offer) -> Any:
    """Import what an offer's entry point names, once a process; a failure is remembered.

    Raises:
        PluginLoadError: It cannot be imported.
    """
    process = _process
    key = (offer.plugin.key, offer.target)
    with process.lock_for(key):
        if key not in process.loaded:
            process.loaded[key] = _imported(offer)
        loaded = process.loaded[key]
    if isinstance(loaded, PluginLoadError):
        raise PluginLoadError(loaded.message) from loaded.__cause__
    return loaded


def _imported(offer: Offer) -> Any:
    from stevedore.extension import ExtensionManager

    class OneOffer(ExtensionManager):  # type: ignore[type-arg]  # generic only in newer versions
        """A manager fed from the kernel's scan: stevedore's own cache may be stale after an install."""

        def list_entry_points(self) -> list[Any]:
            return [offer.entry_point]

    def fail(_manager: object, _point: object, error: BaseException) -> None:
        raise error

    try:
        with contained(str(offer.plugin)):
            manager = OneOffer(offer.group, on_load_failure_callback=fail)
        return manager.extensions[0].plugin
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and whatever else an import can raise
        failure = PluginLoadError(
            f"The plugin {offer.plugin} could not be loaded from '{offer.target}': "
            f"{type(error).__name__}: {error}. Install it again or ask its authors; set "
            f"PEGBOARD_DISABLE_PLUGINS={offer.plugin.distribution} to do without it."
        )
        failure.__cause__ = error
        return failure


def _manager(kind: Kind, offer: Offer) -> Any:
    """Return the plugin manager of the offer's module, with the specifications of the kinds it offers."""
    module = load(offer)
    process = _process
    key = ("manager", offer.plugin.key, offer.target)
    with process.lock_for(key):
        manager = process.loaded.get(key)
        if manager is None:
            manager = process.loaded[key] = _registered(kind, offer, module)
        if not hasattr(manager.hook, kind.name):
            manager.add_hookspecs(_namespace([kind]))
    return manager


def _registered(kind: Kind, offer: Offer, module: Any) -> Any:
    from pluggy import PluginManager

    from pegboard.hookspecs import PROJECT

    offered = {other.kind for other in offer.plugin.offers if other.target == offer.target}
    kinds = {kind.name: kind, **{name: KINDS[name] for name in offered if name in KINDS}}
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(_namespace(kinds.values()))
    manager.register(module, name=offer.target)
    known = set(KINDS) | offered
    for hook in sorted(set(vars(manager.hook)) - known):
        if not hook.startswith("_"):
            notices.once(
                f"hook:{offer.target}:{hook}",
                f"The plugin {offer.plugin} implements '{hook}', which this kernel does not know; ignored.",
            )
    return manager


def _namespace(kinds: Iterable[Kind]) -> Any:
    """Return what pluggy takes specifications from: an object with one attribute a hook."""
    return SimpleNamespace(**{kind.name: kind.hookspec() for kind in kinds})


def _hook_arguments(kind: Kind, offer: Offer, key: str, arguments: dict[str, Any]) -> dict[str, Any]:
    known = kind.hookspec().__code__.co_varnames[: kind.hookspec().__code__.co_argcount]
    given = {"uri": key, "name": offer.name, **arguments}
    return {name: given.get(name) for name in known}


def _called(kind: Kind, offer: Offer, arguments: dict[str, Any]) -> Any:
    """Call the hook of an offer and return the verified provider."""
    try:
        # The first call still is loading: hooks import what they need when they are called.
        with nullcontext() if offer in _process.called else contained(str(offer.plugin)):
            provider = check_hook(kind, offer)(**arguments)
        _process.called.add(offer)
        if not isinstance(provider, kind.contract()):
            raise TypeError(
                f"its hook '{kind.name}' returned {_shown(provider)}, which is no {kind.contract().__name__}"
            )
    except (KeyboardInterrupt, PegboardException):
        raise
    except BaseException as error:  # somebody's hook or constructor may raise anything
        shown = f" for {redacted(str(arguments['uri']))!r}" if arguments.get("uri") else ""
        raise PluginLoadError(
            f"The plugin {offer.plugin} gave no {kind.title}{shown}: {type(error).__name__}: {error}. "
            f"Update '{offer.plugin.distribution}' or tell its authors."
        ) from error
    return provider


def check_hook(kind: Kind, offer: Offer) -> Any:
    """Load an offer and return its hook, which is implemented exactly once.

    Raises:
        PluginLoadError: It cannot be loaded.
        Exception: What pluggy raises for a wrong signature, or TypeError if there is no such hook.
    """
    hook = getattr(_manager(kind, offer).hook, kind.name)
    if len(hook.get_hookimpls()) != 1:
        raise TypeError(f"'{offer.target}' has no function '{kind.name}' marked with pegboard.hookimpl")
    return hook


def _shown(value: object) -> str:
    text = f"an object of type {type(value).__name__}"
    if value is None:
        return "None"
    with suppress(Exception):  # somebody's repr may fail
        text = repr(value)[:80]
    return text
