"""``python -m futurone_server``: the server's verbs without the client's."""

import sys
from importlib import import_module

import typer

from futurone_server.commands import commands


def main() -> None:
    """Carry out one of the server's verbs."""
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    for name, (target, help_line) in commands().items():
        module, _, attribute = target.partition(":")
        app.command(name, help=help_line)(getattr(import_module(module), attribute))
    code = app(standalone_mode=False)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
