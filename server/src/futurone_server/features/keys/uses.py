"""What keys are used for: one row and one audit line per key, capability and day; a scope is proposed from the rows."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from futurone_server.eventlog import Actor, AuditLine, record
from futurone_server.features.keys import store
from futurone_server.features.keys.types import Capability, Key
from futurone_server.kit.clock import Clock
from futurone_server.store.database import SYSTEM, Database, Tx

LOOKED_BACK = timedelta(days=30)
"""So far back a proposal looks."""

_KEPT = timedelta(days=40)
_GATHERED_MAX = 10_000


class Uses:
    """Gathers what keys are asked for and granted in this process; ``write`` stores it, and is called now and then."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._gathered: dict[tuple[str, str], set[Capability]] = {}
        self._written: set[tuple[str, Capability]] = set()
        self._day = clock.now().date()

    def of(self, key: Key) -> set[Capability]:
        """Where the capabilities go that a key makes use of."""
        return self._gathered.setdefault((key.workspace_id, key.id), set())

    async def write(self) -> None:
        """Store what was used since the last time, each once a day. Raises Unavailable, and forgets nothing then."""
        used = [
            (workspace_id, key_id, one)
            for (workspace_id, key_id), capabilities in self._gathered.items()
            for one in sorted(capabilities)
            if (key_id, one) not in self._written
        ]
        if used:
            async with self._db.transaction(SYSTEM) as tx:
                await self._audit(tx, await store.note_uses(tx, used, self._day))
            self._written.update((key_id, one) for _, key_id, one in used)
        today = self._clock.now().date()
        if today != self._day or len(self._gathered) > _GATHERED_MAX:
            self._day, self._gathered, self._written = today, {}, set()
            async with self._db.transaction(SYSTEM) as tx:
                await store.sweep_uses(tx, today - _KEPT)

    async def _audit(self, tx: Tx, noted: Sequence[tuple[str, str, Capability]]) -> None:
        # In the order of the workspaces: each locks the head of its trail.
        for workspace_id, uses in groupby(noted, key=itemgetter(0)):
            lines = [
                AuditLine(
                    action="key.used",
                    actor=Actor(id=key_id),
                    resource=key_id,
                    details={"capability": capability.value, "day": self._day.isoformat()},
                )
                for _, key_id, capability in uses
            ]
            await record(tx, workspace_id, *lines, at=self._clock.now())
