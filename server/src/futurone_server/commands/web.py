"""The HTTP server: uvicorn with this house's manners."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from futurone_server.api.app import make_app
from futurone_server.api.desk import Desk
from futurone_server.commands.edges import edges, tls_context
from futurone_server.config import Config
from futurone_server.web.protocol import BoundedProtocol

_GRACE_S = 5


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the command, which stops the parts in their order."""
        yield


class WebServer:
    """Serves the API on a socket that is already bound."""

    def __init__(self, desk: Desk, listener: socket.socket, settings: Config) -> None:
        context = tls_context(settings)
        config = uvicorn.Config(
            make_app(desk, edges(settings), metrics=settings.metrics),
            # What a proxy says of the client is believed behind a proxy alone, and of trusted ones.
            proxy_headers=settings.behind_proxy,
            forwarded_allow_ips=settings.trusted_proxies,
            ssl_context_factory=None if context is None else lambda *_: context,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE_S,
            backlog=2048,
        )
        self._desk = desk
        self._server = _Quiet(config)
        self._listener = listener
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to answer; returns when the socket takes connections."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]), name="web")
        checking = self._desk.streams.keep_checking(self._desk.people.holders.still_holds)
        self._tasks = [serving, asyncio.create_task(checking, name="streams")]
        while not self._server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.005)
        if serving.done():
            serving.result()

    async def stop(self) -> None:
        """Answer what is under way, take nothing new."""
        self._server.should_exit = True
        serving, checking = self._tasks
        checking.cancel()
        await asyncio.gather(serving, checking, return_exceptions=True)
