"""A named lock that is held by a database session, and so frees itself when the process that holds it dies."""

import psycopg

from futurone_server.store.database import Database


class HeldLock:
    """One advisory lock, held on a connection of its own."""

    def __init__(self, session: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
        self._session = session

    @classmethod
    async def take(cls, db: Database, name: tuple[int, int]) -> "HeldLock":
        """Wait for the lock and hold it. Raises Unavailable when the database is away."""
        session = await db.connection()
        try:
            await session.execute("SELECT pg_advisory_lock(%s, %s)", name)
        except BaseException:
            await session.close()
            raise
        return cls(session)

    async def is_held(self) -> bool:
        """Whether the session, and with it the lock, is still there."""
        try:
            await self._session.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    async def release(self) -> None:
        """Let go."""
        await self._session.close()
