"""``futurone up``: API and worker in one process."""

import asyncio
import gc
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvloop

from futurone_server.commands import clientfile, demo
from futurone_server.commands.draining import close_doors, cut_down, drain, leave, on_signals
from futurone_server.commands.edges import check_edges
from futurone_server.commands.house import (
    CLOCK,
    CannotStartError,
    Ground,
    occupied,
    prepare,
    say,
    settings,
)
from futurone_server.commands.people import link
from futurone_server.config import Config
from futurone_server.kit import json
from futurone_server.store.embedded import ClusterError

if TYPE_CHECKING:
    from futurone_server.commands.web import WebServer
    from futurone_server.main import Server

BACKLOG = 2048
_KEEP_EVERY_S = 1.0
_NEXT = """
The server stays up at {url} until Ctrl-C; its reference is at {url}/docs.
The owner's key stands above; for commands on this machine it is also in {key_file}.
Next, in another terminal:
{export}  {command} run research "What does it mean that a run is escalated?" --follow
  {command} runs list
  {command} keys create ci --capability runs:create --capability runs:read
"""
_EXPORT = "  export FUTURONE_DATA_DIR={data_dir}   # where the commands find this server\n"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line asked for beside the settings."""

    demo: bool | None
    as_json: bool


def up(
    host: Annotated[str | None, typer.Option(help="The address to listen on. Default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 picks a free one. Default 3000.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where keys, database and logs live.")] = None,
    database_url: Annotated[str | None, typer.Option(help="A PostgreSQL to use instead of the embedded one.")] = None,
    with_demo: Annotated[
        bool | None,
        typer.Option("--demo/--no-demo", help="Carry out a run to show what it is. Default: on the first start."),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="A certificate in PEM: the server speaks TLS 1.3.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key in PEM.")] = None,
    behind_proxy: Annotated[
        bool | None, typer.Option("--behind-proxy", help="A proxy in front speaks TLS; its X-Forwarded-* is believed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> int:
    """Start the server: API, worker and (unless told otherwise) its own PostgreSQL."""
    try:
        config = settings(
            host=host,
            port=port,
            data_dir=data_dir,
            database_url=database_url,
            tls_cert=tls_cert,
            tls_key=tls_key,
            behind_proxy=behind_proxy,
        )
        check_edges(config)
        with occupied(config.data_dir):
            listener = _listen(config)
            config = replace(config, port=listener.getsockname()[1])
            return run_on_loop(_serve(config, Wishes(demo=with_demo, as_json=as_json), listener))
    except CannotStartError as error:
        say(f"futurone: {error}")
        return error.code


def run_on_loop(work: Coroutine[Any, Any, int]) -> int:
    """Run a server on an event loop of its own. When it has come to its end, the process ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_to_the_end(work))


async def _to_the_end(work: Coroutine[Any, Any, int]) -> int:
    code = await work
    sys.stdout.flush()
    sys.stderr.flush()
    # The engine's threads try for ever while the database is away, and Python would wait for them as long.
    os._exit(code)


def _listen(config: Config) -> socket.socket:
    """Take the port before anything else, so that a mistake shows at once. Raises CannotStartError."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(BACKLOG)  # two that bind at the same moment both succeed; of those that listen, one does
    except OSError as error:
        raise CannotStartError(
            f"Port {config.port} cannot be taken: {error.strerror}. Choose another with --port."
        ) from error
    return listener


async def _serve(config: Config, wishes: Wishes, listener: socket.socket) -> int:
    # The database starts while Python imports the rest. What is imported stays, so that looking for garbage among it
    # meanwhile would be time lost.
    gc.disable()
    stopping = asyncio.Event()
    on_signals(stopping.set, partial(cut_down, config))
    preparing = asyncio.create_task(asyncio.to_thread(prepare, config))
    await asyncio.sleep(0)
    from futurone_server.main import assemble  # noqa: PLC0415 - loads while the database starts

    loading = asyncio.create_task(asyncio.to_thread(_load_web))
    ground = await preparing
    server = assemble(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
    url = f"{config.scheme}://{_shown_host(config.host)}:{config.port}"
    try:
        await server.open()
        # The owner's key is in the file before it is valid: it cannot be lost between the two.
        minted = await server.first_keys(lambda owner: _keep_key(config, url, owner.token))
        if minted is None:
            clientfile.write(config.data_dir, url, None)
        web = (await loading)(server.desk, listener, config)
        gc.freeze()
        gc.enable()
        await web.start()
        # Only who is at this machine reads what is printed here, and can open the link.
        token = await server.first_setup_link() if config.is_loopback and not config.behind_proxy else None
        _announce(url, minted, wishes, setup_url=None if token is None else link(url, token))
        keeping = asyncio.create_task(keep(ground))
        is_shown = (wishes.demo or (wishes.demo is None and minted is not None)) and not wishes.as_json
        working = asyncio.create_task(_work(server, partial(_show, server, url, config) if is_shown else None))
        working.add_done_callback(partial(stop_when_failed, stopping))
        await stopping.wait()
        keeping.cancel()
        if not working.cancel():
            working.result()
        say("Stopping …")
        await close_doors(server, web, config)
    finally:
        if await drain(server):
            leave(ground)  # not in a thread: the engine took the loop's threads with it
    return 0


def _keep_key(config: Config, url: str, key: str | None) -> None:
    try:
        clientfile.write(config.data_dir, url, key)
    except OSError as error:
        raise CannotStartError(
            f"The owner's key cannot be written to {config.data_dir / 'client.json'}: {error.strerror}."
            " It was not made; mend that, and start again."
        ) from error


def stop_when_failed(stopping: asyncio.Event, task: "asyncio.Task[None]") -> None:
    """A task without which there is no going on has failed: stop."""
    if not task.cancelled() and task.exception() is not None:
        stopping.set()


async def _work(server: "Server", show: Callable[[], Awaitable[None]] | None) -> None:
    """Take part as a worker, which has more to load: meanwhile the API takes orders. Then the first run, if wanted."""
    await server.work()
    if show is not None:
        try:
            await show()
        except Exception as error:  # noqa: BLE001 - a server that cannot show its first run serves all the same
            say(f"The first run could not be shown ({type(error).__name__}).")


def _load_web() -> "type[WebServer]":
    from futurone_server.commands.web import WebServer  # noqa: PLC0415 - FastAPI loads while the log is opened

    return WebServer


async def keep(ground: Ground) -> None:
    """Start the embedded database again should it ever end; everything else waits for it and goes on."""
    while ground.embedded is not None:
        await asyncio.sleep(_KEEP_EVERY_S)
        try:
            if not await asyncio.to_thread(ground.embedded.is_running):
                say("The embedded PostgreSQL has ended; it is started again.")
                await asyncio.to_thread(ground.embedded.start)
        except ClusterError as error:
            say(f"futurone: {error}")


async def _show(server: Any, url: str, config: Config) -> None:
    """The first run with a key of its own that soon expires, then how to go on."""
    async with server.passing_key("First run", minutes=15) as key:
        await demo.show(url, key, config.data_dir)
    data_dir = shlex.quote(str(config.data_dir.resolve()))
    export = "" if config.data_dir == Config().data_dir else _EXPORT.format(data_dir=data_dir)
    key_file = shlex.quote(str(config.data_dir.resolve() / "client.json"))
    say(_NEXT.format(url=url, key_file=key_file, export=export, command=_command()))


def _command() -> str:
    """How the client's command is called from here: by its name where the shell would find it."""
    beside = Path(sys.executable).with_name("futurone")
    return "futurone" if shutil.which("futurone") or not beside.exists() else shlex.quote(str(beside))


def _shown_host(host: str) -> str:
    """By what name this machine reaches the server: every address is none that can be dialled."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound
    return f"[{host}]" if ":" in host else host


def _announce(url: str, minted: Any, wishes: Wishes, *, setup_url: str | None) -> None:
    if wishes.as_json:
        line = {"event": "ready", "url": url, "pid": os.getpid()}
        if minted is not None:
            owner, test = minted
            line |= {"key": owner.token, "key_id": owner.key.id, "secret": owner.secret, "test_key": test.token}
        if setup_url is not None:
            line["setup_url"] = setup_url
        sys.stdout.write(json.dump(line).decode() + "\n")
        sys.stdout.flush()
        return
    say(f"FuturOne is ready at {url}")
    if minted is not None:
        say(f"Owner's key (shown once):  {minted[0].token}")
        say(f"Test key (shown once):     {minted[1].token}")
    if setup_url is not None:
        say(f"Set-up link (once, 10 min): {setup_url}")
