"""The root of the command line: `plugins`, `doctor`, `settings`; every other command is an offer.

Listing the commands imports none of them; a command is imported when it runs.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from pegboard.errors import PegboardException
from pegboard.kinds import COMMAND_GROUP, GROUP_PREFIX, Kind
from pegboard.listing import format_option, harmless, print_rows
from pegboard.version import __version__

#: How to get the plugins that make the main job work, for messages.
INSTALL_STANDARD = "In a checkout of Pegboard, run: uv pip install './core[standard]'"

_COMMAND_KIND = Kind(COMMAND_GROUP.removeprefix(GROUP_PREFIX), "name", None, click.Command)


class PluginGroup(click.Group):
    """A group whose further commands are offers under a dotted name.

    Args:
        prefix: The dotted name of the group; empty for the root.
        *args: As for click.Group.
        **kwargs: As for click.Group.
    """

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the group's own commands and of those that are offered."""
        return sorted({*super().list_commands(ctx), *self._offered()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it is an offer; None if there is none of this name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in self._offered():
            return own
        from pegboard.load import load

        name = self.prefix + cmd_name
        if not self._offered()[cmd_name]:
            return PluginGroup(cmd_name, prefix=f"{name}.")
        from pegboard.choose import choose

        offer = choose(_COMMAND_KIND, name)
        command = load(offer)
        if not isinstance(command, click.Command):
            raise PegboardException(
                f"The plugin {offer.plugin} registers '{offer.target}' as the command '{name}', which is no "
                "click command. Tell its authors."
            )
        return command

    def _offered(self) -> dict[str, bool]:
        """Return the next parts of the offered names, and whether each is a command itself."""
        from pegboard.offers import offers

        names: dict[str, bool] = {}
        for offer in offers(COMMAND_GROUP):
            if offer.name.startswith(self.prefix):
                name, dot, _ = offer.name.removeprefix(self.prefix).partition(".")
                names[name] = names.get(name, False) or not dot
        return names

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the group's own commands, then those of each distribution with its summary."""
        own = [
            (name, self.commands[name].get_short_help_str(formatter.width - 16))
            for name in sorted(self.commands)
        ]
        if own:
            with formatter.section("Commands"):
                formatter.write_dl(own)
        from pegboard.offers import offers

        by_plugin: dict[Any, list[str]] = {}
        for offer in offers(COMMAND_GROUP):
            if offer.name.startswith(self.prefix):
                by_plugin.setdefault(offer.plugin, []).append(offer.name.removeprefix(self.prefix))
        if by_plugin:
            with formatter.section("Commands of plugins"):
                for plugin, names in by_plugin.items():
                    formatter.write_dl([(", ".join(sorted(names)), f"{plugin.summary} ({plugin})")])
        elif not self.prefix:
            formatter.write_paragraph()
            formatter.write_text(f"No plugin brings further commands. {INSTALL_STANDARD}")


class _Root(PluginGroup):
    """The root group, which turns Pegboard's errors into one message."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # What a store holds must not end a listing because the terminal cannot spell it.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except PegboardException as error:
            problem = "\n".join(map(harmless, str(error).split("\n")))
            raise click.ClickException(problem) from error
        except BrokenPipeError:  # click ends quietly when nobody reads on
            raise
        except OSError as error:
            raise click.ClickException(harmless(error)) from error


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pegboard", message="%(prog)s %(version)s")
def main() -> None:
    """Track, store, run, register, evaluate and deploy machine-learning work with plugins."""


@main.group(cls=PluginGroup, prefix="plugins.", invoke_without_command=True)
@format_option
@click.pass_context
def plugins(ctx: click.Context, output_format: str) -> None:
    """List the installed plugins, or show one; none is imported."""
    if ctx.invoked_subcommand is None:
        _list_plugins(output_format)


@plugins.command("list")
@format_option
def list_plugins(output_format: str) -> None:
    """List the installed plugins with their kinds, schemes and names."""
    _list_plugins(output_format)


def _list_plugins(output_format: str) -> None:
    from pegboard.health import health
    from pegboard.offers import plugins

    rows: list[dict[str, Any]] = []
    for plugin in plugins():
        word, facts = health(plugin)
        rows.append(
            {
                "distribution": plugin.distribution,
                "version": plugin.version,
                "summary": plugin.summary,
                "kinds": _kinds(plugin),
                "health": word,
                "reason": facts,
            }
        )
    print_rows(
        rows,
        ["distribution", "version", "kinds", "health", "summary"],
        output_format,
        f"No plugins are installed. {INSTALL_STANDARD}",
    )


def _kinds(plugin: Any) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for offer in plugin.offers:
        kinds.setdefault(offer.kind, []).append(offer.name)
    return kinds


@plugins.command("show")
@click.argument("name")
@format_option
def show_plugin(name: str, output_format: str) -> None:
    """Show all that metadata tells about the plugin NAME, a distribution."""
    from pegboard.health import health
    from pegboard.kinds import KINDS
    from pegboard.offers import normalized, plugins

    found = [plugin for plugin in plugins() if plugin.key == normalized(name)]
    if not found:
        known = ", ".join(plugin.distribution for plugin in plugins()) or "none"
        raise PegboardException(f"There is no plugin '{name}'. Installed are: {known}.")
    plugin = found[0]
    word, facts = health(plugin)
    rows: list[dict[str, Any]] = [
        {"field": "distribution", "value": plugin.distribution},
        {"field": "version", "value": plugin.version},
        {"field": "summary", "value": plugin.summary},
        {"field": "health", "value": f"{word}: {facts}" if facts else word},
        {"field": "requires", "value": plugin.requirements},
    ]
    for offer in plugin.offers:
        provisional = offer.kind in KINDS and KINDS[offer.kind].provisional
        note = " (provisional contract)" if provisional else ""
        rows.append({"field": offer.kind, "value": f"{offer.name} = {offer.target}{note}"})
    print_rows(rows, ["field", "value"], output_format)


@main.command()
@click.option("--timeout", default=20.0, show_default=True, help="Seconds that a plugin may take to load.")
@format_option
def doctor(timeout: float, output_format: str) -> None:
    """Load each plugin in a process of its own and say what is broken, why, and what to do."""
    from pegboard.health import examine
    from pegboard.offers import plugins

    found = plugins()
    findings = [finding for plugin in found for finding in examine(plugin, timeout)]
    columns = ["plugin", "offer", "ok", "cause", "advice"]
    rows = [{column: getattr(finding, column) for column in columns} for finding in findings]
    for row in rows:
        row["ok"] = row["ok"] if output_format == "json" else ("yes" if row["ok"] else "NO")
    print_rows(rows, columns, output_format, f"No plugins are installed. {INSTALL_STANDARD}")
    broken = sum(not finding.ok for finding in findings)
    if output_format == "table":
        click.echo(f"\nChecked {len(findings)} offers of {len(found)} plugins, {broken} broken.")
    if broken:
        raise click.exceptions.Exit(1)


@main.command()
@format_option
def settings(output_format: str) -> None:
    """List all settings with their values and where those come from; secrets are masked."""
    from pegboard.settings import TABLE

    rows = [
        {
            "name": setting.name,
            "value": setting.shown(),
            "origin": setting.origin(),
            "variable": setting.variable,
            "mlflow": setting.mlflow,
            "help": setting.help,
        }
        for setting in TABLE
    ]
    print_rows(rows, ["name", "value", "origin", "help"], output_format)


if __name__ == "__main__":
    main()
