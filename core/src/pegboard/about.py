"""`pegboard.doctor()`: what there is to know about this installation, for a report of a problem."""

from __future__ import annotations

import os
import platform
import sys


def doctor(mask_envs: bool = False) -> None:
    """Print versions, places, settings from the environment and plugins.

    Args:
        mask_envs: Whether to mask the values of environment variables.
    """
    from pegboard import offers, settings, uris
    from pegboard.health import health
    from pegboard.version import __version__

    lines = [
        f"Pegboard: {__version__} in {os.path.dirname(__file__)}",
        f"Python: {platform.python_version()} at {sys.executable}",
        f"System: {platform.platform()}",
        f"Tracking URI: {settings.redacted(uris.get_tracking_uri())}",
        f"Registry URI: {settings.redacted(uris.get_registry_uri())}",
        "Environment variables:",
    ]
    for setting in settings.TABLE:
        if setting.origin() != "default":
            lines.append(f"  {setting.origin()}: {'***' if mask_envs else setting.shown()}")
    lines.append("Plugins:")
    for plugin in offers.plugins():
        lines.append(f"  {plugin}: {': '.join(filter(None, health(plugin)))}")
    print("\n".join(lines))
