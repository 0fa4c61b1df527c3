"""What a step is given beside its voice: its place in the plan, earlier results, and a place for deliverables."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable

from futurone_server import VERSION
from futurone_server.eventlog import Draft, EventType
from futurone_server.features.runs import Origin, PlanStep, refs
from futurone_server.kit.ids import derived_id
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.scribe import Scribe

Step = Callable[["StepContext"], Awaitable[object]]
"""Carries out one step; returns its result as JSON, which is sealed and never run again."""


class StepContext(Scribe):
    """One attempt at one step. Everything said here happens once per attempt, also when the attempt is repeated."""

    def __init__(self, hand: InHand, step: PlanStep, *, attempt: int) -> None:
        super().__init__(hand, step.id, attempt)
        self.step = step

    async def result(self, step_id: str) -> object:
        """What an earlier step gave."""
        return await self.content(f"step/{step_id}")

    async def content(self, name: str) -> object:
        """Content of the run by name: ``step/<id>``, ``artifact/<id>``. Raises NotFound."""
        return await self.hand.equipment.desk.result(self.hand.work.log, name)

    async def answer(self) -> object:
        """What a person answered to this step, or None if it has not been asked yet."""
        return await self.hand.equipment.desk.result_or_none(self.hand.work.log, f"answer/{self.step.id}")

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
        sources: Iterable[Origin] = (),
        models: Iterable[str] = (),
    ) -> str:
        """Produce a deliverable: stored sealed, and delivered on the stream as not final yet. Returns its id.

        ``sources``: what it was made from; those that could not be read are left out. ``models``: which wrote in it
        in earlier steps; those that this step asked are added.
        """
        work = self.hand.work
        artifact_id = derived_id("art_", work.run.id, self.step.id, kind)
        data = text.encode()
        made_from = [dict(vars(source)) for source in refs(sources)]
        head = {"label": label, "sha256": hashlib.sha256(data).hexdigest(), "sources": made_from}
        facts = {"id": artifact_id, "type": kind, "media_type": media_type, "final": False, "step": self.step.id}
        row = {
            "id": artifact_id,
            "position": self.hand.calls.used * 1000 + self._said.total(),
            "type": kind,
            "media_type": media_type,
            "bytes": len(data),
            "citations": citations,
            "engine": engine,
            "models": list(dict.fromkeys([*models, *self.models])),
            "step": self.step.id,
            "version": VERSION,
        }
        content = {"text": text, "html": html}
        name = f"artifact/{self.step.id}/{self.attempt}/{kind}"
        if not work.log.has(name):
            draft = Draft(type=EventType.ARTIFACT, facts=facts, content={"label": label, "content": text}, name=name)
            await work.log.append(draft, writes=self.hand.equipment.desk.artifact(work, row, head, content))
        return artifact_id

    def section(self, artifact: str, number: int, label: str, text: str) -> None:
        """Deliver a section of a deliverable as it is produced."""
        facts = {"id": artifact, "type": "section", "media_type": "text/markdown", "final": False, "section": number}
        self.post(EventType.ARTIFACT, facts, {"label": label, "content": text})
