"""What a step is given, and what it may say while it works."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from futurone_server.eventlog import Draft, EventType
from futurone_server.features.runs import PlanStep, RunWork, Work
from futurone_server.kit.clock import Clock
from futurone_server.kit.ids import derived_id
from futurone_server.pipelines.outcomes import LimitExceededError
from futurone_server.pipelines.sources import Sources

Step = Callable[["StepContext"], Awaitable[object]]
"""Carries out one step; returns its result as JSON, which is sealed and never run again."""


class Counter:
    """Counts a run's tool calls against its limit."""

    def __init__(self, used: int, limit: int) -> None:
        self.used = used
        self._limit = limit

    def take(self) -> int:
        """One more. Raises LimitExceededError."""
        if self.used >= self._limit:
            raise LimitExceededError(f"The run may make {self._limit} tool calls and has made them.")
        self.used += 1
        return self.used


class StepContext:
    """One attempt at one step. Everything said here happens once per attempt, also when the attempt is repeated."""

    def __init__(
        self,
        work: Work,
        step: PlanStep,
        *,
        attempt: int,
        desk: RunWork,
        clock: Clock,
        calls: Counter,
        sources: Sources,
    ) -> None:
        self.work = work
        self.step = step
        self.attempt = attempt
        self.sources = sources
        self.desk = desk
        self._clock = clock
        self._calls = calls
        self._said = 0

    def _name(self, what: str) -> str:
        self._said += 1
        return f"{what}/{self.step.id}/{self.attempt}/{self._said}"

    def _post(self, kind: EventType, facts: Mapping[str, object], content: Mapping[str, object] | None) -> None:
        draft = Draft(type=kind, facts={"step": self.step.id, **facts}, content=content, name=self._name(kind.value))
        self.work.log.post(draft)

    def narrate(self, text: str) -> None:
        """Say what is being done, for a reader of the stream."""
        self._post(EventType.NARRATION, {}, {"text": text})

    def delta(self, text: str) -> None:
        """Stream a piece of text."""
        self._post(EventType.DELTA, {}, {"text": text})

    def finding(self, severity: str, title: str, detail: str, location: str | None = None) -> None:
        """Report something found: ``critical``, ``warning``, ``info`` or ``pass``."""
        content = {"title": title, "detail": detail, "location": location}
        self._post(EventType.FINDING, {"severity": severity}, content)

    async def call(self, tool: str, args: Mapping[str, object], use: Callable[[], Awaitable[object]]) -> object:
        """Use a tool, with its call, its result and its latency in the log. The use itself is counted and limited."""
        number = self._calls.take()
        call_id = f"{self.step.id}.{self.attempt}.{number}"
        self._post(EventType.TOOL_CALL, {"id": call_id, "tool": tool}, {"args": dict(args)})
        began = self._clock.monotonic()
        try:
            result = await use()
        except Exception:
            self._said_result(call_id, began, None, is_ok=False)
            raise
        self._said_result(call_id, began, result, is_ok=True)
        return result

    def _said_result(self, call_id: str, began: float, result: object, *, is_ok: bool) -> None:
        took_ms = round((self._clock.monotonic() - began) * 1000)
        self._post(EventType.TOOL_RESULT, {"call": call_id, "latency_ms": took_ms, "ok": is_ok}, {"result": result})

    async def result(self, step_id: str) -> object:
        """What an earlier step gave."""
        return await self.desk.result(self.work.log, f"step/{step_id}")

    async def answer(self) -> object:
        """What a person answered to this step, or None if it has not been asked yet."""
        return await self.desk.result_or_none(self.work.log, f"answer/{self.step.id}")

    async def artifact(
        self,
        kind: str,
        label: str,
        text: str,
        *,
        media_type: str = "text/markdown",
        html: str | None = None,
        citations: int = 0,
        engine: str = "deterministic",
    ) -> str:
        """Produce a deliverable: stored sealed, and delivered on the stream as not final yet. Returns its id."""
        artifact_id = derived_id("art_", self.work.run.id, self.step.id, kind)
        data = text.encode()
        head = {"label": label, "sha256": hashlib.sha256(data).hexdigest()}
        facts = {"id": artifact_id, "type": kind, "media_type": media_type, "final": False, "step": self.step.id}
        row = {
            "id": artifact_id,
            "position": self._calls.used * 1000 + self._said,
            "type": kind,
            "media_type": media_type,
            "bytes": len(data),
            "citations": citations,
            "engine": engine,
        }
        content = {"text": text, "html": html}
        name = f"artifact/{self.step.id}/{self.attempt}/{kind}"
        if not self.work.log.has(name):
            draft = Draft(type=EventType.ARTIFACT, facts=facts, content={"label": label, "content": text}, name=name)
            await self.work.log.append(draft, writes=self.desk.artifact(self.work, row, head, content))
        return artifact_id

    def section(self, artifact: str, number: int, label: str, text: str) -> None:
        """Deliver a section of a deliverable as it is produced."""
        facts = {"id": artifact, "type": "section", "media_type": "text/markdown", "final": False, "section": number}
        self._post(EventType.ARTIFACT, facts, {"label": label, "content": text})
