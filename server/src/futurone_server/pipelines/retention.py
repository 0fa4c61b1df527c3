"""Retention at work: hours of keys are left behind and destroyed, and an erasure that is overdue is said aloud."""

import asyncio

import structlog

from futurone_server.eventlog import Epochs
from futurone_server.features.runs import RetentionService
from futurone_server.tools.sandbox import sweep_rooms

_log = structlog.get_logger("futurone.retention")


class RetentionWatch:
    """Looks after the keys of hours, the deadlines of erasures and the rooms of dead workers, in every worker."""

    def __init__(self, epochs: Epochs, retention: RetentionService) -> None:
        self._epochs = epochs
        self._retention = retention

    async def round(self) -> None:
        """Look once."""
        turned = await self._epochs.round()
        if turned.closed or turned.moved or turned.destroyed:
            _log.info("retention.turned", closed=turned.closed, moved=turned.moved, destroyed=turned.destroyed)
        rooms = await asyncio.to_thread(sweep_rooms)
        if rooms:
            _log.info("retention.rooms_cleared", count=rooms)
        found = await self._retention.standing()
        if found.overdue:
            _log.warning("retention.overdue", count=found.overdue, since=found.since)
        if found.missing:
            _log.warning("retention.keys_missing", epochs=len(found.missing), runs=sum(found.missing.values()))
