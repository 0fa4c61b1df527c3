"""The use cases of what a run produced: its plan, its artifacts, the account of its verification."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from futurone_server import VERSION
from futurone_server.eventlog import KeyMissing, RunSeal
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import rules, store
from futurone_server.features.runs.house import House
from futurone_server.features.runs.provenance import Provenance, RubricRef, sources_of
from futurone_server.features.runs.service import RunService
from futurone_server.features.runs.types import Artifact, Run, Status, StepState
from futurone_server.kit.errors import Conflict, Gone, NotFound
from futurone_server.kit.ids import derived_id
from futurone_server.store.database import Tx, of_workspace

BY_HAND = "human"
"""The engine of what a reviewer has written. No rubric has verified it."""

_MARKDOWN = "text/markdown"
_AFTER_ALL = 2**31 - 1
"""The position of what is made when everything else is there."""

DOING = "doing"
"""The name under which a worker keeps what the steps of a run in its hands wait for."""


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """The plan as content (None once erased, or not made yet) and the steps as facts."""

    content: Mapping[str, object] | None
    steps: tuple[StepState, ...]


class DeliverableService:
    """What callers can read of a run's results."""

    def __init__(self, house: House, runs: RunService) -> None:
        self._house = house
        self._runs = runs

    async def plan(self, caller: Principal, run_id: str) -> PlanView:
        """The plan of a run with how each step stands."""
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            steps = tuple(await store.steps(tx, run_id))
            try:
                seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run_id)
                content = rules.as_mapping(await self._house.log.contents.get(tx, seal, "plan"))
            except (Gone, KeyMissing, NotFound):
                return PlanView(content=None, steps=steps)
            return PlanView(content=content, steps=steps)

    async def doing(self, caller: Principal, run: Run) -> list[Mapping[str, object]]:
        """What each step of a run in a worker's hands waits for: ``step``, ``kind``, ``attempt``, ``since``, ``until``.

        ``kind`` is ``model`` (with ``routing`` and ``model``), ``tool`` (with ``tool``), ``pause`` before the next
        attempt, or ``work`` where nothing is waited for. Times are RFC 3339. Content-free. Empty where nobody works.
        """
        caller.require(Capability.RUNS_READ)
        if run.worker_id is None or run.is_erased:
            return []
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            steps = await store.steps(tx, run.id)
            entries: list[Mapping[str, object]] = []
            with suppress(Gone, KeyMissing, NotFound):
                seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run.id)
                told = await self._house.log.contents.get(tx, seal, DOING)
                assert isinstance(told, list)
                # What a worker said that has lost the run since is no longer so.
                entries = [one for one in told if datetime.fromisoformat(one["since"]) >= run.since]
        known = {one["step"] for one in entries}
        return entries + [
            {"step": step.id, "kind": "work", "attempt": step.attempts, "since": step.started_at.isoformat()}
            for step in steps
            if step.state == "running" and step.started_at is not None and step.id not in known
        ]

    async def verification(self, caller: Principal, run_id: str) -> tuple[Run, Mapping[str, object] | None]:
        """The account of a run's verification with its reasons; None once erased, or when there was none."""
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            try:
                seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run_id)
                content = await self._house.log.contents.get(tx, seal, "step/verify")
            except (Gone, KeyMissing, NotFound):
                return run, None
            return run, rules.as_mapping(content)

    async def artifacts(self, caller: Principal, runs: Sequence[Run]) -> dict[str, list[Artifact]]:
        """The artifacts of runs that the caller has read, by run."""
        caller.require(Capability.RUNS_READ)
        by_id = {run.id: run for run in runs}
        if not by_id:
            return {}
        opened: dict[str, list[Artifact]] = {}
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            for run_id, found in (await store.artifacts(tx, list(by_id))).items():
                seal = None
                if found and not by_id[run_id].is_erased:
                    with suppress(Gone, KeyMissing):  # erased since the run was read
                        seal = await self._house.log.contents.seal_of(tx, caller.workspace_id, run_id)
                opened[run_id] = [_opened(by_id[run_id], artifact, head, seal) for artifact, head in found]
        return opened

    async def artifact(self, caller: Principal, run_id: str, artifact_id: str) -> tuple[Artifact, Mapping[str, object]]:
        """One artifact with its content ``{"text", "html"?}``.

        Raises Gone once erased, Conflict (HELD_FOR_REVIEW) for who may not decide over an escalated run.
        """
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self._runs.find(tx, caller, run_id)
            found = {one.id: (one, head) for one, head in (await store.artifacts(tx, [run_id]))[run_id]}
            if artifact_id not in found:
                raise NotFound("There is no such artifact in this run.")
            artifact, head = found[artifact_id]
            is_held = run.status is Status.ESCALATED and not artifact.final
            if is_held and not caller.can(Capability.REVIEWS_DECIDE):
                raise Conflict(
                    "The artifact is held for review; until it is accepted, keys with reviews:decide alone read it.",
                    "HELD_FOR_REVIEW",
                )
            seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run_id)
            content = await self._house.log.contents.get(tx, seal, f"artifact/{artifact_id}")
            return _opened(run, artifact, head, seal), rules.as_mapping(content)

    async def opened(
        self, tx: Tx, run: Run
    ) -> tuple[list[tuple[Artifact, Mapping[str, object]]], Mapping[str, object] | None]:
        """What a run made, each artifact with its content ``{"text", "html"?}``; and the account of its verification.

        In an open transaction of somebody who has found the run in a caller's reach. Raises Gone and KeyMissing.
        """
        contents = self._house.log.contents
        seal = await contents.seal_of(tx, run.workspace_id, run.id)
        found = []
        for artifact, head in (await store.artifacts(tx, [run.id]))[run.id]:
            content = rules.as_mapping(await contents.get(tx, seal, f"artifact/{artifact.id}"))
            found.append((_opened(run, artifact, head, seal), content))
        try:
            return found, rules.as_mapping(await contents.get(tx, seal, "step/verify"))
        except NotFound:
            return found, None

    async def engine_of(self, tx: Tx, run: Run) -> str | None:
        """What wrote the first text that a run made; known also when its content has been erased."""
        found = first_text([one for one, _ in (await store.artifacts(tx, [run.id]))[run.id]])
        return None if found is None else found.engine

    async def release(self, tx: Tx, run: Run, edited: str | None = None) -> str | None:
        """A reviewer has accepted what an escalated run made: whoever may read the run reads it from now on.

        ``edited`` stands in the place of the first text, which stays held; returns the new artifact's id. In the open
        transaction of a decision that keeps the content from being erased. Raises Gone.
        """
        found = [one for one, _ in (await store.artifacts(tx, [run.id]))[run.id]]
        if edited is None:
            await store.release(tx, run.id, but=None)
            return None
        replaced = first_text(found)
        seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run.id)
        data = edited.encode()
        artifact = _by_hand(run, replaced, bytes_long=len(data))
        head = {"label": "Edited by a reviewer", "sha256": hashlib.sha256(data).hexdigest(), "sources": []}
        sealed = seal.seal_json(f"artifacts|{artifact.id}", head)
        await store.add_artifact(tx, run, artifact, position=_AFTER_ALL, head=sealed)
        await self._house.log.contents.put(tx, seal, f"artifact/{artifact.id}", {"text": edited, "html": None})
        await store.release(tx, run.id, but=None if replaced is None else replaced.id)
        return artifact.id


def first_text(artifacts: Sequence[Artifact]) -> Artifact | None:
    """The artifact that a person edits: the first text, else the first of all."""
    texts = (one for one in artifacts if one.media_type == _MARKDOWN)
    return next(texts, artifacts[0] if artifacts else None)


def _by_hand(run: Run, replaced: Artifact | None, *, bytes_long: int) -> Artifact:
    return Artifact(
        id=derived_id("art_", run.id, BY_HAND),
        type=replaced.type if replaced else "report",
        media_type=replaced.media_type if replaced else _MARKDOWN,
        bytes=bytes_long,
        citations=replaced.citations if replaced else 0,
        engine=BY_HAND,
        final=True,
        label=None,
        sha256=None,
        provenance=Provenance(
            engine=BY_HAND,
            models=replaced.provenance.models if replaced else (),
            sources=None,
            rubric=None,
            step=None,
            version=VERSION,
        ),
    )


def _opened(run: Run, artifact: Artifact, head: bytes | None, seal: RunSeal | None) -> Artifact:
    is_verified = artifact.engine != BY_HAND
    provenance = replace(artifact.provenance, rubric=RubricRef.of(run.score) if is_verified else None)
    if head is None or seal is None:
        return replace(artifact, provenance=provenance)
    told = rules.as_mapping(seal.open_json(f"artifacts|{artifact.id}", head))
    provenance = replace(provenance, sources=sources_of(told))
    return replace(artifact, label=str(told["label"]), sha256=str(told["sha256"]), provenance=provenance)
