"""A server of one process: all its parts, started and stopped in their order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from futurone_server.api.desk import Desk
from futurone_server.engine.dbos import DbosEngine
from futurone_server.features.keys import Minted
from futurone_server.features.runs import RunWork
from futurone_server.features.usage import Budgets
from futurone_server.kit.errors import Unavailable
from futurone_server.models.port import Models
from futurone_server.pipelines.admit import Admission
from futurone_server.pipelines.anchors import Anchors
from futurone_server.pipelines.conduct import Conductor
from futurone_server.pipelines.due import DueTable
from futurone_server.pipelines.notify import Notifier
from futurone_server.pipelines.retention import RetentionWatch
from futurone_server.pipelines.rounds import Rounds
from futurone_server.pipelines.sweep import Sweep
from futurone_server.pipelines.watch import Watch
from futurone_server.store.database import SYSTEM
from futurone_server.telemetry import Tracing

_DRAIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The parts that carry runs out."""

    desk: RunWork
    engine: DbosEngine
    conductor: Conductor
    models: Models
    tracing: Tracing
    budgets: Budgets
    admission: Admission
    watch: Watch
    due: DueTable
    sweep: Sweep
    anchors: Anchors
    rounds: Sequence[Rounds | Notifier]
    retention: RetentionWatch


@dataclass(frozen=True, kw_only=True)
class Server:
    """All parts of one process."""

    desk: Desk
    worker: Worker

    async def open(self) -> None:
        """Listen for news, so that orders can be taken and runs be followed."""
        await self.desk.db.warm()
        await self.desk.log.start()

    async def work(self) -> None:
        """Take part as a worker, and look for what is due."""
        worker = self.worker
        await worker.engine.launch(worker.conductor.segment)
        await worker.watch.start()
        worker.admission.start()
        worker.due.start()
        for one in worker.rounds:
            one.start()
        worker.admission.hint()

    async def claim_no_more(self) -> None:
        """Leave what waits to other workers; what is in hand goes on. Repeatable."""
        await self.worker.admission.stop()

    async def stop(self) -> bool:
        """Drain: cut the streams, claim nothing more, let what is in hand come to a stop, leave.

        Returns whether no other process works on this database any more.
        """
        self.desk.streams.cut_all()
        await self.claim_no_more()
        await self.worker.due.stop()
        for one in self.worker.rounds:
            await one.stop()
        with contextlib.suppress(Unavailable):  # what keys were used for since the last round
            await self.desk.keys.uses.write()
        await self._settle()
        is_last = await self.worker.watch.stop()
        await self.desk.log.stop()
        await self.worker.engine.close(0)
        await self.worker.models.close()
        await self.worker.tracing.close()
        await self.desk.db.close()
        return is_last

    async def _settle(self) -> None:
        """Give runs in hand a moment to finish; what is left is handed on, and goes on from its journal."""
        deadline = self.desk.clock.monotonic() + _DRAIN_S
        conductor = self.worker.conductor
        while conductor.in_hand and self.desk.clock.monotonic() < deadline:  # noqa: ASYNC110 - a look now and then
            await asyncio.sleep(0.05)
        await conductor.drop_all()

    async def first_keys(self, keep: Callable[[Minted], None] = lambda owner: None) -> tuple[Minted, Minted] | None:
        """On the very first start: a workspace, its owner's key and a test key. None afterwards.

        ``keep`` is handed the owner's key before there is any: what it raises leaves no key behind.
        """
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            minted = await self.desk.keys.first(tx, workspace.id)
            if minted is not None:
                keep(minted[0])
            return minted

    async def setup_link(self) -> str:
        """The token of a fresh set-up link, whether or not there is an owner."""
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            return await self.desk.people.arrivals.link(tx, workspace.id)

    async def first_setup_link(self) -> str | None:
        """The token of a set-up link as long as nobody owns the workspace in person; None afterwards."""
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            return await self.desk.people.arrivals.first_link(tx, workspace.id)

    @asynccontextmanager
    async def passing_key(self, name: str, *, minutes: int) -> AsyncIterator[str]:
        """A live key that is revoked when the block ends, and expires in any case."""
        expires_at = self.desk.clock.now() + timedelta(minutes=minutes)
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            minted = await self.desk.keys.passing(tx, workspace.id, name, expires_at)
        try:
            yield str(minted.token)
        finally:
            async with self.desk.db.transaction(SYSTEM) as tx:
                await self.desk.keys.withdraw(tx, minted.key.id)
