"""Anchors: how far each audit trail goes, signed now and then into a file that is not in the database."""

import asyncio
import os
from pathlib import Path

from futurone_server.features.audit import AuditService
from futurone_server.features.audit.rules import anchor_of
from futurone_server.kit.clock import Clock

FILE = Path("audit") / "anchors.jsonl"
"""Where anchors lie in the data directory: one line each, only ever added to."""


class Anchors:
    """Looks for trails that have grown by 64 lines, or at all in 5 minutes, and signs where they stand."""

    def __init__(self, audit: AuditService, clock: Clock, data_dir: Path) -> None:
        self._audit = audit
        self._clock = clock
        self._path = data_dir / FILE

    async def round(self) -> int:
        """Sign what has grown; returns how many trails that were."""
        heads = await self._audit.unanchored()
        if heads:
            at = self._clock.now()
            lines = b"".join(anchor_of(head, at).line(self._audit.signer) + b"\n" for head in heads)
            await asyncio.to_thread(_append, self._path, lines)
            await self._audit.note_anchored(heads)
        return len(heads)


def _append(path: Path, lines: bytes) -> None:
    """Add lines to a file in one go and for good; several processes may do so at once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, lines)
        os.fsync(handle)
    finally:
        os.close(handle)
