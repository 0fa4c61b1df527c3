"""The scribe: what a planner or a step says and asks while it works, each with its line in the run's log."""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from futurone_server.eventlog import Draft, EventType, RunLog, Write
from futurone_server.features.runs import Run
from futurone_server.kit.ids import new_id
from futurone_server.models.port import Answer, Ask, Call, Estimate, ModelError, Routing
from futurone_server.pipelines.allowing import allow
from futurone_server.pipelines.doing import DoingKind
from futurone_server.pipelines.effects import use_with_approval
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.metering import Ticket, off_the_meter, on_the_meter
from futurone_server.pipelines.outcomes import StepFailedError, TransientError
from futurone_server.pipelines.revising import told_of
from futurone_server.pipelines.sources import Sources
from futurone_server.pipelines.underway import UnderWay
from futurone_server.tools.port import Tool, ToolFailedError

_DELTA_CHARS = 1024
_DELTA_S = 0.05


def last_attempt(log: RunLog, step_id: str, begun: int) -> int:
    """The number under which a step that began so often spoke last; one that a worker's death left silent has none."""
    return next((at for at in range(begun, 1, -1) if log.has(f"step_started/{step_id}/{at}")), 1)


def has_improvised(log: RunLog, actor: str, attempt: int) -> bool:
    """Whether a lost attempt had begun what will not come out the same again, so that its events must stand alone.

    What a model says differs each time; anything else a repeated attempt says is known by its name and said once.
    """
    return any(
        log.has(f"{kind.value}/{actor}/{attempt}/1")
        for kind in (EventType.DELTA, EventType.MODEL_CALL, EventType.SUBSTITUTION)
    )


class Scribe:
    """One attempt at a step (or at planning). What is said here happens once per attempt, also when it is repeated."""

    def __init__(self, hand: InHand, actor: str, attempt: int) -> None:
        self.hand = hand
        self.actor = actor
        self.attempt = attempt
        self.models: list[str] = []
        self.substitutions: list[dict[str, str]] = []
        self.under_way = UnderWay(hand, actor)
        self._said: Tally[str] = Tally()
        self._looking_back = asyncio.Lock()
        self._has_looked_back = False

    @property
    def run(self) -> Run:
        """The run's row as it was taken in hand."""
        return self.hand.work.run

    @property
    def sources(self) -> Sources:
        """The run's documents."""
        return self.hand.sources

    def post(
        self,
        kind: EventType,
        facts: Mapping[str, object],
        content: Mapping[str, object] | None = None,
        *,
        writes: Sequence[Write] = (),
    ) -> None:
        """Put an event of this attempt into the log, in its turn, and in the same commit what else it changes."""
        self._said[kind] += 1
        name = f"{kind.value}/{self.actor}/{self.attempt}/{self._said[kind]}"
        draft = Draft(type=kind, facts={"step": self.actor, **facts}, content=content, name=name)
        self.hand.work.log.post(draft, writes=writes)

    def narrate(self, text: str) -> None:
        """Say what is being done, for a reader of the stream."""
        self.post(EventType.NARRATION, {}, {"text": text})

    def delta(self, text: str) -> None:
        """Stream a piece of text."""
        self.post(EventType.DELTA, {}, {"text": text})

    def finding(self, severity: str, title: str, detail: str, location: str | None = None) -> None:
        """Report something found: ``critical``, ``warning``, ``info`` or ``pass``."""
        content = {"title": title, "detail": detail, "location": location}
        self.post(EventType.FINDING, {"severity": severity}, content)

    async def call(self, tool: str, args: Mapping[str, object], use: Callable[[], Awaitable[object]]) -> object:
        """Use a tool, with its call, its result or why there is none, its latency. Counted and limited."""
        number = self.hand.calls.take()
        call_id = f"{self.actor}.{self.attempt}.{number}"
        begins = self.hand.doing.begins(self.actor, DoingKind.TOOL, attempt=self.attempt, tool=tool)
        self.post(EventType.TOOL_CALL, {"id": call_id, "tool": tool}, {"args": dict(args)}, writes=begins)
        clock = self.hand.equipment.clock
        began = clock.monotonic()
        result: object = _BROKEN_OFF
        is_ok = False
        try:
            result = await use()
            is_ok = True
        except Exception as error:
            result = _told(error)
            raise
        finally:
            took_ms = round((clock.monotonic() - began) * 1000)
            facts = {"call": call_id, "latency_ms": took_ms, "ok": is_ok}
            self.post(EventType.TOOL_RESULT, facts, {"result": result}, writes=self.hand.doing.ends(self.actor))
        return result

    def has_model(self, routing: Routing) -> bool:
        """Whether there is a model for a class of work that the workspace lets its runs ask."""
        models, only = self.hand.equipment.models, self._may_ask
        if only is None:
            return models.has(routing)
        return any(one.name in only and routing in one.routings for one in models.offered())

    @property
    def _may_ask(self) -> frozenset[str] | None:
        named = self.hand.work.brief.get("models")
        return frozenset(map(str, named)) if isinstance(named, list) else None

    async def ask(self, ask: Ask, *, is_shown: bool = False) -> Answer:
        """Ask a model; ``is_shown`` streams its text to the run's readers as it comes.

        Raises StepFailedError (TransientError where another attempt may help) when no model of the class gave a usable
        answer, and LimitExceededError when the run's budget does not reach.
        """
        await self._settle_lost()
        listener = _Listening(self, ask.routing, is_shown=is_shown)
        try:
            told = replace(told_of(ask, self.hand.work.brief), only=self._may_ask)
            answer = await self.hand.equipment.models.ask(told, listener)
            self.models.append(answer.model)
            return answer
        except ModelError as error:
            listener.reset()
            kind = TransientError if error.is_transient else StepFailedError
            failed = kind(error.reason_code, error.message)
            if isinstance(failed, TransientError):
                failed.after_s = error.after_s
            raise failed from error
        finally:
            listener.close()

    def post_call(self, call: Call, ticket: Ticket, settled: Sequence[Write]) -> None:
        """Put a call of a model into the log, onto the meter, and what the run has spent into its row."""
        hand = self.hand
        price = call.price and {
            "input_usd": str(call.price.input_usd),
            "output_usd": str(call.price.output_usd),
            "source": call.price.source,
        }
        facts = {
            "model": call.model,
            "routing": call.routing.value,
            "outcome": call.outcome,
            "input_tokens": call.usage.input_tokens,
            "output_tokens": call.usage.output_tokens,
            "is_estimated": call.usage.is_estimated,
            "cost_usd": None if call.cost_usd is None else str(call.cost_usd),
            "price": price,
            "latency_ms": call.latency_ms,
        }
        spent = hand.equipment.desk.spent(hand.work.run, hand.spending.so_far)
        metered = off_the_meter(hand.work.run, ticket, call)
        self.post(EventType.MODEL_CALL, facts, writes=[*settled, spent, *metered, *hand.doing.ends(self.actor)])

    async def _settle_lost(self) -> None:
        """Pay for what was under way when a worker died with this run, before anything else is asked."""
        async with self._looking_back:
            if self._has_looked_back:
                return
            async for call, ticket, settled in self.under_way.lost():
                self.hand.spending.settle_lost(call)
                self.post_call(call, ticket, [settled])
            self._has_looked_back = True


_BROKEN_OFF = {"error": "BROKEN_OFF", "message": "The call was broken off with its step."}


def _told(error: Exception) -> dict[str, str]:
    """Why a tool's use failed: a stable word, and a sentence that repeats nothing from outside."""
    if isinstance(error, ToolFailedError):
        return {"error": error.reason_code, "message": error.message}
    if isinstance(error, StepFailedError):
        return {"error": error.reason, "message": error.message}
    if isinstance(error, TimeoutError):
        return {"error": "TIMEOUT", "message": "The tool took longer than it may."}
    return {"error": "INTERNAL", "message": "A defect of the server; it is logged."}


class _Listening:
    """Listens to one answer: streams it, pays for it, and uses tools for the model."""

    def __init__(self, scribe: Scribe, routing: Routing, *, is_shown: bool) -> None:
        self._scribe = scribe
        self._routing = routing
        self._is_shown = is_shown
        self._reserved: object = None
        self._ticket: Ticket | None = None
        self._place: int | None = None
        self._waiting: list[str] = []
        self._has_shown = False
        self._timer: asyncio.TimerHandle | None = None

    async def reserve(self, estimate: Estimate) -> None:
        """Returns when it is durable: a call that is made is in the bill, whoever lives to hear its answer."""
        scribe, hand = self._scribe, self._scribe.hand
        now = hand.equipment.desk.now
        self._ticket = Ticket(id=new_id("call_", now), at=now)
        self._reserved = hand.spending.reserve(estimate)
        try:
            await allow(hand, scribe.actor, self._ticket, estimate)
        except BaseException:
            hand.spending.release(self._reserved)
            raise
        begins = hand.doing.begins(
            scribe.actor,
            DoingKind.MODEL,
            attempt=scribe.attempt,
            routing=self._routing.value,
            model=estimate.model,
        )
        if estimate.call is None:
            hand.work.log.post(writes=begins)
            return
        self._place, begun = scribe.under_way.begin(estimate.call, self._ticket)
        metered = on_the_meter(hand.work.run, self._ticket, estimate.call)
        spent = hand.equipment.desk.spent(hand.work.run, hand.spending.so_far)
        await hand.work.log.append(writes=[begun, spent, metered, *begins])

    async def settle(self, call: Call) -> None:
        assert self._ticket is not None, "what was not reserved is not settled"
        self._scribe.hand.spending.settle(self._reserved, call)
        settled = [] if self._place is None else [self._scribe.under_way.end(self._place)]
        self._place = None
        self._scribe.post_call(call, self._ticket, settled)

    def delta(self, text: str) -> None:
        if not self._is_shown or not text:
            return
        self._waiting.append(text)
        if sum(map(len, self._waiting)) >= _DELTA_CHARS:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELTA_S, self._flush)

    def reset(self) -> None:
        self._waiting.clear()
        self._flush()
        if self._has_shown:
            self._scribe.post(EventType.DELTA_RESET, {})
            self._has_shown = False

    def substituted(self, model: str, other: str, reason: str) -> None:
        told = {"from": model, "to": other, "reason": reason}
        self._scribe.substitutions.append(told)
        self._scribe.post(EventType.SUBSTITUTION, told)

    async def use(self, tool: Tool, args: Mapping[str, object]) -> object:
        """Results and refusals go back to the model as data; a failing tool is not the end of the step."""

        async def within() -> object:
            return await asyncio.wait_for(tool.use(args), tool.timeout_s)

        scribe = self._scribe

        async def logged() -> object:
            return await scribe.call(tool.name, args, within)

        try:
            if tool.has_effects or tool.reaches_out:
                return await use_with_approval(scribe.hand, scribe.actor, tool, args, logged)
            return await logged()
        except (ToolFailedError, TimeoutError) as error:
            return _told(error)

    def close(self) -> None:
        """Show what is still waiting, and wake no more."""
        with suppress(RuntimeError):
            self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._scribe.delta("".join(self._waiting))
            self._has_shown = True
            self._waiting.clear()
