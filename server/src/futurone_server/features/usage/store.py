"""The SQL of usage: what the meter writes with a run's events, and the sums that are asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, text

from futurone_server.eventlog import Write
from futurone_server.features.runs import Run, Status
from futurone_server.features.usage.rules import ROWS_MAX
from futurone_server.features.usage.tables import usage_calls, usage_runs
from futurone_server.features.usage.types import GroupBy, Metered, UsageQuery
from futurone_server.store.database import Tx

_RUN = (
    "INSERT INTO usage_runs (run_id, workspace_id, project_id, key_id, agent, mode, subject_id, caller_workspace_id,"
    " status, steps, ended_at)"
    " SELECT id, workspace_id, project_id, created_by, agent, mode, subject_id, caller_workspace_id, {} FROM runs r"
    " WHERE r.id = %(run_id)s"
)
_CALL = (
    f"WITH known AS ({_RUN.format('NULL, 0, NULL')} ON CONFLICT DO NOTHING)"  # noqa: S608 - our own words
    " INSERT INTO usage_calls AS c"
    " (id, workspace_id, run_id, at, model, input_tokens, output_tokens, cost_usd, is_open)"
    " VALUES (%(id)s, %(workspace_id)s, %(run_id)s, %(at)s, %(model)s, %(input_tokens)s, %(output_tokens)s,"
    " %(cost_usd)s, true)"
    " ON CONFLICT (id) DO UPDATE SET input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,"
    " cost_usd = excluded.cost_usd WHERE c.is_open"
)
_DONE = "(SELECT count(*) FROM run_steps s WHERE s.run_id = r.id AND s.state = 'done')"
_ENDED = (
    f"{_RUN.format(f'%(status)s, {_DONE}, %(at)s')} ON CONFLICT (run_id) DO UPDATE"
    " SET status = excluded.status, steps = excluded.steps, ended_at = excluded.ended_at"
)


def used(run: Run, call: Metered) -> Write:
    """What a call under way has used so far, or at its end; it stays open until it is settled."""
    return Write(statement=_CALL, values={"run_id": run.id, "workspace_id": run.workspace_id, **vars(call)})


def ended(run: Run, status: Status, at: datetime) -> Write:
    """A run has ended: it counts from now on, or it does not."""
    return Write(statement=_ENDED, values={"run_id": run.id, "status": status.value, "at": at})


_C, _R = usage_calls.c, usage_runs.c
_GROUPS: dict[GroupBy, ColumnElement[Any]] = {
    GroupBy.AGENT: _R.agent,
    GroupBy.PROJECT: _R.project_id,
    GroupBy.KEY: _R.key_id,
    GroupBy.MODEL: _C.model,
    GroupBy.SUBJECT_ID: _R.subject_id,
}
_FAILED = Status.FAILED.value


def _bucket(query: UsageQuery, moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.date_trunc(query.granularity.value, moment, "UTC")


def _group(query: UsageQuery) -> ColumnElement[Any]:
    return literal(None) if query.group_by is None else _GROUPS[query.group_by]


def _wanted(
    query: UsageQuery, workspace_id: str, projects: frozenset[str] | None, agents: frozenset[str] | None
) -> ColumnElement[bool]:
    found = [_R.workspace_id == workspace_id]
    for column, value in (
        (_R.mode, query.mode),
        (_R.caller_workspace_id, query.caller_workspace_id),
        (_R.subject_id, query.subject_id),
    ):
        if value is not None:
            found.append(column == value)
    for column, those in ((_R.project_id, projects), (_R.agent, agents)):
        if those is not None:
            found.append(column.in_(those))
    return and_(*found)


async def calls(
    tx: Tx, query: UsageQuery, workspace_id: str, projects: frozenset[str] | None, agents: frozenset[str] | None
) -> Sequence[Any]:
    """Sums of calls by bucket, group and whether their run failed; at most one row more than may be shown."""
    columns = (_bucket(query, _C.at).label("bucket"), _group(query).label("group"), (_R.status == _FAILED).is_(True))
    used_any = _C.input_tokens + _C.output_tokens > 0
    sums = (
        func.sum(_C.input_tokens).label("input_tokens"),
        func.sum(_C.output_tokens).label("output_tokens"),
        func.sum(_C.cost_usd).label("cost_usd"),
        func.bool_and(_C.cost_usd.is_not(None) | ~used_any).label("is_priced"),
    )
    chosen: Select[Any] = (
        select(*columns[:2], columns[2].label("has_failed"), *sums)
        .join_from(usage_calls, usage_runs, _C.run_id == _R.run_id)
        .where(_C.workspace_id == workspace_id, _C.at >= query.start, _C.at < query.end)
        .where(_wanted(query, workspace_id, projects, agents))
    )
    rows: Sequence[Any] = (await tx.execute(chosen.group_by(text("1, 2, 3")).limit(2 * ROWS_MAX + 1))).all()
    return rows


async def runs(
    tx: Tx, query: UsageQuery, workspace_id: str, projects: frozenset[str] | None, agents: frozenset[str] | None
) -> Sequence[Any]:
    """How many runs ended, and their steps, by bucket, group and whether they failed."""
    source: Select[Any] = select(
        _bucket(query, _R.ended_at).label("bucket"),
        _group(query).label("group"),
        (_R.status == _FAILED).label("has_failed"),
        func.count(_R.run_id.distinct()).label("runs"),
        func.sum(_R.steps).label("steps"),
    )
    if query.group_by is GroupBy.MODEL:
        source = source.join_from(usage_runs, usage_calls, _C.run_id == _R.run_id)
    else:
        source = source.select_from(usage_runs)
    source = source.where(_R.ended_at >= query.start, _R.ended_at < query.end)
    source = source.where(_wanted(query, workspace_id, projects, agents))
    rows: Sequence[Any] = (await tx.execute(source.group_by(text("1, 2, 3")).limit(2 * ROWS_MAX + 1))).all()
    return rows
