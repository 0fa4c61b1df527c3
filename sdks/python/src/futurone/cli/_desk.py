"""What every client verb works with: a client, an output, and the options they all share."""

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from futurone._client import FuturOne
from futurone._settings import DEFAULT_TIMEOUT_S
from futurone.cli._credentials import find_credentials
from futurone.cli._interrupts import interruptible
from futurone.cli._output import Output

P = ParamSpec("P")
_RETRIES = 2  # a person waits


class Desk:
    """The client and the output of one command; the client is made when it is first used."""

    def __init__(self, out: Output, *, api_key: str | None, base_url: str | None) -> None:
        self.out = out
        self._api_key = api_key
        self._base_url = base_url

    @cached_property
    def client(self) -> FuturOne:
        """The server, with the key of the options, the environment or the local server's file."""
        return self.new_client(timeout_s=DEFAULT_TIMEOUT_S, max_retries=_RETRIES)

    def new_client(self, *, timeout_s: float, max_retries: int) -> FuturOne:
        """The same server with another patience; the caller closes it."""
        found = find_credentials(self._base_url, self._api_key)
        return FuturOne(found.api_key, found.base_url, timeout=timeout_s, max_retries=max_retries)

    def close(self) -> None:
        """Close the client if there is one."""
        if "client" in self.__dict__:
            self.client.close()


def _shared(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    api_key: Annotated[str | None, typer.Option("--api-key", help="The key, instead of FUTURONE_API_KEY.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="The server, instead of FUTURONE_BASE_URL.")
    ] = None,
) -> None:
    """The options of every client verb; never called, only read for its signature."""


def verb(function: Callable[Concatenate[Desk, P], int | None]) -> Callable[..., int]:
    """A typer command out of a function that works at a desk: with the shared options; what it returns is the code."""

    def command(ctx: typer.Context, **options: Any) -> int:
        given = ctx.find_root().params
        desk = Desk(
            Output(as_json=options.pop("as_json")),
            api_key=options.pop("api_key") or given.get("api_key"),
            base_url=options.pop("base_url") or given.get("base_url"),
        )
        ctx.call_on_close(desk.close)
        with interruptible():
            return function(desk, **options) or 0  # type: ignore[call-arg]  # typer has parsed exactly these

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    shared = list(inspect.signature(_shared, eval_str=True).parameters.values())
    context = list(inspect.signature(command, eval_str=True).parameters.values())[:1]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in [*context, *own, *shared]]
    command.__name__ = function.__name__
    command.__doc__ = function.__doc__
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    return command
