"""The conductor: carries out a plan, whatever its origin. One durable segment runs from a start to an end or to a wait.

Everything it does is journalled in the run's log: a step's result, its last event and its row are one commit, and a
step that has one is never run again. Taking a run in hand shuts out whoever held it before.
"""

import asyncio
import logging
from collections.abc import Callable

import structlog

from futurone_server.eventlog import Fenced
from futurone_server.features.runs import Claimed, Ending, Run
from futurone_server.kit.errors import Gone, Unavailable
from futurone_server.kit.logs import where_of
from futurone_server.pipelines.inhand import Equipment
from futurone_server.pipelines.performance import Performance
from futurone_server.pipelines.traces import segment_span

_GIVE_BACK_S = 1.0
_log = structlog.get_logger("futurone.conduct")


class Conductor:
    """Carries out the segments of runs in one worker process."""

    def __init__(self, equipment: Equipment, worker_id: str) -> None:
        self._equipment = equipment
        self._desk = equipment.desk
        self._worker_id = worker_id
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._claimed: dict[str, Claimed] = {}
        self.on_free: Callable[[], None] = lambda: None

    @property
    def in_hand(self) -> int:
        """How many runs this process works on, or is about to."""
        return len(self._in_hand) + len(self._claimed)

    def run_ids(self) -> frozenset[str]:
        """The runs that this process works on at the moment."""
        return frozenset(self._in_hand)

    def stop(self, run_id: str) -> None:
        """A run has ended elsewhere (cancelled, out of time): drop it."""
        task = self._in_hand.get(run_id)
        if task is not None:
            task.cancel()

    async def drop_all(self) -> None:
        """Stop everything in hand where it is; a successor goes on from the journal."""
        for task in list(self._in_hand.values()):
            task.cancel()
        await asyncio.gather(*self._in_hand.values(), return_exceptions=True)

    def expect(self, claimed: Claimed) -> None:
        """This worker has claimed a run: its segment comes in a moment, and need not look for it again."""
        self._claimed[claimed.key] = claimed

    def expect_no_more(self, claimed: Claimed) -> None:
        """The segment of a claimed run does not come."""
        self._claimed.pop(claimed.key, None)

    async def segment(self, key: str) -> str:
        """Carry out one segment; ``key`` is ``<run>:<segment>.<try>``. Returns a word for the record."""
        run_id, _, rest = key.partition(":")
        number = rest.partition(".")[0]
        claimed = self._claimed.pop(key, None)
        if run_id in self._in_hand:
            return "in hand"
        task = asyncio.create_task(self._carry(run_id, int(number), claimed), name=key)
        self._in_hand[run_id] = task
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                task.cancel()
                raise
            return "dropped"
        finally:
            self._in_hand.pop(run_id, None)
            self.on_free()
        return "done"

    async def _carry(self, run_id: str, segment: int, claimed: Claimed | None) -> None:
        try:
            begun = claimed.begun if claimed else await self._desk.begin(run_id, segment, self._worker_id)
            work = None if begun is None else await self._desk.take_up(begun)
            if work is None:
                return
            began = self._equipment.clock.monotonic()
            with segment_span(self._equipment.tracing, work.run) as span:
                ending = await Performance(self._equipment, work).play()
                span.ends(ending)
            if ending is not None:
                _tell_end(work.run, ending, took_s=self._equipment.clock.monotonic() - began)
        except Fenced:
            _log.info("run.fenced", run_id=run_id)
        except Gone:
            _log.info("run.gone", run_id=run_id)
        except Unavailable:
            await self._give_back(run_id, "DATABASE_AWAY")
        except Exception as error:  # noqa: BLE001 - a run that cannot even be begun must not be lost without a word
            _log.error("run.defect", run_id=run_id, error=type(error).__name__, where=where_of(error))
            await self._give_back(run_id, type(error).__name__)

    async def _give_back(self, run_id: str, reason: str) -> None:
        """What was claimed and could not be begun goes back, as if its worker had died; that is bounded."""
        _log.warning("run.given_back", run_id=run_id, reason=reason)
        while True:
            await asyncio.sleep(_GIVE_BACK_S)
            try:
                await self._desk.give_back(run_id, self._worker_id)
            except Unavailable:
                continue
            return


def _tell_end(run: Run, ending: Ending, *, took_s: float) -> None:
    """One line for the operator, with the working time of all segments; where it went well, only for who asks for all.

    Never its message: that may speak of the task.
    """
    why = ending.failure or ending.escalation
    _log.log(
        logging.INFO if why else logging.DEBUG,
        "run.ended",
        run_id=run.id,
        agent=run.agent,
        state=ending.status.value,
        reason=why.reason if why else None,
        took_ms=run.worked_ms + round(took_s * 1000),
    )
