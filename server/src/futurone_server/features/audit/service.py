"""The use cases of the audit trail: look for lines, export them, sign how far they go."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from futurone_server.features.audit import rules, store
from futurone_server.features.audit.types import Filter, Head, Record
from futurone_server.features.keys import Capability, Principal
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import invalid_field
from futurone_server.kit.page import Page, Window
from futurone_server.kit.signing import Signer
from futurone_server.store.database import SYSTEM, Database, of_workspace

_BATCH = 1_000
_ANCHOR_LINES = 64
_ANCHOR_EVERY = timedelta(minutes=5)


class AuditService:
    """Reads the trail. Nobody can change it through this server."""

    def __init__(self, db: Database, clock: Clock, signer: Signer) -> None:
        self._db = db
        self._clock = clock
        self.signer = signer

    async def list(self, caller: Principal, wanted: Filter, window: Window) -> Page[Record]:
        """The lines of the workspace that match, newest first."""
        caller.require(Capability.AUDIT_READ)
        caller.require_whole()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await store.page(tx, caller.workspace_id, wanted, window)

    async def export(self, caller: Principal, after: int = 0) -> AsyncIterator[bytes]:
        """The trail after a number, as JSON Lines some hundreds at a time, with a signed anchor as the last line.

        Raises Invalid when the trail does not reach so far.
        """
        caller.require(Capability.AUDIT_READ)
        caller.require_whole()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            head = await store.head(tx, caller.workspace_id)
        head = head or Head(workspace_id=caller.workspace_id, seq=0, hash=rules.FIRST, anchored=0)
        if not 0 <= after <= head.seq:
            raise invalid_field("after", f"must be a line's number from 0 to {head.seq}")
        return self._lines(head, after)

    async def _lines(self, head: Head, after: int) -> AsyncIterator[bytes]:
        while after < head.seq:
            async with self._db.transaction(of_workspace(head.workspace_id)) as tx:
                records = await store.after(tx, head.workspace_id, after, upto=head.seq, limit=_BATCH)
            if not records:
                break
            yield b"".join(rules.exported(record) + b"\n" for record in records)
            after = records[-1].seq
        yield rules.anchor_of(head, self._clock.now()).line(self.signer) + b"\n"

    async def unanchored(self) -> Sequence[Head]:
        """The trails whose end is to be signed outside now."""
        async with self._db.transaction(SYSTEM) as tx:
            before = self._clock.now() - _ANCHOR_EVERY
            return await store.unanchored(tx, lines=_ANCHOR_LINES, before=before)

    async def note_anchored(self, heads: Sequence[Head]) -> None:
        """These trails have been signed outside as far as this."""
        async with self._db.transaction(SYSTEM) as tx:
            for head in heads:
                await store.anchored(tx, head, self._clock.now())
