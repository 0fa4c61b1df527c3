"""The SQL of runs as their callers see them: create, read, list, wait, answer, delete."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from futurone_server.features.keys import Mode
from futurone_server.features.runs.holds.store import OF_RUN
from futurone_server.features.runs.provenance import Provenance
from futurone_server.features.runs.tables import run_artifacts, run_inputs, run_steps, runs
from futurone_server.features.runs.types import (
    Action,
    Artifact,
    Budget,
    InputKind,
    Retention,
    Run,
    Spent,
    Status,
    StepState,
    Wait,
)
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit import json
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run


def run_of(values: dict[str, Any]) -> Run:
    """A run from the columns of its row and its log's head."""
    values["last_event_id"] = values.pop("seq")
    values["threshold"] = float(values["threshold"])
    values["confidence"] = None if values["confidence"] is None else float(values["confidence"])
    values["mode"], values["status"] = Mode(values["mode"]), Status(values["status"])
    values["budget"] = Budget(**values["budget"])
    values["retention"] = Retention(mode=RetentionMode(values["retention"]), window_s=values.pop("window_s"))
    values["files"], values["deliver_to"] = tuple(values["files"]), tuple(values["deliver_to"])
    values["spent"] = Spent(
        input_tokens=values.pop("input_tokens"),
        output_tokens=values.pop("output_tokens"),
        cost_usd=values.pop("cost_usd"),
        is_priced=values.pop("priced"),
    )
    del values["priority"]
    return Run(**values)


_COLUMNS = [column.name for column in runs.c]
_JSON = {column.name for column in runs.c if isinstance(column.type, JSONB)}
_ADD = "INSERT INTO runs ({}) VALUES ({})".format(  # noqa: S608 - names of our own columns
    ", ".join(_COLUMNS),
    ", ".join(f"CAST(%({name})s AS jsonb)" if name in _JSON else f"%({name})s" for name in _COLUMNS),
)


def adding(run: Run, priority: int) -> Statement:
    """The statement that stores a new run."""
    values = {name: value for name, value in vars(run).items() if name in runs.c}
    values |= {"retention": run.retention.mode.value, "window_s": run.retention.window_s, "priority": priority}
    values |= {"budget": asdict(run.budget), "mode": run.mode.value, "status": run.status.value}
    values |= {"files": list(run.files), "deliver_to": list(run.deliver_to), "metadata": dict(run.metadata)}
    values |= {"input_tokens": run.spent.input_tokens, "output_tokens": run.spent.output_tokens}
    values |= {"cost_usd": run.spent.cost_usd, "priced": run.spent.is_priced}
    for name in _JSON:
        values[name] = None if values[name] is None else json.dump(values[name]).decode()
    return _ADD, values


_GET = f"""
SELECT r.*, h.seq, h.sealed_key IS NULL AS is_erased,
  (SELECT count(*) FROM run_steps s WHERE s.run_id = r.id AND s.state = 'done') AS steps_completed,
  x.held_by, x.held_until
FROM runs r JOIN log_heads h ON h.run_id = r.id LEFT JOIN LATERAL ({OF_RUN}) x ON true WHERE r.id = %(run_id)s
"""  # noqa: S608 - our own words


def getting(run_id: str) -> Statement:
    """The statement that finds one run."""
    return _GET, {"run_id": run_id}


def got(rows: Sequence[Any]) -> Run | None:
    """What ``getting`` found, if the scope sees it."""
    return run_of(rows[0]._asdict()) if rows else None


async def get_many(tx: Tx, run_ids: Sequence[str]) -> list[Run]:
    """Several runs, as far as the scope sees them."""
    (rows,) = await run(tx, (_GET.replace("= %(run_id)s", "= ANY(%(run_ids)s)"), {"run_ids": list(run_ids)}))
    return [run_of(row._asdict()) for row in rows]


async def get(tx: Tx, run_id: str) -> Run | None:
    """One run, if the scope sees it."""
    (rows,) = await run(tx, getting(run_id))
    return got(rows)


def counting_queued(workspace_id: str) -> Statement:
    """The statement that counts, as ``n``, a workspace's runs that wait for a worker."""
    sql = "SELECT count(*) AS n FROM runs WHERE workspace_id = %(workspace_id)s AND ready_at IS NOT NULL"
    return sql, {"workspace_id": workspace_id}


async def change(tx: Tx, run_id: str, **values: object) -> None:
    """Change columns of a run's row; the caller holds the run's log head."""
    await tx.execute(update(runs).where(runs.c.id == run_id).values(values))


async def remove(tx: Tx, run_id: str) -> None:
    """Delete a run's row and all that hangs on it."""
    await tx.execute(delete(runs).where(runs.c.id == run_id))


async def steps(tx: Tx, run_id: str) -> list[StepState]:
    """How the steps of a run stand, in the plan's order."""
    query = select(run_steps).where(run_steps.c.run_id == run_id).order_by(run_steps.c.position)
    return [
        StepState(
            id=one.step_id,
            kind=one.kind,
            position=one.position,
            state=one.state,
            attempts=one.attempts,
            depends_on=tuple(one.depends_on),
            started_at=one.started_at,
            took_ms=one.took_ms,
            models=tuple(one.models),
            substitutions=tuple(one.substitutions),
        )
        for one in await tx.execute(query)
    ]


async def wait(tx: Tx, run_id: str, input_id: str) -> Wait | None:
    """One wait of a run, without what was shown."""
    found = await any_wait(tx, input_id)
    return found if found is not None and found.run_id == run_id else None


async def any_wait(tx: Tx, input_id: str) -> Wait | None:
    """One wait by its id alone, as the due table knows it."""
    one = (await tx.execute(select(run_inputs).where(run_inputs.c.id == input_id))).one_or_none()
    if one is None:
        return None
    return Wait(
        id=one.id,
        run_id=one.run_id,
        step_id=one.step_id,
        kind=InputKind(one.kind),
        state=one.state,
        expires_at=one.expires_at,
        shown=None,
        digest=one.digest,
    )


async def last_answered(tx: Tx, run_id: str) -> tuple[str, bytes] | None:
    """The wait of a run that was answered last, with the digest of its answer."""
    c = run_inputs.c
    query = select(c.id, c.answer_digest).where(c.run_id == run_id, c.state == "answered")
    one = (await tx.execute(query.order_by(c.answered_at.desc()).limit(1))).one_or_none()
    return None if one is None else (one.id, one.answer_digest)


async def answer_digest(tx: Tx, run_id: str, input_id: str) -> bytes | None:
    """The digest of the answer that a wait got, if it was answered."""
    query = select(run_inputs.c.answer_digest).where(run_inputs.c.run_id == run_id, run_inputs.c.id == input_id)
    found: bytes | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def close_wait(
    tx: Tx, input_id: str, *, state: str, action: Action | None, digest: bytes | None, at: datetime, by: str | None
) -> None:
    """A wait is over: answered, or expired."""
    values = {"state": state, "action": action and action.value, "answer_digest": digest, "answered_at": at}
    await tx.execute(
        update(run_inputs)
        .where(run_inputs.c.id == input_id, run_inputs.c.state == "open")
        .values(**values, answered_by=by)
    )


async def artifacts(tx: Tx, run_ids: Sequence[str]) -> dict[str, list[tuple[Artifact, bytes | None]]]:
    """The artifacts of runs, each with its sealed head (label, hash, sources)."""
    found: dict[str, list[tuple[Artifact, bytes | None]]] = {run_id: [] for run_id in run_ids}
    query = select(run_artifacts).where(run_artifacts.c.run_id.in_(run_ids)).order_by(run_artifacts.c.position)
    for one in await tx.execute(query):
        artifact = Artifact(
            id=one.id,
            type=one.type,
            media_type=one.media_type,
            bytes=one.bytes,
            citations=one.citations,
            engine=one.engine,
            final=one.final,
            label=None,
            sha256=None,
            provenance=Provenance(
                engine=one.engine,
                models=tuple(one.models),
                sources=None,
                rubric=None,
                step=one.step,
                version=one.version,
            ),
        )
        found[one.run_id].append((artifact, one.head))
    return found


async def mark_expired(tx: Tx, input_id: str, at: datetime) -> None:
    """A wait ended because nobody answered."""
    values = {"state": "expired", "answered_at": at}
    await tx.execute(update(run_inputs).where(run_inputs.c.id == input_id).values(values))


async def release(tx: Tx, run_id: str, *, but: str | None) -> None:
    """What a run made may be read as final from now on; ``but`` names one artifact that may not."""
    a = run_artifacts.c
    await tx.execute(update(run_artifacts).where(a.run_id == run_id, a.id != (but or "")).values(final=True))


async def add_artifact(tx: Tx, run: Run, artifact: Artifact, *, position: int, head: bytes) -> None:
    """Store an artifact that was made after its run had ended, if it is not there yet."""
    values = {"run_id": run.id, "workspace_id": run.workspace_id, "position": position, "head": head}
    columns = {name: value for name, value in vars(artifact).items() if name in run_artifacts.c}
    made = artifact.provenance
    values |= {**columns, "models": list(made.models), "step": made.step, "version": made.version}
    await tx.execute(insert(run_artifacts).values(values).on_conflict_do_nothing())
