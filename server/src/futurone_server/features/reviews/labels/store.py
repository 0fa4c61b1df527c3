"""The SQL of labels and of the curves that are made of them."""

from datetime import datetime

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.reviews.labels.types import InForce, JudgedWork, Kind, Source
from futurone_server.features.reviews.tables import calibration_fits, calibration_labels
from futurone_server.kit.calibration import Curve
from futurone_server.store.database import Tx

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def add(tx: Tx, workspace_id: str, one: JudgedWork) -> bool:
    """Store a label. False when the run has one."""
    kind = vars(one.kind)
    values = {name: value for name, value in vars(one).items() if name != "kind"}
    values |= {**kind, "checks": dict(one.checks), "source": one.source.value, "workspace_id": workspace_id}
    statement = insert(calibration_labels).values(values).on_conflict_do_nothing()
    return (await tx.execute(statement.returning(calibration_labels.c.run_id))).one_or_none() is not None


async def lock(tx: Tx, workspace_id: str, kind: Kind) -> None:
    """Until this transaction ends nobody else makes a curve of this kind: each is made from all labels before it."""
    name = f"calibration|{workspace_id}|{kind.agent}|{kind.rubric}|{kind.version}"
    await tx.execute(_LOCK, {"name": name})


def _work(row: Row[tuple[object, ...]]) -> JudgedWork:
    values = dict(row._mapping)
    del values["workspace_id"]
    kind = Kind(agent=values.pop("agent"), rubric=values.pop("rubric"), version=values.pop("version"))
    return JudgedWork(**{**values, "kind": kind, "source": Source(values["source"])})


async def newest(tx: Tx, workspace_id: str, kind: Kind, *, limit: int) -> list[JudgedWork]:
    """The newest labels of one kind."""
    c = calibration_labels.c
    mine = (c.workspace_id == workspace_id, c.agent == kind.agent, c.rubric == kind.rubric, c.version == kind.version)
    query = select(calibration_labels).where(*mine).order_by(c.made_at.desc(), c.run_id).limit(limit)
    return [_work(row) for row in await tx.execute(query)]


async def kinds(tx: Tx, workspace_id: str, agent: str | None) -> list[Kind]:
    """The kinds of work that a workspace has labels of."""
    c = calibration_labels.c
    query = select(c.agent, c.rubric, c.version).distinct().where(c.workspace_id == workspace_id)
    if agent is not None:
        query = query.where(c.agent == agent)
    return [Kind(**row._mapping) for row in await tx.execute(query.order_by(c.agent, c.rubric, c.version))]


async def count(tx: Tx, workspace_id: str, kind: Kind) -> int:
    """How many labels there are of one kind."""
    c = calibration_labels.c
    mine = (c.workspace_id == workspace_id, c.agent == kind.agent, c.rubric == kind.rubric, c.version == kind.version)
    return int((await tx.execute(select(func.count()).select_from(calibration_labels).where(*mine))).scalar_one())


async def put_curve(tx: Tx, workspace_id: str, kind: Kind, curve: Curve, *, labels: int, at: datetime) -> None:
    """A curve that was made when there were so many labels is in force from now on."""
    values = {**vars(kind), "workspace_id": workspace_id, "id": curve.id, "made_at": at, "labels": labels}
    values |= {"n": curve.n, "points": [list(point) for point in curve.points]}
    names = ["workspace_id", "agent", "rubric", "version", "id"]
    statement = insert(calibration_fits).values(values)
    again = {name: getattr(statement.excluded, name) for name in ("made_at", "n", "labels")}
    await tx.execute(statement.on_conflict_do_update(index_elements=names, set_=again))


async def in_force(tx: Tx, workspace_id: str, kind: Kind) -> InForce:
    """The curve that knew the most labels, if any, and how many labels there are."""
    f = calibration_fits.c
    mine = (f.workspace_id == workspace_id, f.agent == kind.agent, f.rubric == kind.rubric, f.version == kind.version)
    query = select(f.n, f.points).where(*mine).order_by(f.labels.desc()).limit(1)
    row = (await tx.execute(query)).one_or_none()
    labels = await count(tx, workspace_id, kind)
    if row is None:
        return InForce(curve=None, labels=labels)
    points = tuple((float(raw), float(calibrated)) for raw, calibrated in row.points)
    return InForce(curve=Curve(points=points, n=row.n), labels=labels)
