"""A house whose webhooks go to receivers on loopback, at a time that the test moves by hand."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from egress.peers import Asked, Peer, reply
from futurone_server.egress import Allowance, Egress
from futurone_server.features.connections import ConnectionService
from futurone_server.features.keys import Mode, Principal
from futurone_server.features.webhooks import Delivery, DeliveryFilter, Endpoint, EndpointService, Made, Posting, Told
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.pipelines.channels import Channels
from futurone_server.pipelines.destinations import Destinations
from futurone_server.pipelines.notify import Notifier
from futurone_server.reactions import when_connection_goes
from futurone_server.store.database import SYSTEM
from house import Tenant, add_tenant, open_server, principal
from pipelines.stage import carry_out, order_run

START = datetime(2026, 6, 9, 14, 22, 31, tzinfo=UTC)


def allowing(*peers: Peer) -> Allowance:
    """What an operator allows so that these receivers can be told."""
    return Allowance(pairs=frozenset(("127.0.0.1", peer.port) for peer in peers))


class Answers:
    """What a receiver answers, until a test says otherwise."""

    def __init__(self, said: bytes = reply(204)) -> None:
        self.said = said

    def __call__(self, asked: Asked) -> bytes:
        """The answer to a request, whatever it was."""
        return self.said


@dataclass(frozen=True, kw_only=True)
class Post:
    """A workspace and the one who tells its endpoints, on a clock of the test's own."""

    server: Server
    clock: ManualClock
    tenant: Tenant
    endpoints: EndpointService
    connections: ConnectionService
    notifier: Notifier
    posting: Posting

    @property
    def caller(self) -> Principal:
        """Whoever may do everything here, with a test key: the runs of these tests are scripted."""
        return principal(self.tenant.workspace_id, mode=Mode.TEST)

    async def endpoint(self, peer: Peer, *events: Told, path: str = "/hook") -> Made:
        """An endpoint at a receiver."""
        url = peer.url + path
        return await self.endpoints.create(self.caller, url, events=events or None, description=None, once=None)

    async def connection(self, url: str, name: str = "Editors") -> str:
        """The id of a new connection."""
        return (await self.connections.create(self.caller, name, url=url, once=None)).connection.id

    async def health(self, made: Made) -> Endpoint:
        """An endpoint as it is now."""
        assert made.endpoint is not None
        return await self.endpoints.get(self.caller, made.endpoint.id)

    async def run(self, task: str = "[test:complete]", **wishes: Any) -> str:
        """A run that is carried out to its end, or until it waits; returns its id."""
        ordered = await order_run(self.server, self.tenant, task, **wishes)
        return (await carry_out(self.server, ordered)).id

    async def send(self) -> int:
        """Send what is due now, and wait until all of it is settled; returns how much there was."""
        count = 0
        while found := await self.notifier.round():
            count += found
            await self.notifier.settled()
        return count

    async def deliveries(self, **wanted: Any) -> Sequence[Delivery]:
        """The deliveries of the workspace, oldest first."""
        page = await self.server.desk.deliveries.list(self.caller, DeliveryFilter(**wanted), Window(limit=100))
        return page.items[::-1]

    async def only(self, **wanted: Any) -> Delivery:
        """The one delivery there is."""
        (found,) = await self.deliveries(**wanted)
        return found

    async def rows(self, sql: str, **values: object) -> Sequence[Mapping[str, Any]]:
        """What the database holds, in all workspaces."""
        async with self.server.desk.db.transaction(SYSTEM) as tx:
            return [dict(row._mapping) for row in await tx.execute(text(sql), values)]

    async def until_due(self) -> float:
        """Move the time to the next attempt of the one delivery; returns how many seconds that was."""
        wait_s = ((await self.only()).next_at - self.clock.now()).total_seconds()
        self.clock.advance(wait_s)
        return wait_s


@asynccontextmanager
async def open_post(url: str, role: str | None, *peers: Peer, egress: Egress | None = None) -> AsyncIterator[Post]:
    """A house with one workspace, allowed to tell these receivers."""
    clock = ManualClock(START)
    async with open_server(url, role, clock=clock) as server:
        desk = server.desk
        posting = Posting(desk.db, clock, desk.log.seals, public_url="https://futurone.example")
        channels = Channels(allowing(*peers))
        notifier = Notifier(posting, clock, egress or Egress(allowing(*peers)), channels=channels)
        check = Destinations(allowing(*peers)).check
        yield Post(
            server=server,
            clock=clock,
            tenant=await add_tenant(server),
            endpoints=EndpointService(desk.db, clock, desk.log.seals, check),
            connections=ConnectionService(
                desk.db, clock, desk.log.seals, check=channels.check, goings=when_connection_goes
            ),
            notifier=notifier,
            posting=posting,
        )
        await asyncio.wait_for(notifier.stop(), 10)
