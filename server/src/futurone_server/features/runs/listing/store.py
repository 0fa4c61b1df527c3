"""The SQL of lists of runs: filters, order, pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_

from futurone_server.eventlog.tables import heads
from futurone_server.features.runs.store import run_of
from futurone_server.features.runs.tables import run_steps, runs
from futurone_server.features.runs.types import Run
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which runs of a workspace are asked for; None and empty mean: any."""

    statuses: tuple[str, ...] = ()
    agent: str | None = None
    project_id: str | None = None
    origin: str | None = None
    mode: str = "live"
    created_after: datetime | None = None
    created_before: datetime | None = None
    min_confidence: float | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    q: str | None = None
    projects: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    within_mode: str | None = None


_DONE = (
    select(func.count())
    .select_from(run_steps)
    .where(run_steps.c.run_id == runs.c.id, run_steps.c.state == "done")
    .scalar_subquery()
)


def _select() -> "Select[tuple[object, ...]]":
    joined = runs.join(heads, heads.c.run_id == runs.c.id)
    extra = (heads.c.seq, heads.c.sealed_key.is_(None).label("is_erased"), _DONE.label("steps_completed"))
    return select(runs, *extra).select_from(joined)


def _run(row: Row[tuple[object, ...]]) -> Run:
    return run_of(dict(row._mapping))


def _conditions(workspace_id: str, wanted: Filter) -> "list[ColumnElement[bool]]":
    found = [runs.c.workspace_id == workspace_id]
    equal = [("agent", wanted.agent), ("project_id", wanted.project_id), ("origin", wanted.origin)]
    equal.append(("mode", wanted.within_mode))
    found += [runs.c[name] == value for name, value in equal if value is not None]
    if wanted.mode != "all":
        found.append(runs.c.mode == wanted.mode)
    if wanted.statuses:
        found.append(runs.c.status.in_(wanted.statuses))
    if wanted.created_after is not None:
        found.append(runs.c.created_at > wanted.created_after)
    if wanted.created_before is not None:
        found.append(runs.c.created_at < wanted.created_before)
    if wanted.min_confidence is not None:
        found.append(runs.c.confidence >= wanted.min_confidence)
    if wanted.metadata:
        found.append(_has_metadata(wanted.metadata))
    if wanted.q:
        found.append(_mentions(wanted.q))
    if wanted.projects is not None:
        found.append(runs.c.project_id.in_(wanted.projects))
    if wanted.agents is not None:
        found.append(runs.c.agent.in_(wanted.agents))
    return found


_NUMBER_MAX = 2**63
"""Numbers in metadata have at most 64 bits; no run can hold a larger one."""


def _has_metadata(pairs: Mapping[str, object]) -> "ColumnElement[bool]":
    """A query string has only texts: ``5`` finds the text "5" and the number 5."""
    per_pair = [or_(*[runs.c.metadata.contains({name: one}) for one in _readings(str(v))]) for name, v in pairs.items()]
    return and_(*per_pair)


def _readings(text: str) -> list[object]:
    found: list[object] = [text]
    if text in ("true", "false"):
        found.append(text == "true")
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if abs(number) < _NUMBER_MAX:  # also false for what is no number and for infinities
            found.append(number)
    return found


def _mentions(words: str) -> "ColumnElement[bool]":
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    texts = (runs.c.id, runs.c.agent, runs.c.caller_workspace_id, runs.c.subject_id)
    in_metadata = func.cast(runs.c.metadata, runs.c.id.type).ilike(pattern)
    return or_(*[text.ilike(pattern) for text in texts], in_metadata)


async def page(tx: Tx, workspace_id: str, wanted: Filter, window: Window) -> Page[Run]:
    """The runs of a workspace that match, newest first."""
    conditions = _conditions(workspace_id, wanted)
    total = (await tx.execute(select(func.count()).select_from(runs).where(*conditions))).scalar_one()
    query = _select().where(*conditions).order_by(runs.c.created_at.desc(), runs.c.id.desc())
    if window.after is not None:
        at, run_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(runs.c.created_at, runs.c.id) < tuple_(at, run_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_run(one) for one in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)
