"""The SQL of the blind index."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, update

from futurone_server.features.vault.search.tables import vault_terms
from futurone_server.features.vault.tables import vault_files
from futurone_server.store.database import Tx
from futurone_server.store.messages import run

_PUT = (
    "INSERT INTO vault_terms (workspace_id, file_id, lexeme, count)"
    " SELECT %(workspace_id)s, %(file_id)s, t.lexeme, t.count"
    " FROM unnest(CAST(%(lexemes)s AS bytea[]), CAST(%(counts)s AS int[])) AS t(lexeme, count)"
)
_RANK = """
WITH asked AS (SELECT unnest(CAST(%(lexemes)s AS bytea[])) AS lexeme),
hits AS (
  SELECT t.file_id, t.lexeme, t.count FROM vault_terms t JOIN asked a ON a.lexeme = t.lexeme
  WHERE t.workspace_id = %(workspace_id)s
), spread AS (SELECT lexeme, count(*) AS files FROM hits GROUP BY lexeme),
whole AS (SELECT count(*) AS files FROM vault_files WHERE workspace_id = %(workspace_id)s)
SELECT h.file_id, sum(ln(1 + w.files::float8 / s.files) * h.count / (h.count + 1.2)) AS score
FROM hits h JOIN spread s ON s.lexeme = h.lexeme CROSS JOIN whole w
GROUP BY h.file_id ORDER BY score DESC, h.file_id LIMIT %(limit)s
"""


async def put(tx: Tx, workspace_id: str, file_id: str, terms: Mapping[bytes, int]) -> None:
    """Replace what the index holds of a file."""
    await tx.execute(delete(vault_terms).where(vault_terms.c.file_id == file_id))
    base = {"workspace_id": workspace_id, "file_id": file_id}
    await run(tx, (_PUT, {**base, "lexemes": list(terms), "counts": list(terms.values())}))


async def mark(tx: Tx, file_id: str, state: str) -> bool:
    """Note how far a file is indexed; False when the file is gone."""
    statement = update(vault_files).where(vault_files.c.id == file_id).values(index_state=state)
    return (await tx.execute(statement.returning(vault_files.c.id))).one_or_none() is not None


async def count(tx: Tx, workspace_id: str, states: Sequence[str]) -> int:
    """How many files of a workspace are in one of these states."""
    mine = (vault_files.c.workspace_id == workspace_id, vault_files.c.index_state.in_(states))
    return int((await tx.execute(select(func.count()).select_from(vault_files).where(*mine))).scalar_one())


async def pending(tx: Tx, workspace_id: str, limit: int) -> list[str]:
    """Files of a workspace that are still to be indexed, oldest first."""
    c = vault_files.c
    query = select(c.id).where(c.workspace_id == workspace_id, c.index_state == "pending").order_by(c.created_at)
    return list((await tx.execute(query.limit(limit))).scalars())


async def workspace_of(tx: Tx, file_id: str) -> str | None:
    """The workspace that a file belongs to."""
    query = select(vault_files.c.workspace_id).where(vault_files.c.id == file_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def rank(tx: Tx, workspace_id: str, lexemes: Sequence[bytes], limit: int) -> list[str]:
    """The files that hold the rarest of these words most often, best first."""
    values = {"workspace_id": workspace_id, "lexemes": list(lexemes), "limit": limit}
    (rows,) = await run(tx, (_RANK, values))
    return [row.file_id for row in rows]
