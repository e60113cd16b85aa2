"""Names of a package that are loaded when they are first used (PEP 562), for the packages of the kernel."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing typing would cost more than all the rest of `import pegboard`
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(
    package: str, places: Mapping[str, str], otherwise: Callable[[str], str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` of a package.

    Args:
        package: The package's name.
        places: Where each name is: `module:attribute`, or `module` for the module itself.
        otherwise: Gives the message for a name that is not among them; a plain one without it.
    """

    def __getattr__(name: str) -> Any:
        place = places.get(name)
        if place is None:
            problem = f"module '{package}' has no attribute '{name}'"
            raise AttributeError(otherwise(name) if otherwise else problem)
        import importlib

        module, _, attribute = place.partition(":")
        value = importlib.import_module(module)
        if attribute:
            value = getattr(value, attribute)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*places, *(name for name in vars(sys.modules[package]) if name.startswith("__"))})

    return __getattr__, __dir__
