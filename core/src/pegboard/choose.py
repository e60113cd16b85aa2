"""From a URI or a name to exactly one offer, or to one error that names the way out; from metadata alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pegboard import settings
from pegboard.errors import IncompatiblePlugin, NoSuchProvider, PluginError, ProviderConflict
from pegboard.kinds import GROUP_PREFIX, KINDS, Kind
from pegboard.offers import Offer, Plugin, normalized, offers

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+", re.IGNORECASE | re.ASCII)
_RELEASE = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_BOUNDS = re.compile(
    rf"pegboard<(?P<below>{_RELEASE.pattern}),>=(?P<least>{_RELEASE.pattern})", re.ASCII | re.IGNORECASE
)
_ALIASES = {"postgres": "postgresql"}

#: Which folder of this repository's `plugins/` brings an offer, for the error that says what to install.
KNOWN_PLUGINS = {
    "tracking_store:file": "file",
    "artifact_repository:file": "local-artifacts",
}


def scheme_of(uri: str) -> str | None:
    """Return the lower-case text before the first `:` if it is a scheme of two or more characters."""
    scheme, colon, _ = uri.partition(":")
    return scheme.lower() if colon and _SCHEME.fullmatch(scheme) else None


def choose(kind: Kind, key: str) -> Offer:
    """Return the one offer for a URI or a name.

    Args:
        kind: The kind of provider.
        key: The URI for a kind chosen by scheme, the name for any other.

    Raises:
        NoSuchProvider: Nothing that is enabled offers it.
        ProviderConflict: Several offer it and no setting prefers one.
        IncompatiblePlugin: What offers it needs another kernel.
    """
    for rescan in (False, True):
        found = offers(kind.group, rescan)
        for name in _names(kind, key, found):
            matching = [offer for offer in found if _lowered(offer) == name]
            usable = [offer for offer in matching if problem(offer.plugin) is None]
            if usable:
                return _one(kind, name, usable)
            if rescan and matching:
                raise _unusable(matching[0])
    raise _nothing(kind, key, found)


def choose_all(kind: Kind) -> list[Offer | PluginError]:
    """Return the offers of a kind of which all take part, ordered by name; conflicts as errors in between."""
    usable = [offer for offer in offers(kind.group) if problem(offer.plugin) is None]
    chosen: list[Offer | PluginError] = []
    for name in dict.fromkeys(_lowered(offer) for offer in usable):
        try:
            chosen.append(_one(kind, name, [offer for offer in usable if _lowered(offer) == name]))
        except ProviderConflict as error:
            chosen.append(error)
    return chosen


def problem(plugin: Plugin) -> str | None:
    """Return what keeps a plugin from being used, found from metadata: None, or a word and the facts.

    The word before the colon is `broken`, `disabled` or `incompatible`.
    """
    if plugin.error is not None:
        return f"broken: {plugin.error}"
    only = settings.PLUGINS.get()
    if only is not None and plugin.key not in map(normalized, only):
        return f"disabled: {settings.PLUGINS.variable} does not name it"
    if plugin.key in map(normalized, settings.DISABLE_PLUGINS.get()):
        return f"disabled: {settings.DISABLE_PLUGINS.variable} names it"
    return _incompatibility(plugin)


def conflicts(plugin: Plugin) -> list[ProviderConflict]:
    """Return the conflicts in which a usable plugin takes part."""
    found = []
    for offer in plugin.offers:
        kind = KINDS.get(offer.kind) or Kind(offer.kind, "name", None, None)
        rivals = [
            rival
            for rival in offers(offer.group)
            if _lowered(rival) == _lowered(offer) and problem(rival.plugin) is None
        ]
        try:
            _one(kind, _lowered(offer), rivals)
        except ProviderConflict as error:
            found.append(error)
    return found


def _lowered(offer: Offer) -> str:
    return offer.name.lower()


def _names(kind: Kind, key: str, found: Sequence[Offer]) -> list[str]:
    """Return the offer names to look for, the best first."""
    if kind.chooser != "scheme":
        return [key.lower()]
    scheme = scheme_of(key)
    if scheme is None:
        offered = {_lowered(offer) for offer in found}
        scheme = key.lower() if key.lower() in offered else "file"
    names = [scheme]
    while "+" in names[-1]:
        names.append(names[-1].rpartition("+")[0])
    return [_ALIASES.get(name, name) for name in names]


def _one(kind: Kind, name: str, usable: Sequence[Offer]) -> Offer:
    if len(usable) == 1:
        return usable[0]
    preferred = settings.PREFER.get().get(f"{kind.name}:{name}")
    if preferred is not None:
        usable_of = [offer for offer in usable if offer.plugin.key == normalized(preferred)]
        if len(usable_of) == 1:
            return usable_of[0]
    rivals = " and ".join(f"{offer.plugin} ({offer.target})" for offer in usable)
    raise ProviderConflict(
        f"The {kind.title} '{name}' is offered by {rivals}. Choose one with {settings.PREFER.variable}="
        f"{kind.name}:{name}={usable[0].plugin.distribution}, or uninstall the other."
    )


def _unusable(offer: Offer) -> PluginError:
    reason = problem(offer.plugin) or ""
    word, _, facts = reason.partition(": ")
    if word == "incompatible":
        return IncompatiblePlugin(
            f"The plugin {offer.plugin} offers {offer.kind} '{offer.name}', but {facts}"
        )
    way_out = "Change that setting." if word == "disabled" else "Install it again, or uninstall it."
    return NoSuchProvider(
        f"The plugin {offer.plugin} offers {offer.kind} '{offer.name}', but it is {word}: {facts}. {way_out}"
    )


def _nothing(kind: Kind, key: str, found: Sequence[Offer]) -> NoSuchProvider:
    name = _names(kind, key, found)[0]
    what = "scheme" if kind.chooser == "scheme" else "name"
    offered = sorted({_lowered(offer) for offer in found if problem(offer.plugin) is None})
    available = f"Installed are: {', '.join(offered)}." if offered else "None is installed."
    known = KNOWN_PLUGINS.get(f"{kind.name}:{name}")
    if known is not None:
        way_out = (
            f"It comes with the plugin pegboard-{known}: in a checkout of Pegboard, run "
            f"uv pip install ./plugins/{known}, or './core[standard]' for all that tracking needs."
        )
    else:
        way_out = (
            f"Correct the {what}, or install a plugin that registers it in the entry-point group "
            f"'{GROUP_PREFIX}{kind.name}'."
        )
    return NoSuchProvider(
        f"No {kind.title} is installed for the {what} '{name}' (of {settings.redacted(key)!r}). "
        f"{available} {way_out}"
    )


@lru_cache(maxsize=1024)
def _incompatibility(plugin: Plugin) -> str | None:
    stated = [text for text in plugin.requirements if re.match(r"pegboard(?![\w.-])", text, re.IGNORECASE)]
    if not stated:
        return None
    from pegboard.version import __version__

    for text in stated:
        if _plainly_fits(text, __version__):
            continue
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return f"incompatible: its requirement '{text}' on pegboard cannot be read. Ask its authors."
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if not requirement.specifier.contains(__version__, prereleases=True):
            return (
                f"incompatible: it requires pegboard{requirement.specifier} and this is pegboard "
                f"{__version__}. Install a version of '{plugin.distribution}' that fits, or change pegboard."
            )
    return None


def _plainly_fits(requirement: str, version: str) -> bool:
    """Tell whether a requirement of the form that plugins have, `pegboard<1,>=0.1`, admits a version.

    For that form `packaging` is not needed, which would cost a tenth of a small script's time.
    """
    bounds = _BOUNDS.fullmatch(requirement.replace(" ", ""))
    if bounds is None or not _RELEASE.fullmatch(version):
        return False
    return _release(bounds["least"]) <= _release(version) < _release(bounds["below"])


def _release(version: str) -> tuple[int, ...]:
    """Return a version of numbers alone as what orders it; zeros at its end mean nothing."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
