"""The use cases of decisions: accept, revise or reject what is held; say of what was completed whether it was right."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from futurone_server.eventlog import Content, record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.reviews import rules, store
from futurone_server.features.reviews.labels.rules import judged
from futurone_server.features.reviews.labels.service import CalibrationService
from futurone_server.features.reviews.labels.types import Source
from futurone_server.features.reviews.service import ReviewService
from futurone_server.features.reviews.types import (
    ENDED_AS,
    Decision,
    Disposition,
    Judgement,
    Review,
    Ruling,
    Shown,
)
from futurone_server.features.runs import DeliverableService, ErasureService, House, Run, RunService, Status
from futurone_server.features.runs import rules as run_rules
from futurone_server.kit.errors import Conflict
from futurone_server.store.database import Tx, of_workspace
from futurone_server.store.messages import Statement
from futurone_server.store.refusals import ParentMissingError

REVISED = "review"
"""The origin of a run that a reviewer has asked for."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """The run that a revision starts, and what stores it."""

    run_id: str
    statements: Sequence[Statement] = field(repr=False)


class DecisionService:
    """Decisions of people. They never change the state of the run that they are about."""

    def __init__(
        self,
        house: House,
        runs: RunService,
        *,
        reviews: ReviewService,
        deliverables: DeliverableService,
        erasure: ErasureService,
        calibration: CalibrationService,
    ) -> None:
        self._house = house
        self._runs = runs
        self._reviews = reviews
        self._deliverables = deliverables
        self._erasure = erasure
        self._calibration = calibration

    async def decide(self, caller: Principal, review_id: str, ruling: Ruling, *, request_id: str) -> Shown:
        """Decide over what is held: one commit with all that follows. The same decision again changes nothing.

        accept releases the deliverable, or with ``edited`` that instead; revise places a run of the same order that is
        told the note, for which the caller needs ``runs:create`` too; reject records. Raises Invalid, Conflict
        (DECISION_STALE: something else was shown; REVIEW_DECIDED: another decision was first), Gone once the content is
        erased.
        """
        caller.require(Capability.REVIEWS_DECIDE)
        digest = self._reviews.digest([review_id, ruling.decision.value, ruling.note, ruling.edited])
        try:
            return await self._decided(caller, review_id, ruling, digest, request_id=request_id)
        except ParentMissingError:
            self._runs.next_hour()
            return await self._decided(caller, review_id, ruling, digest, request_id=request_id)

    async def _decided(
        self, caller: Principal, review_id: str, ruling: Ruling, digest: bytes, *, request_id: str
    ) -> Shown:
        child = None
        if ruling.decision is Decision.REVISE:
            child = await self._drafted(caller, review_id, ruling, request_id=request_id)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            review = await self._reviews.find(tx, caller, review_id, to_change=True)
            if review.decided_by is not None:
                if review.decision_digest != digest:
                    raise rules.decided(review)
                return await self._reviews.shown(tx, review)
            rules.check_open(review)
            shown = await self._reviews.shown(tx, review)
            if ruling.content_hash != shown.content_hash:
                raise Conflict(
                    "This decision is about something else than what the review shows. Look at it again, and decide"
                    " with its content_hash.",
                    "DECISION_STALE",
                    details={"content_hash": shown.content_hash},
                )
            rules.check_ruling(ruling, has_deliverable=bool(shown.deliverables))
            await self._carry_out(tx, caller, review, ruling, digest=digest, child=child)
            return await self._reviews.shown(tx, await self._reviews.find(tx, caller, review_id))

    async def _drafted(self, caller: Principal, review_id: str, ruling: Ruling, *, request_id: str) -> Child | None:
        """The run that a revision would be; None where the review is over, which is told better later."""
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            review = await self._reviews.find(tx, caller, review_id)
        caller.require(Capability.RUNS_CREATE)
        if review.decided_by is not None or review.run.is_erased:
            return None
        order = await self._runs.order_again(caller, review.run.id)
        brief = {**run_rules.as_mapping(order.brief.value), "revision": {"of": review.run.id, "note": ruling.note}}
        order = replace(order, brief=Content(brief), origin=REVISED)
        run = await self._runs.draft(caller, order, request_id=request_id)
        return Child(run_id=run.id, statements=await self._runs.placing(caller, run, order))

    async def _carry_out(
        self,
        tx: Tx,
        caller: Principal,
        review: Review,
        ruling: Ruling,
        *,
        digest: bytes,
        child: Child | None,
    ) -> None:
        """Everything that follows from a decision, in its transaction."""
        now, run = self._house.clock.now(), review.run
        engine = await self._deliverables.engine_of(tx, run)
        artifact_id = None
        if ruling.decision is Decision.ACCEPT:
            artifact_id = await self._deliverables.release(tx, run, ruling.edited)
        if child is not None:
            await self._runs.place(tx, child.statements)
        await self._reviews.keep_note(tx, review, ruling.note)
        await store.change(
            tx,
            review.id,
            status=ENDED_AS[ruling.decision].value,
            decided_at=now,
            decided_by=caller.actor.id,
            decision_digest=digest,
            child_run_id=None if child is None else child.run_id,
            artifact_id=artifact_id,
        )
        # What had to be edited was not right as it was: the label is about what the run made.
        is_right = ruling.decision is Decision.ACCEPT and ruling.edited is None
        await self._learn(tx, run, right=is_right, engine=engine, source=Source.REVIEW, at=now)
        await self._erasure.was_reviewed(tx, run)
        told: dict[str, object] = {
            "decision": ruling.decision.value,
            "run_id": run.id,
            "edited": ruling.edited is not None,
        }
        told |= {"content_hash": ruling.content_hash, "child_run_id": None if child is None else child.run_id}
        await record(tx, run.workspace_id, caller.act("review.decided", review.id, **told), at=now)

    async def _learn(self, tx: Tx, run: Run, *, right: bool, engine: str | None, source: Source, at: datetime) -> None:
        work = judged(run, right=right, engine=engine, source=source, at=at)
        if work is not None:
            await self._calibration.learn(tx, run.workspace_id, work)

    async def dispose(self, caller: Principal, run_id: str, judgement: Judgement, note: str | None) -> Disposition:
        """Say of a completed run's deliverable whether it was right. Once; the same again changes nothing.

        Raises Conflict for a run that has not completed or of which something else was said; Gone for a note when the
        content, with which it would be sealed, is erased.
        """
        caller.require(Capability.REVIEWS_DECIDE)
        now = self._house.clock.now()
        said = Disposition(run_id=run_id, judgement=judgement, decided_by=caller.actor.id, decided_at=now)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            if run.status is not Status.COMPLETED:
                raise Conflict(
                    f"The run is {run.status}; what can be judged here is what completed runs delivered.",
                    "RUN_NOT_COMPLETED",
                    details={"status": run.status.value},
                )
            earlier = await store.disposition(tx, run_id)
            if earlier is None and not await store.dispose(tx, run.workspace_id, said):
                earlier = await store.disposition(tx, run_id)
            if earlier is not None:
                return _same(earlier, judgement)
            await self._keep(tx, run, note)
            engine = await self._deliverables.engine_of(tx, run)
            is_right = judgement is Judgement.ACCEPTED
            await self._learn(tx, run, right=is_right, engine=engine, source=Source.DISPOSITION, at=now)
            line = caller.act("run.disposed", run_id, disposition=judgement.value)
            await record(tx, run.workspace_id, line, at=now)
        return said

    async def _keep(self, tx: Tx, run: Run, note: str | None) -> None:
        if note is not None:
            contents = self._house.log.contents
            seal = await contents.seal_held(tx, run.workspace_id, run.id)
            await contents.put(tx, seal, "disposition/note", note)


def _same(earlier: Disposition, judgement: Judgement) -> Disposition:
    if earlier.judgement is not judgement:
        raise Conflict(
            f"Something else was said of this run before: {earlier.judgement}.",
            "REVIEW_DECIDED",
            details={"disposition": earlier.judgement.value, "decided_by": earlier.decided_by},
        )
    return earlier
