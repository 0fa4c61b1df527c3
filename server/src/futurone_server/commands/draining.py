"""Going down: the first signal drains and says what it waits for; the second ends at once and leaves nothing behind."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from futurone_server.commands.house import Ground, say
from futurone_server.config import Config
from futurone_server.store.embedded import ClusterError, EmbeddedPostgres

if TYPE_CHECKING:
    from futurone_server.commands.web import WebServer
    from futurone_server.main import Server

_QUIET_S = 2.0
_NOTICE_S = 2.0
LONGEST_S = 27.0  # with the stop of the database below half a minute, after which supervisors kill


def on_signals(stop: Callable[[], None], at_once: Callable[[], None] = lambda: None) -> None:
    """The first SIGTERM or Ctrl-C stops in good order; the second does what ``at_once`` says, and the process ends."""
    loop = asyncio.get_running_loop()
    count = 0

    def handle() -> None:
        nonlocal count
        count += 1
        if count > 1:
            at_once()
            os._exit(1)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, handle)


def cut_down(config: Config) -> None:
    """End the embedded database without waiting for anybody. A worker that still needs it starts it again."""
    if config.database_url is None:
        with contextlib.suppress(ClusterError):
            EmbeddedPostgres(config.data_dir).stop(mode="immediate")


def leave(ground: Ground) -> None:
    """Stop the embedded database: the last process that needs it goes."""
    if ground.embedded is not None:
        ground.embedded.stop()


async def close_doors(server: "Server", web: "WebServer", config: Config) -> None:
    """Not ready from now on, and nothing more is claimed; streams are cut, and what is being answered is answered."""
    server.desk.streams.is_draining = True
    await server.claim_no_more()
    if config.behind_proxy or not config.is_loopback:
        await asyncio.sleep(_NOTICE_S)  # who distributes requests asks whether this server is ready, and goes elsewhere
    server.desk.streams.cut_all()
    await web.stop()


async def drain(server: "Server") -> bool:
    """Stop all parts; returns whether no other process works on this database any more, False too when nobody knows."""
    telling = asyncio.create_task(_tell(server))
    try:
        async with asyncio.timeout(LONGEST_S):
            return await server.stop()
    except TimeoutError:
        say("This took too long. What is left goes on at the next start, from its last recorded step.")
        return False
    finally:
        telling.cancel()


async def _tell(server: "Server") -> None:
    await asyncio.sleep(_QUIET_S)
    runs = server.worker.conductor.in_hand
    what = f"{runs} runs in hand" if runs else "webhooks that are being sent, and the database"
    say(f"Waiting for {what}; what is not done in time goes on at the next start. A second signal ends at once.")
