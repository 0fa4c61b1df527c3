"""The way in by a password. It begins a session with a token that nobody knew before."""

from futurone_server.eventlog import Actor, AuditLine, record
from futurone_server.features.people import rules, store
from futurone_server.features.people.passwords import Passwords
from futurone_server.features.people.sessions.service import SessionService
from futurone_server.features.people.types import Entrance, User
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Forbidden
from futurone_server.store.database import SYSTEM, Database


class EntranceService:
    """Lets people in who have a password. It is checked outside of transactions: that takes a while on purpose."""

    def __init__(self, db: Database, clock: Clock, sessions: SessionService, passwords: Passwords) -> None:
        self._db = db
        self._clock = clock
        self._sessions = sessions
        self._passwords = passwords

    async def sign_in(
        self, email: str, password: str, *, workspace_id: str | None, replaces: str | None, request_id: str | None
    ) -> Entrance:
        """A session in a workspace of the person's, else in the one joined first; the token it replaces holds no more.

        Raises Unauthenticated, the same for a wrong address, a wrong password, and a workspace that is not theirs.
        """
        user = await self.known(email, password)
        async with self._db.transaction(SYSTEM) as tx:
            places = [one for one, _ in await store.places(tx, user.id) if workspace_id in (None, one)]
            if not places:
                raise rules.not_signed_in()
            await self._sessions.end_by_token(tx, replaces)
            return await self._sessions.begin(tx, user.id, places[0], request_id=request_id)

    async def known(self, email: str, password: str) -> User:
        """Who has an address and a password. Raises Unauthenticated, after the same work in every case."""
        async with self._db.transaction(SYSTEM) as tx:
            user = await store.user_by_email(tx, rules.email_key(email))
        is_right, better = await self._passwords.check(None if user is None else user.password_hash, password)
        if user is None or not is_right:
            raise rules.not_signed_in()
        if better is not None:
            async with self._db.transaction(SYSTEM) as tx:
                await store.set_password(tx, user.id, better, instead_of=user.password_hash)
        return user

    async def change_password(self, session_id: str, current: str, new: str, *, actor: Actor) -> Entrance:
        """Exchange one's own password: all sessions end, and one with a token of its own begins.

        Raises Forbidden for a wrong current password, Invalid for a new one that does not do.
        """
        rules.check_password(new, "new_password")
        user = (await self._sessions.show(session_id)).user
        is_right, _ = await self._passwords.check(user.password_hash, current)
        if not is_right:
            raise Forbidden("The current password is not right.", "PASSWORD_WRONG")
        made = await self._passwords.hash(new)
        async with self._db.transaction(SYSTEM) as tx:
            now = self._clock.now()
            session = await self._sessions.open(tx, session_id)
            if not await store.set_password(tx, user.id, made, instead_of=user.password_hash):
                raise rules.no_session()
            await self._sessions.end_all(tx, user.id)
            line = AuditLine(action="person.password_changed", actor=actor, resource=user.id)
            await record(tx, session.workspace_id, line, at=now)
            return await self._sessions.begin(tx, user.id, session.workspace_id, request_id=actor.request_id)
