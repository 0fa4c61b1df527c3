"""``futurone worker``: one more process that carries runs out."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from futurone_server.commands.draining import drain, leave, on_signals
from futurone_server.commands.house import CLOCK, CannotStartError, prepare, say, settings
from futurone_server.commands.up import keep, run_on_loop, stop_when_failed
from futurone_server.config import Config

if TYPE_CHECKING:
    from futurone_server.main import Server


def worker(
    data_dir: Annotated[Path | None, typer.Option(help="The data directory of the server to attach to.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The PostgreSQL of the server to attach to.")] = None,
) -> int:
    """Start a worker that attaches to a running server's database."""
    try:
        return run_on_loop(_work(settings(data_dir=data_dir, database_url=database_url)))
    except CannotStartError as error:
        say(f"futurone: {error}")
        return error.code


async def _work(config: Config) -> int:
    if not (config.data_dir / "keys" / "root.key").exists():
        raise CannotStartError(
            f"{config.data_dir} holds no root key. Give the data directory of the server with --data-dir."
        )
    stopping = asyncio.Event()
    on_signals(stopping.set)
    ground = await asyncio.to_thread(prepare, config)
    from futurone_server.main import assemble  # noqa: PLC0415 - a worker that cannot start says so at once

    server = assemble(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
    keeping = asyncio.create_task(keep(ground))
    try:
        await server.open()
        working = asyncio.create_task(_take_part(server))
        working.add_done_callback(partial(stop_when_failed, stopping))
        await stopping.wait()
        if not working.cancel():
            working.result()
        say("Stopping …")
    finally:
        keeping.cancel()
        if await drain(server):
            leave(ground)
    return 0


async def _take_part(server: "Server") -> None:
    await server.work()
    say(f"Worker {server.worker.engine.worker_id} is at work.")
