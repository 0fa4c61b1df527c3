"""What follows from what: one table of consequences, each written in the commit of its event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from futurone_server.eventlog import Write
from futurone_server.features import schedules, usage
from futurone_server.features.reviews import expiring, opening
from futurone_server.features.runs import Cause, Ending, Run, Status, erasing
from futurone_server.features.runs import rules as run_rules
from futurone_server.features.webhooks import OUTCOMES, Announcement, Told, abandoning, announcing
from futurone_server.kit.ids import derived_id
from futurone_server.store import due
from futurone_server.store.messages import Statement

_ENGINE_ROWS_S = 30


def when_run_ends(run: Run, ending: Ending, at: datetime) -> Sequence[Write]:
    """A run has ended: its content is erased at its time or with this very commit; the engine forgets its segments.

    Whoever is to be told of it is told: the address that it names, or the workspace's endpoints, and the people behind
    the connections that it names.
    """
    release = due.row("release", run.id, run.workspace_id, at + timedelta(seconds=_ENGINE_ROWS_S))
    writes = [Write(statement=due.ADD, values=release), usage.ended(run, ending.status, at)]
    erases_at = run_rules.erases_at(run, ending.status, at)
    if run_rules.goes_with_its_end(run, ending.status):
        writes += [Write(statement=sql, values=values) for sql, values in erasing(run.id, Cause.AT_END, at)]
    elif erases_at is not None:
        writes.append(Write(statement=due.ADD, values=due.row("erase", run.id, run.workspace_id, erases_at)))
    if ending.status is Status.ESCALATED:
        writes.append(opening(run, at))
    told = Told(f"run.{ending.status}")
    url = run.webhook_url if told in OUTCOMES else None
    said = {"status": ending.status.value, "confidence": ending.confidence}
    if run.origin == "schedule":
        status, is_failure = ending.status.value, ending.status is Status.FAILED
        writes += schedules.ending(run.id, run.workspace_id, status, is_failure=is_failure, at=at)
    why = ending.failure or ending.escalation
    note = {"agent": run.agent, "reason_code": why and why.reason}
    announcement = _announcement(run, told, url=url, said=said, about="ended", at=at)
    return [*writes, announcing(replace(announcement, connections=run.deliver_to, note=note))]


def when_run_waits(run: Run, input_id: str, at: datetime) -> Sequence[Write]:
    """A run waits for a person: the workspace's endpoints that want to know are told."""
    said: dict[str, object] = {"status": Status.AWAITING_INPUT.value, "confidence": None}
    return [announcing(_announcement(run, Told.RUN_AWAITING_INPUT, url=None, said=said, about=input_id, at=at))]


def when_run_is_erased(run_id: str, at: datetime) -> Sequence[Statement]:
    """The content of a run is erased: nobody can decide over it any more."""
    return [expiring(run_id, at)]


def when_connection_goes(connection_id: str, at: datetime) -> Sequence[Statement]:
    """A connection is deleted: what waits for it is given up."""
    return [abandoning(connection_id, at)]


def _announcement(
    run: Run, told: Told, *, url: str | None, said: Mapping[str, object], about: str, at: datetime
) -> Announcement:
    return Announcement(
        id=derived_id("evt_", run.id, about),
        type=told.value,
        workspace_id=run.workspace_id,
        mode=run.mode,
        run_id=run.id,
        url=url,
        data={"run_id": run.id, **said, "metadata": dict(run.metadata)},
        at=at,
    )
