"""The table of the nine kinds of provider that the kernel knows, read by whoever lists, chooses or loads.

A plugin opens a further kind with an entry point of group `pegboard.kind` whose value is a `Kind`.
"""

from __future__ import annotations

import importlib
from typing import Any, Literal

Chooser = Literal["scheme", "name", "all"]

#: Entry-point groups that are no kinds: commands of the CLI, and the kinds that plugins open.
COMMAND_GROUP = "pegboard.command"
KIND_GROUP = "pegboard.kind"
GROUP_PREFIX = "pegboard."


class Kind:
    """One extension point.

    Args:
        name: The kind's name; its offers live in the entry-point group `pegboard.<name>`, and its hook has
            this name.
        chooser: How one provider is chosen: by the `scheme` of a URI, by `name`, or `all` take part.
        hookspec: The hook specification, a function or its place as `module:attribute`.
        contract: The base class of the providers, or its place as `module:attribute`.
        provisional: Whether the contract may still change because no real provider proves it.
    """

    __slots__ = ("_contract", "_hookspec", "chooser", "name", "provisional")

    def __init__(
        self,
        name: str,
        chooser: Chooser,
        hookspec: Any,
        contract: Any,
        provisional: bool = False,
    ) -> None:
        self.name = name
        self.chooser: Chooser = chooser
        self.provisional = provisional
        self._hookspec = hookspec
        self._contract = contract

    @property
    def group(self) -> str:
        """The entry-point group of the kind's offers."""
        return GROUP_PREFIX + self.name

    @property
    def title(self) -> str:
        """The kind's name as prose, such as `tracking store`."""
        return self.name.replace("_", " ")

    def hookspec(self) -> Any:
        """Return the hook specification, importing it if need be."""
        return _resolve(self._hookspec)

    def contract(self) -> type:
        """Return the contract class, importing it if need be."""
        contract = _resolve(self._contract)
        assert isinstance(contract, type)
        return contract

    def __repr__(self) -> str:
        return f"Kind({self.name!r}, {self.chooser!r})"


def _resolve(place: Any) -> Any:
    if not isinstance(place, str):
        return place
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _kernel_kind(name: str, chooser: Chooser, contract: str, provisional: bool = False) -> Kind:
    return Kind(
        name,
        chooser,
        f"pegboard.hookspecs:{name}",
        f"pegboard.contracts.{name}:{contract}",
        provisional,
    )


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kernel_kind("tracking_store", "scheme", "TrackingStore"),
        _kernel_kind("artifact_repository", "scheme", "ArtifactRepository"),
        _kernel_kind("run_context", "all", "RunContext"),
        _kernel_kind("request_auth", "name", "RequestAuth", provisional=True),
        _kernel_kind("request_header", "all", "RequestHeader", provisional=True),
        _kernel_kind("model_registry", "scheme", "ModelRegistry", provisional=True),
        _kernel_kind("project_backend", "name", "ProjectBackend", provisional=True),
        _kernel_kind("evaluator", "name", "Evaluator", provisional=True),
        _kernel_kind("deployment_target", "name", "DeploymentTarget", provisional=True),
    )
}
