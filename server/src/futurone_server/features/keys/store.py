"""The SQL of API keys."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, Text, cast, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from futurone_server.features.keys.tables import api_keys, key_uses
from futurone_server.features.keys.types import Capability, Key, Mode
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx


def _key(row: Row[tuple[object, ...]]) -> Key:
    values = dict(row._mapping)
    for name in ("projects", "agents"):
        values[name] = None if values[name] is None else frozenset(values[name])
    capabilities = frozenset(Capability(name) for name in values["capabilities"])
    return Key(**{**values, "mode": Mode(values["mode"]), "capabilities": capabilities})


def _row(key: Key) -> dict[str, object]:
    lists = {
        "capabilities": sorted(key.capabilities),
        "projects": None if key.projects is None else sorted(key.projects),
        "agents": None if key.agents is None else sorted(key.agents),
    }
    return {**vars(key), "mode": key.mode.value, **lists}


async def add(tx: Tx, key: Key) -> None:
    """Store a new key."""
    await tx.execute(insert(api_keys).values(_row(key)))


async def get(tx: Tx, key_id: str) -> Key | None:
    """One key, if the scope sees it."""
    row = (await tx.execute(select(api_keys).where(api_keys.c.id == key_id))).one_or_none()
    return None if row is None else _key(row)


async def any_exists(tx: Tx) -> bool:
    """Whether there is any key at all."""
    return (await tx.execute(select(api_keys.c.id).limit(1))).one_or_none() is not None


async def page(
    tx: Tx, workspace_id: str, window: Window, *, projects: frozenset[str] | None, agents: frozenset[str] | None
) -> Page[Key]:
    """The keys of a workspace, newest first; within some projects and agents where they are named."""
    mine = api_keys.c.workspace_id == workspace_id
    for column, within in ((api_keys.c.projects, projects), (api_keys.c.agents, agents)):
        if within is not None:
            mine &= column.contained_by(cast(sorted(within), ARRAY(Text)))
    total = (await tx.execute(select(func.count()).select_from(api_keys).where(mine))).scalar_one()
    query = select(api_keys).where(mine).order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
    if window.after is not None:
        at, key_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(api_keys.c.created_at, api_keys.c.id) < tuple_(at, key_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_key(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def revoke(tx: Tx, key_id: str, at: datetime) -> bool:
    """Mark a key as revoked; False when it was already."""
    c = api_keys.c
    revoked = update(api_keys).where(c.id == key_id, c.revoked_at.is_(None)).values(revoked_at=at).returning(c.id)
    return (await tx.execute(revoked)).one_or_none() is not None


async def rotate(
    tx: Tx, key_id: str, digest: bytes, *, old_digest: bytes | None, old_until: datetime | None, at: datetime
) -> None:
    """Give a key a new secret; the old one holds until a moment."""
    values = {"digest": digest, "old_digest": old_digest, "old_until": old_until, "rotated_at": at}
    await tx.execute(update(api_keys).where(api_keys.c.id == key_id).values(values))


async def touch(tx: Tx, key_ids: list[str], at: datetime) -> None:
    """Note that keys were used."""
    await tx.execute(update(api_keys).where(api_keys.c.id.in_(key_ids)).values(last_used_at=at))


async def narrow(tx: Tx, key_id: str, capabilities: frozenset[Capability]) -> None:
    """Give a key a scope: it has been said what it is for."""
    values = {"capabilities": sorted(capabilities), "is_legacy": False}
    await tx.execute(update(api_keys).where(api_keys.c.id == key_id).values(values))


async def note_uses(
    tx: Tx, used: Sequence[tuple[str, str, Capability]], day: date
) -> Sequence[tuple[str, str, Capability]]:
    """Note that keys made use of capabilities on a day: workspace, key, capability; returns what was new."""
    rows = [{"workspace_id": one[0], "key_id": one[1], "capability": one[2].value, "day": day} for one in used]
    c = key_uses.c
    adding = insert(key_uses).values(rows).on_conflict_do_nothing().returning(c.workspace_id, c.key_id, c.capability)
    added = await tx.execute(adding)
    return sorted((workspace_id, key_id, Capability(name)) for workspace_id, key_id, name in added)


async def used_since(tx: Tx, key_id: str, day: date) -> frozenset[Capability]:
    """What a key made use of since a day. Capabilities that there are no more are left out."""
    c = key_uses.c
    rows = await tx.execute(select(c.capability).where(c.key_id == key_id, c.day >= day).distinct())
    return frozenset(Capability(name) for (name,) in rows if name in tuple(Capability))


async def sweep_uses(tx: Tx, before: date) -> None:
    """Forget what was used before a day."""
    await tx.execute(delete(key_uses).where(key_uses.c.day < before))
