"""A restored database, brought into order before any server works on it."""

from futurone_server.config import Config
from futurone_server.features.runs import Restored, RestoringService
from futurone_server.kit.clock import Clock
from futurone_server.main.assembly import assemble


async def settle_restored(config: Config, *, url: str, role: str | None, root_key: bytes, clock: Clock) -> Restored:
    """Erase what hung on keys that are not here, end runs that cannot go on without it, sign everybody out; count."""
    desk = assemble(config, url=url, role=role, root_key=root_key, clock=clock).desk
    try:
        await desk.people.sessions.end_everywhere()
        return await RestoringService(desk.db, desk.log, runs=desk.runs, erasure=desk.erasure).settle()
    finally:
        await desk.db.close()
