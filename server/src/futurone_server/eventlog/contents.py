"""A run's sealed contents by name: brief, plan, results of steps, artifacts; erased when the run's time is over."""

from sqlalchemy import select

from futurone_server.eventlog import tables
from futurone_server.eventlog.appends import Write
from futurone_server.eventlog.sealing import RunSeal, Seals
from futurone_server.kit.errors import Gone, NotFound
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run
from futurone_server.store.news import telling

_PUT = (
    "INSERT INTO run_contents (run_id, workspace_id, name, sealed)"
    " VALUES (%(run_id)s, %(workspace_id)s, %(name)s, %(sealed)s)"
    " ON CONFLICT (run_id, name) DO UPDATE SET sealed = excluded.sealed"
)


class Contents:
    """Puts, gets and erases what belongs to a run and must not outlive it."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    async def seal_of(self, tx: Tx, workspace_id: str, run_id: str) -> RunSeal:
        """What seals and opens a run's content. Raises Gone once it has been erased."""
        query = select(tables.heads.c.sealed_key).where(tables.heads.c.run_id == run_id)
        return self._seals.of_run(workspace_id, run_id, (await tx.execute(query)).scalar_one_or_none())

    async def seal_held(self, tx: Tx, workspace_id: str, run_id: str) -> RunSeal:
        """The same, and the content is not erased before this transaction ends: for whoever adds to it later."""
        query = select(tables.heads.c.sealed_key).where(tables.heads.c.run_id == run_id).with_for_update()
        return self._seals.of_run(workspace_id, run_id, (await tx.execute(query)).scalar_one_or_none())

    async def put(self, tx: Tx, seal: RunSeal, name: str, value: object) -> None:
        """Seal a JSON value under a name of the run."""
        await run(tx, (_PUT, self._row(seal, name, value)))

    def putting(self, seal: RunSeal, name: str, value: object) -> Write:
        """The same as a row change that an event brings with it."""
        return Write(statement=_PUT, values=self._row(seal, name, value))

    def _row(self, seal: RunSeal, name: str, value: object) -> dict[str, object]:
        sealed = seal.seal_json(f"contents|{name}", value)
        return {"run_id": seal.run_id, "workspace_id": seal.workspace_id, "name": name, "sealed": sealed}

    async def get(self, tx: Tx, seal: RunSeal, name: str) -> object:
        """The JSON value sealed under a name. Raises Gone once erased, NotFound when there never was one."""
        c = tables.contents.c
        query = select(c.sealed).where(c.run_id == seal.run_id, c.name == name)
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"The run has no content named {name}.")
        if row.sealed is None:
            raise Gone("The content of this run has been erased.")
        return seal.open_json(f"contents|{name}", row.sealed)

    async def erase(self, tx: Tx, run_id: str) -> None:
        """Destroy the run's key, then null every ciphertext. Facts stay."""
        await run(tx, *erasing(run_id))


_DESTROY_KEY = "UPDATE log_heads SET sealed_key = NULL WHERE run_id = %(run_id)s AND sealed_key IS NOT NULL"
_NULL_EVENTS = "UPDATE events SET content = NULL WHERE run_id = %(run_id)s AND content IS NOT NULL"
_NULL_CONTENTS = "UPDATE run_contents SET sealed = NULL WHERE run_id = %(run_id)s AND sealed IS NOT NULL"


def erasing(run_id: str) -> list[Statement]:
    """The statements that destroy a run's key and null every ciphertext; carried out twice they are as once."""
    of_run = {"run_id": run_id}
    null = [(statement, of_run) for statement in (_DESTROY_KEY, _NULL_EVENTS, _NULL_CONTENTS)]
    return [*null, telling(f"erased {run_id}")]
