"""Retention at work: hours of keys are left behind and destroyed, and an erasure that is overdue is said aloud."""

import structlog

from futurone_server.eventlog import Epochs
from futurone_server.features.runs import ErasureService

_log = structlog.get_logger("futurone.retention")


class RetentionWatch:
    """Looks after the keys of hours and after the deadlines of erasures, in every worker process."""

    def __init__(self, epochs: Epochs, erasure: ErasureService) -> None:
        self._epochs = epochs
        self._erasure = erasure

    async def round(self) -> None:
        """Look once."""
        turned = await self._epochs.round()
        if turned.closed or turned.moved or turned.destroyed:
            _log.info("retention.turned", closed=turned.closed, moved=turned.moved, destroyed=turned.destroyed)
        overdue = await self._erasure.overdue()
        if overdue.count:
            _log.warning("retention.overdue", count=overdue.count, since=overdue.since)
