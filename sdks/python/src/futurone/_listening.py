"""Listening: which runs have ended or begun to wait since the last look, as the events a receiver would be told."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from futurone._client import FuturOne
from futurone._clock import utc_now
from futurone._errors import NotFoundError
from futurone._models import Moment
from futurone._run_models import Run, RunStatus

OUTCOMES = ("run.completed", "run.escalated", "run.failed")
KINDS = (*OUTCOMES, "run.cancelled", "run.awaiting_input")
"""Every event that is told: those that are about a run."""

_OPEN = ("queued", "planning", "running", "stalled", "awaiting_input")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_OVERLAP = timedelta(seconds=2)
"""Times are shown to the second: runs of the last moment are looked at once more."""

_PAGE_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event as a receiver would get it."""

    id: str
    type: str
    run_id: str
    body: bytes = field(repr=False)


class Listener:
    """Watches the runs that a key may read. It needs the capability ``runs:read`` and nothing else."""

    def __init__(self, client: FuturOne) -> None:
        self._client = client
        self._open: dict[str, str | None] = {}
        self._seen: set[str] = set()
        self._newest: datetime | None = None

    def start(self) -> None:
        """Note what is there already: only what happens from now on is told."""
        newest = self._client.runs.list(page_size=1).page().data
        self._newest = newest[0].created_at if newest else None
        self._seen = {run.id for run in self._fresh()}
        self._open = {run.id: _asked(run) for run in self._standing().values()}

    def events(self) -> Iterator[Told]:
        """What has happened since the last look, in no particular order."""
        for run in self._fresh():
            if run.id not in self._seen:
                self._seen.add(run.id)
                self._open[run.id] = None
            if run.created_at is not None and (self._newest is None or run.created_at > self._newest):
                self._newest = run.created_at
        standing = self._standing()
        for run_id, asked in list(self._open.items()):
            found = standing.get(run_id) or self._get(run_id)
            if found is None:
                del self._open[run_id]
            elif _asked(found) not in (None, asked):
                self._open[run_id] = _asked(found)
                yield _told(found, RunStatus.AWAITING_INPUT, about=str(_asked(found)), at=utc_now())
            elif found.is_terminal:
                del self._open[run_id]
                yield _told(found, found.status, about="ended", at=found.completed_at or utc_now())

    def _fresh(self) -> list[Run]:
        after = None if self._newest is None else self._newest - _OVERLAP
        return list(self._client.runs.list(created_after=after, page_size=_PAGE_MAX))

    def _standing(self) -> dict[str, Run]:
        return {run.id: run for run in self._client.runs.list(status=_OPEN, page_size=_PAGE_MAX)}

    def _get(self, run_id: str) -> Run | None:
        try:
            return self._client.runs.get(run_id)
        except NotFoundError:
            return None


def _asked(run: Run) -> str | None:
    return run.awaiting.input_id if run.awaiting is not None else None


def _told(run: Run, status: str, *, about: str, at: Moment) -> Told:
    event_id, kind = _event_id(run.id, about), f"run.{status}"
    data = {
        "run_id": run.id,
        "status": str(status),
        "confidence": run.confidence if run.is_terminal else None,
        "metadata": run.metadata,
        "last_event_id": run.last_event_id,
    }
    event = {"id": event_id, "type": kind, "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "data": data}
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return Told(id=event_id, type=kind, run_id=run.id, body=body)


def _event_id(run_id: str, about: str) -> str:
    """The id that the server's own webhook of this event has, so that a receiver sees one event in both."""
    number = int.from_bytes(hashlib.sha256(f"evt_|{run_id}|{about}".encode()).digest()[:17], "big") % 32**26
    digits = ""
    for _ in range(26):
        number, rest = divmod(number, 32)
        digits = _ALPHABET[rest] + digits
    return f"evt_{digits}"
