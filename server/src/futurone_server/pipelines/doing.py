"""Doing: what each step of a run in hand waits for, written down before it may hang, for whoever asks why."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from futurone_server.eventlog import Write
from futurone_server.features.runs import DOING, RunWork, Work


class DoingKind(StrEnum):
    """What a step can wait for: an answer, a result, or the time of its next attempt."""

    MODEL = "model"
    TOOL = "tool"
    PAUSE = "pause"


class Doing:
    """What the planner and the steps of one run wait for at this moment, by their ids.

    Each change comes back as rows to be written together with what it belongs to.
    """

    def __init__(self, work: Work, desk: RunWork) -> None:
        self._work = work
        self._desk = desk
        self._entries: dict[str, Mapping[str, object]] = {}

    def begins(
        self, actor: str, kind: DoingKind, *, attempt: int, until: datetime | None = None, **told: str
    ) -> tuple[Write, ...]:
        """From now on the actor waits for this; ``told`` names it (``routing``, ``model``, ``tool``), never content."""
        self._entries[actor] = {
            "step": actor,
            "kind": kind.value,
            "attempt": attempt,
            "since": self._desk.now.isoformat(),
            "until": None if until is None else until.isoformat(),
            **told,
        }
        return self._written()

    def ends(self, actor: str) -> tuple[Write, ...]:
        """The actor waits for nothing any more; no rows where it did not."""
        return self._written() if self._entries.pop(actor, None) else ()

    def _written(self) -> tuple[Write, ...]:
        return (self._desk.content(self._work.log, DOING, list(self._entries.values())),)
