"""Retention at work: hours of keys are left behind and destroyed, and an erasure that is overdue is said aloud."""

import structlog

from futurone_server.eventlog import Epochs
from futurone_server.features.runs import RetentionService

_log = structlog.get_logger("futurone.retention")


class RetentionWatch:
    """Looks after the keys of hours and after the deadlines of erasures, in every worker process."""

    def __init__(self, epochs: Epochs, retention: RetentionService) -> None:
        self._epochs = epochs
        self._retention = retention

    async def round(self) -> None:
        """Look once."""
        turned = await self._epochs.round()
        if turned.closed or turned.moved or turned.destroyed:
            _log.info("retention.turned", closed=turned.closed, moved=turned.moved, destroyed=turned.destroyed)
        found = await self._retention.standing()
        if found.overdue:
            _log.warning("retention.overdue", count=found.overdue, since=found.since)
        if found.missing:
            _log.warning("retention.keys_missing", epochs=len(found.missing), runs=sum(found.missing.values()))
