"""Telling other processes: one NOTIFY inside a transaction, heard when it commits."""

from sqlalchemy import text

from futurone_server.store.database import Tx

CHANNEL = "futurone"
_NOTIFY = text("SELECT pg_notify('futurone', :message)")


async def tell(tx: Tx, message: str) -> None:
    """Send a message (a topic and its rest) to every process when this transaction commits."""
    await tx.execute(_NOTIFY, {"message": message})
