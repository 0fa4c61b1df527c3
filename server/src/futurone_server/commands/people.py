"""``futurone people setup-link``: a one-time link that makes whoever has it an owner."""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from futurone_server.commands.clientfile import known_url
from futurone_server.commands.house import CLOCK, CannotStartError, Ground, say, settings, visited
from futurone_server.config import Config


class Act(StrEnum):
    """What to do."""

    SETUP_LINK = "setup-link"


def people(
    act: Annotated[Act, typer.Argument(help="setup-link: make a link that lets in an owner, once, for ten minutes.")],
    data_dir: Annotated[Path | None, typer.Option(help="The data directory of the server.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The database of the server, if it has another.")] = None,
) -> int:
    """Make a set-up link: for the first owner where none is printed, and for an owner who forgot the password.

    Needs the server's database and root key, and so its machine; where there is no server, none is made. Links made
    before hold no more.
    """
    assert act is Act.SETUP_LINK
    try:
        config = settings(data_dir=data_dir, database_url=database_url)
        with visited(config) as ground:
            token = asyncio.run(_make(config, ground))
    except CannotStartError as error:
        say(f"futurone: {error}")
        return error.code
    base = config.public_url or known_url(config.data_dir) or f"{config.scheme}://{config.host}:{config.port}"
    say("Valid once, for ten minutes. Whoever has it becomes an owner:")
    sys.stdout.write(link(base, token) + "\n")
    return 0


def link(url: str, token: str) -> str:
    """The link that a token is handed on in. What follows the # is not sent to any server, and stands in no log."""
    return f"{url}/setup#token={token}"


async def _make(config: Config, ground: Ground) -> str:
    from futurone_server.main import assemble  # noqa: PLC0415 - every part loads with it

    server = assemble(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
    try:
        return await server.setup_link()
    finally:
        await server.desk.db.close()
