"""The use cases of waits: a person answers, or nobody does in time."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from futurone_server.eventlog import SYSTEM_ACTOR, Actor, Draft, EventType, KeyMissing
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import rules, store
from futurone_server.features.runs.house import House
from futurone_server.features.runs.service import RunService
from futurone_server.features.runs.types import Action, Ending, Escalation, Failure, InputKind, Run, Status, Wait
from futurone_server.kit import crypto, json
from futurone_server.kit.errors import Conflict, Gone, NotFound
from futurone_server.store import due, idempotency
from futurone_server.store.database import SYSTEM, Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.news import tell


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A run as it is after an answer, and whether the same request answered before."""

    run: Run
    replayed: bool = False


class SignalService:
    """Answers to waits. The first valid answer wins; the same one again is fine; another one is a conflict."""

    def __init__(self, house: House, runs: RunService) -> None:
        self._house = house
        self._runs = runs
        self._digests = house.seals.purpose_key("answers")

    async def answer(
        self,
        caller: Principal,
        run_id: str,
        action: Action,
        *,
        payload: object,
        input_id: str | None,
        once: Once | None = None,
    ) -> Answered:
        """Answer what a run waits for. Returns the run as it then is; a repetition answers nothing that came since.

        Raises Conflict (RUN_NOT_WAITING, INPUT_EXPIRED, IDEMPOTENCY_KEY_REUSED, or another answer came first) and
        Invalid (the answer does not fit; the wait stays).
        """
        caller.require(Capability.RUNS_SIGNAL)
        digest = crypto.authenticate(self._digests, json.canonical([run_id, action.value, payload]))
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            if await self._is_repeated(tx, run, once):
                return Answered(run=await self._runs.find(tx, caller, run_id), replayed=True)
            if run.is_terminal and input_id is None:
                await self._check_same(tx, run, None, digest)
                return Answered(run=run)
            # Locking the log's head first makes answers, cancellation and expiry queue up behind one another.
            await self._lock(tx, run, input_id, digest)
            run = await self._runs.find(tx, caller, run_id)
            wait = await self._open_wait(tx, run, input_id)
            if wait is None:
                await self._check_same(tx, run, input_id, digest)
                return Answered(run=run)
            await self._take(tx, caller, run, wait, action=action, payload=payload, digest=digest)
            return Answered(run=await self._runs.find(tx, caller, run_id))

    async def _is_repeated(self, tx: Tx, run: Run, once: Once | None) -> bool:
        """Whether the same request was answered before; if not it is noted, unless this transaction fails."""
        within = {"workspace_id": run.workspace_id, "project_id": run.project_id}
        return await idempotency.claim(tx, once, **within, resource_id=run.id, at=self._house.clock.now()) is not None

    async def _lock(self, tx: Tx, run: Run, input_id: str | None, digest: bytes) -> None:
        try:
            await self._house.log.add(tx, run.workspace_id, run.id)
        except Conflict:
            await self._check_same(tx, run, input_id, digest)

    async def _open_wait(self, tx: Tx, run: Run, input_id: str | None) -> Wait | None:
        wanted = input_id or run.input_id
        wait = None if wanted is None else await store.wait(tx, run.id, wanted)
        if input_id is not None and wait is None:
            raise NotFound("input_id: the run has no such input.")
        return wait if wait is not None and wait.state == "open" and run.status is Status.AWAITING_INPUT else None

    async def _check_same(self, tx: Tx, run: Run, input_id: str | None, digest: bytes) -> None:
        """Nothing is open: fine if this very answer was taken before, else a conflict that says why."""
        if input_id is None:
            last = await store.last_answered(tx, run.id)
            known, state = (last[1] if last else None), "answered"
        else:
            wait = await store.wait(tx, run.id, input_id)
            known, state = await store.answer_digest(tx, run.id, input_id), wait.state if wait else "closed"
        if known is not None and crypto.same(known, digest):
            return
        if state == "expired":
            raise Conflict("The time to answer is over.", "INPUT_EXPIRED")
        if run.is_terminal:
            raise rules.already_ended(run)
        if input_id is not None:
            raise _over(run)
        raise Conflict(
            f"The run is {run.status} and waits for no answer; another answer may have come first.", "RUN_NOT_WAITING"
        )

    async def _take(
        self, tx: Tx, caller: Principal, run: Run, wait: Wait, *, action: Action, payload: object, digest: bytes
    ) -> None:
        shown = await self.shown(tx, run, wait.id)
        fields = shown.get("fields")
        rules.check_answer(wait.kind, action, payload, fields if isinstance(fields, list) else [])
        now = self._house.clock.now()
        if wait.expires_at <= now:
            raise Conflict("The time to answer is over.", "INPUT_EXPIRED")
        await store.close_wait(tx, wait.id, state="answered", action=action, digest=digest, at=now, by=caller.key_id)
        await self._received(tx, run, wait, action.value, caller.actor)
        seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run.id)
        answer = {"action": action.value, "payload": payload, "digest": wait.digest, "binding": shown.get("binding")}
        await self._house.log.contents.put(tx, seal, f"answer/{wait.step_id}", answer)
        if action is Action.REJECT:
            message = "The request was rejected by a person."
            failure = Failure(reason="INPUT_REJECTED", message=message, step=wait.planned_step)
            await self._runs.end(tx, run, Ending(status=Status.FAILED, summary=message, failure=failure), caller.actor)
            return
        await self._go_on(tx, run)

    async def shown(self, tx: Tx, run: Run, input_id: str) -> Mapping[str, object]:
        """What a wait shows to the person: ``{"prompt", "fields"}``. Raises Gone once erased."""
        seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run.id)
        return rules.as_mapping(await self._house.log.contents.get(tx, seal, f"input/{input_id}"))

    async def open_wait(self, caller: Principal, run: Run) -> Wait | None:
        """What a run waits for at the moment, with what is shown."""
        caller.require(Capability.RUNS_READ)
        if run.input_id is None or run.is_erased:
            return None
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            wait = await store.wait(tx, run.id, run.input_id)
            if wait is None:
                return None
            try:
                return Wait(**{**vars(wait), "shown": await self.shown(tx, run, wait.id)})
            except (Gone, KeyMissing):  # erased since the run was read: it waits for nothing any more
                return None

    async def go_on(self, input_id: str) -> bool:
        """What a run waited for has come about without a person: it goes on as if it had been approved.

        The audit trail names the server as the one who did. False when the run waits for it no more.
        """
        async with self._house.db.transaction(SYSTEM) as tx:
            found = await self._still_open(tx, input_id)
            if found is None:
                return False
            run, wait = found
            now = self._house.clock.now()
            await store.close_wait(
                tx, wait.id, state="answered", action=Action.APPROVE, digest=None, at=now, by=SYSTEM_ACTOR.id
            )
            await self._received(tx, run, wait, Action.APPROVE.value, SYSTEM_ACTOR)
            await self._go_on(tx, run)
            return True

    async def _still_open(self, tx: Tx, input_id: str) -> tuple[Run, Wait] | None:
        """A run and what it waits for, with everybody else who would end that wait kept out; None once it is over."""
        wait = await store.any_wait(tx, input_id)
        run = None if wait is None else await store.get(tx, wait.run_id)
        if run is None:
            return None
        with contextlib.suppress(Conflict):
            await self._house.log.add(tx, run.workspace_id, run.id)
        run, wait = await store.get(tx, run.id), await store.any_wait(tx, input_id)
        if run is None or wait is None or wait.state != "open" or run.status is not Status.AWAITING_INPUT:
            return None
        return run, wait

    async def _received(self, tx: Tx, run: Run, wait: Wait, action: str, actor: Actor) -> None:
        await due.remove(tx, "input", [wait.id])
        facts = {"input_id": wait.id, "action": action, "digest": wait.digest}
        received = Draft(type=EventType.INPUT_RECEIVED, facts=facts, name=f"input/{wait.id}")
        await self._house.log.add(tx, run.workspace_id, run.id, received, actor=actor)

    async def _go_on(self, tx: Tx, run: Run) -> None:
        now = self._house.clock.now()
        changes = {"status": Status.RUNNING.value, "input_id": None, "segment": run.segment + 1}
        await store.change(tx, run.id, **changes, ready_at=now, since=now)
        await tell(tx, "queue")

    async def expire(self, input_id: str) -> None:
        """Nobody answered in time: the run fails, escalates or goes on with a default, as its step said.

        Does nothing when it was answered. There is no default for an approval: nobody has approved.
        """
        async with self._house.db.transaction(SYSTEM) as tx:
            found = await self._still_open(tx, input_id)
            if found is None:
                return
            run, wait = found
            shown = await self.shown(tx, run, input_id)
            policy = str(shown.get("on_timeout", "fail"))
            if policy == "default" and wait.kind is not InputKind.APPROVAL:
                await self._default(tx, run, wait, shown.get("default"))
            else:
                await self._runs.end(tx, run, _expired(wait, policy))
            await store.mark_expired(tx, input_id, self._house.clock.now())

    async def _default(self, tx: Tx, run: Run, wait: Wait, payload: object) -> None:
        seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run.id)
        answer = {"action": Action.SUBMIT_INPUT.value, "payload": payload, "is_default": True}
        await self._house.log.contents.put(tx, seal, f"answer/{wait.step_id}", answer)
        await self._received(tx, run, wait, "default", SYSTEM_ACTOR)
        await self._go_on(tx, run)


def _over(run: Run) -> Conflict:
    """The refusal of an answer to a wait that another answer has ended."""
    now = f"it now waits for {run.input_id}" if run.input_id else f"it is {run.status} and waits for no answer"
    return Conflict(
        f"input_id: that wait is over, another answer has been taken. The run has gone on; {now}.",
        "RUN_NOT_WAITING",
        details={"field": "input_id", "status": run.status.value, "awaiting": run.input_id},
    )


def _expired(wait: Wait, policy: str) -> Ending:
    message = "Nobody answered in time."
    if policy == "escalate":
        needs = (f"Answer the {wait.kind} of step {wait.planned_step} and run again.",)
        escalation = Escalation(reason="STEP_UNRESOLVED", message=message, checks=(wait.planned_step,), needs=needs)
        return Ending(status=Status.ESCALATED, summary=message, escalation=escalation)
    failure = Failure(reason="INPUT_EXPIRED", message=message, step=wait.planned_step)
    return Ending(status=Status.FAILED, summary=message, failure=failure)
