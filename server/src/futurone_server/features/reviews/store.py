"""The SQL of the review queue: open, find, list, assign, comment, decide."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.reviews.tables import review_comments, reviews, run_dispositions
from futurone_server.features.reviews.types import Comment, Disposition, Filter, Judgement, Review, ReviewStatus
from futurone_server.features.runs import Run
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

OPEN = (
    "INSERT INTO reviews (workspace_id, id, run_id, project_id, agent, mode, status, due_at, created_at)"
    " VALUES (%(workspace_id)s, %(id)s, %(run_id)s, %(project_id)s, %(agent)s, %(mode)s, 'pending', %(due_at)s,"
    " %(at)s) ON CONFLICT DO NOTHING"
)
_EXPIRE = "UPDATE reviews SET status = 'expired', decided_at = %(at)s WHERE run_id = %(run_id)s AND status = 'pending'"


def expiring(run_id: str, at: datetime) -> Statement:
    """The statement that ends the review of a run, if it is open, because nobody can decide any more."""
    return _EXPIRE, {"run_id": run_id, "at": at}


_SAID = (
    select(func.count())
    .select_from(review_comments)
    .where(review_comments.c.review_id == reviews.c.id)
    .scalar_subquery()
    .label("comments")
)


def _review(row: Row[tuple[object, ...]], runs: Mapping[str, Run]) -> Review:
    values = dict(row._mapping)
    for name in ("workspace_id", "project_id", "agent", "mode"):
        del values[name]
    run = runs[values.pop("run_id")]
    return Review(**{**values, "run": run, "status": ReviewStatus(values["status"])})


async def run_of(tx: Tx, review_id: str) -> str | None:
    """The run that a review is about, if the scope sees it."""
    found: str | None = (await tx.execute(select(reviews.c.run_id).where(reviews.c.id == review_id))).scalar()
    return found


async def get(tx: Tx, review_id: str, run: Run, *, to_change: bool = False) -> Review:
    """A review of a run that was found before; ``to_change`` keeps others from it until the transaction ends."""
    query = select(reviews, _SAID).where(reviews.c.id == review_id)
    row = (await tx.execute(query.with_for_update(of=reviews) if to_change else query)).one()
    return _review(row, {run.id: run})


def _conditions(workspace_id: str, wanted: Filter) -> "list[ColumnElement[bool]]":
    r = reviews.c
    found = [r.workspace_id == workspace_id]
    if wanted.statuses:
        found.append(r.status.in_([one.value for one in wanted.statuses]))
    for column, name in ((r.assignee, wanted.assignee), (r.agent, wanted.agent)):
        if name is not None:
            found.append(column == name)
    found += [r.mode == mode for mode in (wanted.mode, wanted.within_mode) if mode is not None]
    for column, reach in ((r.project_id, wanted.projects), (r.agent, wanted.agents)):
        if reach is not None:
            found.append(column.in_(reach))
    return found


async def page_ids(tx: Tx, workspace_id: str, wanted: Filter, window: Window) -> Page[tuple[str, str]]:
    """The reviews of a workspace that match, newest first, each with the id of its run."""
    r, conditions = reviews.c, _conditions(workspace_id, wanted)
    total = (await tx.execute(select(func.count()).select_from(reviews).where(*conditions))).scalar_one()
    query = select(r.id, r.run_id, r.created_at).where(*conditions).order_by(r.created_at.desc(), r.id.desc())
    if window.after is not None:
        at, review_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(r.created_at, r.id) < tuple_(at, review_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    shown = rows[: window.limit]
    more = (shown[-1].created_at.isoformat(), shown[-1].id) if len(rows) > window.limit else None
    return Page(items=tuple((row.id, row.run_id) for row in shown), total=total, window=window, next_after=more)


async def of_ids(tx: Tx, review_ids: Sequence[str], runs: Mapping[str, Run]) -> dict[str, Review]:
    """Several reviews by id."""
    rows = (await tx.execute(select(reviews, _SAID).where(reviews.c.id.in_(review_ids)))).all()
    return {row.id: _review(row, runs) for row in rows if row.run_id in runs}


async def change(tx: Tx, review_id: str, **values: object) -> None:
    """Change columns of a review; the caller holds its row."""
    await tx.execute(update(reviews).where(reviews.c.id == review_id).values(values))


async def add_comment(tx: Tx, workspace_id: str, review_id: str, comment: Comment) -> None:
    """Store who said something and when."""
    values = {name: value for name, value in vars(comment).items() if name != "text"}
    await tx.execute(insert(review_comments).values(workspace_id=workspace_id, review_id=review_id, **values))


async def comments(tx: Tx, review_id: str) -> list[Comment]:
    """What was said, oldest first, without its words."""
    c = review_comments.c
    query = select(c.id, c.author, c.created_at).where(c.review_id == review_id).order_by(c.created_at, c.id)
    return [Comment(**row._mapping, text=None) for row in await tx.execute(query)]


async def disposition(tx: Tx, run_id: str) -> Disposition | None:
    """What was said of a completed run's deliverable."""
    d = run_dispositions.c
    row = (await tx.execute(select(run_dispositions).where(d.run_id == run_id))).one_or_none()
    if row is None:
        return None
    judgement = Judgement(row.disposition)
    return Disposition(run_id=run_id, judgement=judgement, decided_by=row.decided_by, decided_at=row.decided_at)


async def dispose(tx: Tx, workspace_id: str, said: Disposition) -> bool:
    """Store what is said of a deliverable. False when something was said before."""
    values = {name: value for name, value in vars(said).items() if name != "judgement"}
    values |= {"disposition": said.judgement.value, "workspace_id": workspace_id}
    statement = insert(run_dispositions).values(values).on_conflict_do_nothing().returning(run_dispositions.c.run_id)
    return (await tx.execute(statement)).one_or_none() is not None
