"""The SQL of schedules as their callers see them: make, read, list, change, delete, and read the ledger."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Row, Select, delete, func, insert, select, tuple_, update

from futurone_server.features.keys import Mode, Principal
from futurone_server.features.schedules.tables import schedule_fires, schedules
from futurone_server.features.schedules.types import Fire, Missed, Outcome, Schedule, Standing
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx


def schedule_of(row: Row[Any]) -> Schedule:
    """A schedule from its row."""
    one = dict(row._mapping)
    words = {"mode": Mode(one["mode"]), "missed": Missed(one["missed"]), "status": Standing(one["status"])}
    return Schedule(**{**one, **words})


async def add(tx: Tx, schedule: Schedule) -> None:
    """Store a new schedule."""
    await tx.execute(insert(schedules).values(_plain(asdict(schedule))))


async def count(tx: Tx, workspace_id: str) -> int:
    """How many schedules a workspace has; a second count waits until this transaction is over."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"schedules {workspace_id}"))))
    query = select(func.count()).select_from(schedules).where(schedules.c.workspace_id == workspace_id)
    return int((await tx.execute(query)).scalar_one())


async def get(tx: Tx, schedule_id: str) -> Schedule | None:
    """One schedule, if the scope sees it."""
    row = (await tx.execute(select(schedules).where(schedules.c.id == schedule_id))).one_or_none()
    return None if row is None else schedule_of(row)


async def page(tx: Tx, caller: Principal, window: Window) -> Page[Schedule]:
    """The schedules of a workspace that a key reaches, newest first."""
    c = schedules.c
    mine = [c.workspace_id == caller.workspace_id]
    if caller.projects is not None:
        mine.append(c.project_id.in_(caller.projects))
    if caller.agents is not None:
        mine.append(c.agent.in_(caller.agents))
    if caller.mode is Mode.TEST:
        mine.append(c.mode == Mode.TEST.value)
    query = select(schedules).where(*mine).order_by(c.created_at.desc(), c.id.desc())
    total = (await tx.execute(select(func.count()).select_from(schedules).where(*mine))).scalar_one()
    if window.after is not None:
        query = query.where(
            tuple_(c.created_at, c.id) < tuple_(datetime.fromisoformat(window.after[0]), window.after[1])
        )
    rows = await _rows(tx, query, window)
    found = tuple(schedule_of(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def change(tx: Tx, seen: Schedule, **values: object) -> bool:
    """Change a schedule if it is still as it was seen; returns whether it was.

    That it has fired since is no change, unless its next due time is to be another one.
    """
    c = schedules.c
    statement = update(schedules).where(c.id == seen.id, c.revision == seen.revision)
    if "next_at" in values:
        statement = statement.where(c.next_at == seen.next_at)
    result = await tx.execute(statement.values(**_plain(values), revision=c.revision + 1))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


async def remove(tx: Tx, schedule_id: str) -> None:
    """Delete a schedule with the key of what it runs, and its ledger."""
    await tx.execute(delete(schedules).where(schedules.c.id == schedule_id))


async def fires(tx: Tx, schedule_id: str, window: Window) -> Page[Fire]:
    """The ledger of a schedule, newest due time first."""
    c = schedule_fires.c
    mine = c.schedule_id == schedule_id
    total = (await tx.execute(select(func.count()).select_from(schedule_fires).where(mine))).scalar_one()
    query = select(schedule_fires).where(mine).order_by(c.due_at.desc())
    if window.after is not None:
        query = query.where(c.due_at < datetime.fromisoformat(window.after[0]))
    rows = await _rows(tx, query, window)
    found = tuple(_fire(row) for row in rows[: window.limit])
    more = (found[-1].due_at.isoformat(),) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def _rows(tx: Tx, query: Select[Any], window: Window) -> list[Row[Any]]:
    """The rows of a page, and one more if there is one."""
    return list((await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all())


def _fire(row: Row[Any]) -> Fire:
    one = row._mapping
    return Fire(
        schedule_id=one["schedule_id"],
        due_at=one["due_at"],
        manual=one["manual"],
        outcome=Outcome(one["outcome"]),
        reason=one["reason"],
        run_id=one["run_id"],
        run_status=one["run_status"],
        decided_at=one["decided_at"],
    )


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Words of ours as the texts that they are."""
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
