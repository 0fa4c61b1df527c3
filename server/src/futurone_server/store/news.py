"""Telling other processes: one NOTIFY inside a transaction, heard when it commits."""

from sqlalchemy import text

from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement

CHANNEL = "futurone"
_NOTIFY = text("SELECT pg_notify('futurone', :message)")


def telling(message: str) -> Statement:
    """The same as a statement, for those who send several at once."""
    return "SELECT pg_notify('futurone', %(message)s)", {"message": message}


async def tell(tx: Tx, message: str) -> None:
    """Send a message (a topic and its rest) to every process when this transaction commits."""
    await tx.execute(_NOTIFY, {"message": message})
