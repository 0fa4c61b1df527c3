"""The root of the command line: finds a verb by name, loads only that one, and tells failures in plain lines."""

import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from futurone._settings import DEFAULT_BASE_URL, read_environment
from futurone.cli._failures import ERROR, explain
from futurone.cli._output import warn
from futurone.cli._text import one_line

# An entry point of this group is a callable without arguments that returns verb -> ("module:function", help line). It
# must import nothing heavy: the named module is imported when the verb is called. A function annotated for typer
# becomes a command (what it returns is the exit code), a typer.Typer a group.
PLUGINS = "futurone.commands"

VERBS: Mapping[str, tuple[str, str]] = {
    "run": ("futurone.cli._run:run", "Give an agent a task and wait for the outcome."),
    "runs": ("futurone.cli._runs:app", "List, read, follow, answer, cancel and erase runs."),
    "reviews": ("futurone.cli._reviews:app", "Decide over what is held for a person."),
    "schedules": ("futurone.cli._schedules:app", "Have runs placed when their time comes."),
    "vault": ("futurone.cli._vault:app", "Put files into the vault and get them out."),
    "keys": ("futurone.cli._keys:app", "Create, list, revoke and rotate API keys."),
    "webhooks": ("futurone.cli._webhooks:app", "Have receivers told of outcomes, and see what became of it."),
    "connections": ("futurone.cli._connections:app", "Have people told how runs end, in a chat or by mail."),
    "listen": ("futurone.cli._listen:listen", "Forward signed webhooks to a receiver on this machine."),
    "audit": ("futurone.cli._audit:app", "List, export and check the audit trail."),
    "usage": ("futurone.cli._usage:usage", "Show what runs have used of models, and what it cost."),
    "budgets": ("futurone.cli._budgets:app", "List and set what may be spent."),
    "members": ("futurone.cli._members:app", "List the people of the workspace, change their roles, remove them."),
    "invitations": ("futurone.cli._invitations:app", "Invite people, list invitations, take them back."),
    "workspace": ("futurone.cli._workspace:app", "Show and change the workspace and its projects."),
    "version": ("futurone.cli._version:version", "Show the versions of this command and of the server."),
}


class LazyVerb(TyperCommand):
    """A verb's name and help line; the verb itself is imported when it is called."""

    def __init__(self, name: str, target: str, help_line: str) -> None:
        super().__init__(name, help=help_line)
        self._target = target

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """The context of the real verb (Any: typer keeps the types of this call to itself)."""
        module, _, attribute = self._target.partition(":")
        target = getattr(import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            app = _new_app()
            app.command(self.name)(target)
            target = app
        return get_command(target).make_context(*args, **kwargs)


class Root(TyperGroup):
    """The client's verbs, then those of other distributions, which are only looked for when they may matter."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self._has_plugins = False
        for name, (target, help_line) in VERBS.items():
            self.add_command(LazyVerb(name, target, help_line))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A verb by its name; an unknown one may be a plugin's."""
        if cmd_name not in self.commands:
            self._find_plugins()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Every verb, for the help page."""
        self._find_plugins()
        return super().list_commands(ctx)

    def _find_plugins(self) -> None:
        if self._has_plugins:
            return
        self._has_plugins = True
        for entry_point in entry_points(group=PLUGINS):
            try:
                offered = entry_point.load()()
            except Exception as error:  # noqa: BLE001 - whatever a plugin raises, the other verbs work
                warn(f"The verbs of {entry_point.value} cannot be loaded: {one_line(error)}")
                continue
            for name, (target, help_line) in offered.items():
                self.commands.setdefault(name, LazyVerb(name, target, help_line))


def main(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code; nothing is raised."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    code: object
    try:
        code = _carry_out(arguments)
        sys.stdout.flush()
    except SystemExit as end:
        code = end.code
    except BrokenPipeError:  # the reader of a pipe has gone, and with it the reason to say anything
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ERROR
    return code if isinstance(code, int) else 0


def _carry_out(arguments: Sequence[str]) -> object:
    try:
        return get_command(_root()).main(args=list(arguments), prog_name="futurone", standalone_mode=False)
    except typer.TyperException as error:
        return _explain_usage(error)
    except typer.Abort:
        return ERROR
    except BrokenPipeError:
        raise
    except Exception as error:
        if read_environment().get("FUTURONE_LOG", "").lower() == "debug":
            raise
        lines, code = explain(error)
        for line in lines:
            warn(line)
        return code


def _explain_usage(error: typer.TyperException) -> int:
    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # typer does not export it; its message is the help page
        warn(text)
        return error.exit_code
    warn(f"Error: {one_line(text)}")
    context = getattr(error, "ctx", None)
    if context is not None:
        warn(f"Try `{context.command_path} --help`.")
    return error.exit_code


def _root() -> typer.Typer:
    app = _new_app(cls=Root)

    @app.callback()
    def root(
        api_key: Annotated[str | None, typer.Option(help="The key, instead of FUTURONE_API_KEY.")] = None,
        base_url: Annotated[
            str | None, typer.Option(help=f"The server, instead of FUTURONE_BASE_URL or {DEFAULT_BASE_URL}.")
        ] = None,
    ) -> None:
        """FuturOne carries out work with AI agents as durable, verified runs."""

    return app


def _new_app(cls: type[TyperGroup] | None = None) -> typer.Typer:
    """An app whose help is decorated only for a terminal."""
    return typer.Typer(
        cls=cls,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
    )
