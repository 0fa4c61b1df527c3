"""One run in hand, from here to its end or its next wait: plan, steps, retries, limits, the question to a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from futurone_server.eventlog import Draft, EventType, Write
from futurone_server.features.runs import Ending, Failure, Plan, PlanError, PlanStep, Question, Status, StepState, Work
from futurone_server.kit import limits
from futurone_server.kit.clock import to_second
from futurone_server.kit.errors import Gone, Unavailable
from futurone_server.kit.ids import new_id
from futurone_server.kit.logs import where_of
from futurone_server.pipelines.deliver import deliver
from futurone_server.pipelines.doing import Doing
from futurone_server.pipelines.inhand import Counter, Equipment, InHand
from futurone_server.pipelines.outcomes import (
    AskedError,
    EscalatedError,
    LimitExceededError,
    ReplanError,
    StepFailedError,
    TransientError,
)
from futurone_server.pipelines.pauses import pause
from futurone_server.pipelines.planning.attempts import plan_in_attempts
from futurone_server.pipelines.planning.context import Trouble
from futurone_server.pipelines.planning.origin import make_another, make_plan
from futurone_server.pipelines.planning.waits import check_waits
from futurone_server.pipelines.scribe import has_improvised, last_attempt
from futurone_server.pipelines.spending import Spending
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.steps.registry import STEPS
from futurone_server.pipelines.traces import attempt_span

_log = structlog.get_logger("futurone.conduct")


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """When an attempt at a step began, by both clocks."""

    attempt: int
    times: int
    """How often the step has begun, this time included."""
    at: datetime
    monotonic: float


class Performance:
    """One run in hand, from here to its end or its next wait."""

    def __init__(self, equipment: Equipment, work: Work) -> None:
        run = work.run
        self._desk = equipment.desk
        self._clock = equipment.clock
        self._work = work
        self._began = equipment.clock.monotonic()
        self._calls = Counter(run.tool_calls, run.budget.max_tool_calls or limits.TOOL_CALLS_PER_RUN_MAX)
        self._hand = InHand(
            work=work,
            equipment=equipment,
            sources=equipment.sources(run),
            calls=self._calls,
            spending=Spending(run.spent, run.budget),
            doing=Doing(work, equipment.desk),
        )
        self._done = {step_id for step_id, state in work.steps.items() if state.state == "done"}
        self._question: Question | None = None
        self._failed_step: str | None = None

    async def play(self) -> Ending | None:
        """Plan if need be, carry out what is left, and end or wait; returns how it ended, None when it waits."""
        wall_s = (self._work.run.budget.max_wall_s or limits.WALL_S_MAX) - self._work.run.worked_ms / 1000
        wall = asyncio.timeout(max(wall_s, 0.001))
        try:
            async with wall:
                ending = await self._to_an_end()
        except TimeoutError:
            ending = _failed(LimitExceededError("The run has worked as long as it may (max_wall_s)."))
        if ending is not None:
            await self._desk.finish(self._work, ending, self._hand.spending.spent)
        return ending

    async def _to_an_end(self) -> Ending | None:
        """Returns how the run ends, or None when it waits for a person.

        Raises Gone when it was deleted, Unavailable when the database went away: neither is the run's failure.
        """
        try:
            plan = await self._carried_out(await self._opening())
            if self._question is not None:
                await self._park(self._question)
                return None
            return await deliver(self._work, plan, self._desk)
        except AskedError as asked:  # the planner's: a step's is settled where its step is
            await self._park(asked.question)
            return None
        except EscalatedError as error:
            return Ending(status=Status.ESCALATED, summary=error.escalation.message, escalation=error.escalation)
        except StepFailedError as error:
            return _failed(error, self._failed_step)
        except PlanError as error:
            return _failed(StepFailedError("PLAN_INVALID", str(error)))
        except (Gone, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - a defect ends its run with a reason, and is logged without content
            _log.error("run.defect", run_id=self._work.run.id, error=type(error).__name__, where=where_of(error))
            return _failed(StepFailedError("INTERNAL", "A defect of the server ended this run; it has been logged."))

    async def _opening(self) -> Plan:
        """Say that work goes on, if it stood still; and have a plan."""
        work, run = self._work, self._work.run
        if run.status is Status.STALLED:
            if run.recoveries > limits.RECOVERIES_MAX:
                raise StepFailedError(
                    "WORKER_CRASH_LOOP", "The run's worker died again and again while it had this run."
                )
            status = Status.RUNNING if work.plan else Status.PLANNING
            resumed = Draft(type=EventType.RESUMED, facts={"recoveries": run.recoveries})
            work.log.post(resumed, writes=self._desk.resumed(run, status))
        if work.plan is not None:
            return work.plan
        work.log.post(Draft(type=EventType.NARRATION, content={"text": "Planning."}, name="planning"))
        plan = await plan_in_attempts(self._hand, make_plan)
        await self._publish(plan)
        return plan

    async def _publish(self, plan: Plan) -> None:
        """Show the plan before any of its steps begins, and write down what there is to do."""
        check_waits(plan)
        facts = [{"id": step.id, "kind": step.kind, "depends_on": list(step.depends_on)} for step in plan.steps]
        labels = {step.id: step.label for step in plan.steps}
        draft = Draft(
            type=EventType.PLAN,
            facts={"steps": facts, "revision": plan.revision},
            content={"labels": labels, "goal": plan.goal},
            name=f"plan/{plan.revision}",
        )
        await self._work.log.append(draft, writes=self._desk.planned(self._work, plan))

    async def _carried_out(self, plan: Plan) -> Plan:
        """Carry out the plan; where its rest cannot go on as it is, another rest, around what is done."""
        while True:
            try:
                await self._perform(plan)
            except ReplanError as trouble:
                plan = await self._planned_anew(plan, trouble)
            else:
                return plan

    async def _planned_anew(self, plan: Plan, trouble: ReplanError) -> Plan:
        failed = next(step for step in plan.steps if step.id == self._failed_step)
        if plan.revision > limits.REPLANS_MAX:
            raise StepFailedError(trouble.reason, trouble.message) from trouble
        told = {"text": "The plan cannot go on as it is; what is left is planned anew."}
        number = plan.revision + 1
        self._work.log.post(Draft(type=EventType.NARRATION, content=told, name=f"planning/{number}"))
        done = [step for step in plan.steps if step.id in self._done]
        story = Trouble(failed=failed, done=done, cause=trouble)
        another = await plan_in_attempts(self._hand, lambda context: make_another(context, plan, story), number)
        await self._publish(another)
        self._failed_step = None
        return another

    async def _perform(self, plan: Plan) -> None:
        """Carry out every step that can be, the independent ones side by side."""
        done = self._done
        trouble: ReplanError | None = None
        waiting = [step for step in plan.in_order() if step.id not in done]
        running: dict[asyncio.Task[None], PlanStep] = {}
        try:
            while True:
                for step in [step for step in waiting if trouble is None and done.issuperset(step.depends_on)]:
                    waiting.remove(step)
                    running[asyncio.create_task(self._step(step), name=step.id)] = step
                if not running:
                    if trouble is not None:
                        raise trouble
                    return
                finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in finished:
                    step = running.pop(task)
                    try:
                        if self._settle(task, step):
                            done.add(step.id)
                    except ReplanError as error:
                        trouble = trouble or error
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _settle(self, task: "asyncio.Task[None]", step: PlanStep) -> bool:
        """Whether a finished step is done; False when it waits for a person. Raises what it raised."""
        try:
            task.result()
        except AskedError as asked:
            self._question = self._question or asked.question
            return False
        except Exception:
            self._failed_step = self._failed_step or step.id
            raise
        return True

    async def _step(self, step: PlanStep) -> None:
        """One step with its retries."""
        known = self._work.steps.get(step.id)
        begun = known.attempts if known else 0
        attempt = last_attempt(self._work.log, step.id, begun)
        is_again = has_improvised(self._work.log, step.id, attempt)
        if is_again:
            attempt += 1
        was_cut = known is not None and known.state == "running" and not self._work.log.has(f"ask/{step.id}")
        begun = max(1, begun + (is_again or was_cut))
        while True:
            try:
                with attempt_span(self._hand, step, attempt=attempt):
                    await self._attempt(step, attempt, begun)
            except TransientError as error:
                if attempt >= limits.STEP_ATTEMPTS_MAX:
                    raise StepFailedError(error.reason, error.message) from error
                await pause(self._hand, step.id, attempt, error.after_s)
                attempt, begun = attempt + 1, begun + 1
            else:
                return

    async def _attempt(self, step: PlanStep, attempt: int, times: int) -> None:
        work, run = self._work, self._work.run
        started = Draft(
            type=EventType.STEP_STARTED,
            facts={"step": step.id, "kind": step.kind, "attempt": attempt},
            name=f"step_started/{step.id}/{attempt}",
        )
        if work.log.has(f"delta/{step.id}/{attempt - 1}/1"):
            work.log.post(Draft(type=EventType.DELTA_RESET, facts={"step": step.id}, name=f"reset/{step.id}/{attempt}"))
        begun = _Begun(attempt=attempt, times=times, at=self._desk.now, monotonic=self._clock.monotonic())
        begins = self._desk.step_started(run, step.id, times, begun.at)
        work.log.post(started, writes=[begins, *self._hand.doing.ends(step.id)])
        context = StepContext(self._hand, step, attempt=attempt)
        try:
            result = await STEPS[step.kind](context)
        except StepFailedError as error:
            is_retried = isinstance(error, TransientError) and attempt < limits.STEP_ATTEMPTS_MAX
            is_retried |= isinstance(error, ReplanError)
            outcome = "retry_step" if is_retried else "fail_run"
            await self._say_done(context, begun, outcome=outcome, state="failed")
            raise
        except EscalatedError:
            await self._say_done(context, begun, outcome="fail_run", state="failed")
            raise
        stored = self._desk.content(work.log, f"step/{step.id}", result)
        await self._say_done(context, begun, outcome="succeeded", state="done", writes=(stored,))

    async def _say_done(
        self, context: StepContext, begun: "_Begun", *, outcome: str, state: str, writes: Sequence[Write] = ()
    ) -> None:
        step = context.step
        took_ms = round((self._clock.monotonic() - begun.monotonic) * 1000)
        facts = {"step": step.id, "took_ms": took_ms, "outcome": outcome, "attempt": begun.attempt}
        draft = Draft(type=EventType.STEP_DONE, facts=facts, name=f"step_done/{step.id}/{begun.attempt}")
        run = self._work.run
        told = StepState(
            id=step.id,
            kind=step.kind,
            position=0,
            state=state,
            attempts=begun.times,
            depends_on=step.depends_on,
            started_at=begun.at,
            took_ms=took_ms,
            models=tuple(context.models),
            substitutions=tuple(context.substitutions),
        )
        rows = [*writes, self._desk.step_done(run, told)]
        if self._calls.used != run.tool_calls:
            rows.append(self._desk.tool_calls(run, self._calls.used))
        await self._work.log.append(draft, writes=rows)

    async def _park(self, question: Question) -> None:
        """Wait for a person: the segment ends here, no worker holds the run any longer."""
        input_id, worked_s = new_id("inp_", self._desk.now), self._clock.monotonic() - self._began
        asked = self._desk.parked(self._work, question, input_id=input_id, worked_ms=round(worked_s * 1000))
        facts = {
            "input_id": input_id,
            "kind": question.kind.value,
            "step": question.step_id.partition("!")[0],
            "expires_at": to_second(asked.expires_at),
            "digest": asked.digest,
        }
        draft = Draft(type=EventType.AWAITING_INPUT, facts=facts, content=asked.shown, name=f"ask/{question.step_id}")
        await self._work.log.append(draft, writes=asked.writes)


def _failed(error: StepFailedError, step_id: str | None = None) -> Ending:
    failure = Failure(reason=error.reason, message=error.message, step=step_id)
    return Ending(status=Status.FAILED, summary=error.message, failure=failure)
