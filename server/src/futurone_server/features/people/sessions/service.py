"""The use cases of a session: whom a token stands for, what it shows, where else it can go, how it ends."""

from dataclasses import replace
from datetime import datetime

from futurone_server.eventlog import Actor, AuditLine, record
from futurone_server.features.keys import Principal, RateLimits
from futurone_server.features.people import rules, store
from futurone_server.features.people.sessions import store as rows
from futurone_server.features.people.types import Entrance, Place, Presence, Session, SignedIn
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit import crypto
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import NotFound
from futurone_server.kit.ids import new_id
from futurone_server.store.database import SYSTEM, Database, Tx
from futurone_server.store.news import tell

_MAX_AGE_S = 1.0  # an end, and another role, hold in every process within a second
_CACHED_MAX = 10_000
_TOUCH_EVERY_S = 60


class SessionService:
    """Begins, checks, shows and ends sessions. A token is stored as a keyed digest only."""

    def __init__(
        self, db: Database, clock: Clock, pepper: bytes, *, usual: RateLimits, workspaces: WorkspaceService
    ) -> None:
        self._db = db
        self._clock = clock
        self._pepper = crypto.derive(pepper, "token")
        self._forgery = crypto.derive(pepper, "csrf")
        self._usual = usual
        self._workspaces = workspaces
        self._cached: dict[bytes, tuple[float, SignedIn]] = {}
        self._digests: dict[str, bytes] = {}

    def _digest(self, token: str) -> bytes:
        return crypto.authenticate(self._pepper, token.encode())

    def csrf_token(self, token: str) -> str:
        """What a page has to send along with what it changes: bound to the session, and of no other use."""
        return crypto.authenticate(self._forgery, token.encode()).hex()

    def forget(self, session_id: str) -> None:
        """Drop what this process remembers of a session: it has changed."""
        self._cached.pop(self._digests.pop(session_id, b""), None)

    async def authenticate(self, token: str) -> Principal:
        """The caller behind a session's token. Raises Unauthenticated."""
        found = await self._find(self._digest(token))
        if found is None or not rules.holds(found.session, self._clock.now()):
            raise rules.no_session()
        session = found.session
        return rules.principal(
            session.user_id,
            found.role,
            workspace_id=session.workspace_id,
            usual=self._usual,
            session_id=session.id,
        )

    async def _find(self, digest: bytes) -> SignedIn | None:
        at, found = self._cached.get(digest, (0.0, None))
        if found is not None and self._clock.monotonic() - at < _MAX_AGE_S:
            return found
        async with self._db.transaction(SYSTEM) as tx:
            found = await rows.by_digest(tx, digest)
            now = self._clock.now()
            is_old = found is not None and (now - found.session.last_seen_at).total_seconds() > _TOUCH_EVERY_S
            if found is not None and is_old and rules.holds(found.session, now):
                await rows.touch(tx, found.session.id, now)
                found = replace(found, session=replace(found.session, last_seen_at=now))
        if len(self._cached) > _CACHED_MAX:
            self._cached.clear()
            self._digests.clear()
        if found is not None:
            self._cached[digest] = (self._clock.monotonic(), found)
            self._digests[found.session.id] = digest
        return found

    async def still_holds(self, session_id: str) -> bool:
        """Whether a session that held before still does; for open streams."""
        async with self._db.transaction(SYSTEM) as tx:
            found = await rows.get(tx, session_id)
        return found is not None and rules.holds(found.session, self._clock.now())

    async def end_everywhere(self) -> None:
        """End every session, link and invitation of the installation: a restored store knows not which ended since."""
        now = self._clock.now()
        async with self._db.transaction(SYSTEM) as tx:
            await rows.end_everywhere(tx, now)
            await store.end_everywhere(tx, now)
        self._cached.clear()
        self._digests.clear()

    async def sweep(self, before: datetime) -> int:
        """Forget sessions, invitations and links that were over before a moment, and who belongs nowhere since."""
        async with self._db.transaction(SYSTEM) as tx:
            return await rows.sweep(tx, before) + await store.sweep(tx, before)

    async def show(self, session_id: str) -> Presence:
        """Who is signed in, where, as what, and where else that person could be. Raises Unauthenticated."""
        async with self._db.transaction(SYSTEM) as tx:
            found = await self._signed_in(tx, session_id)
            user = await store.user(tx, found.session.user_id)
            if user is None:
                raise rules.no_session()
            places = []
            for workspace_id, role in await store.places(tx, user.id):
                workspace = await self._workspaces.get(tx, workspace_id)
                places.append(Place(workspace_id=workspace_id, workspace_name=workspace.name, role=role))
        here = next((one for one in places if one.workspace_id == found.session.workspace_id), None)
        if here is None:  # removed since the session was found
            raise rules.no_session()
        return Presence(session=found.session, user=user, here=here, places=tuple(places))

    async def open(self, tx: Tx, session_id: str) -> Session:
        """A session that still holds, in an open transaction over all workspaces. Raises Unauthenticated."""
        return (await self._signed_in(tx, session_id)).session

    async def _signed_in(self, tx: Tx, session_id: str) -> SignedIn:
        found = await rows.get(tx, session_id)
        if found is None or not rules.holds(found.session, self._clock.now()):
            raise rules.no_session()
        return found

    async def begin(self, tx: Tx, user_id: str, workspace_id: str, *, request_id: str | None) -> Entrance:
        """A new session with a token of its own, in an open transaction over all workspaces."""
        now = self._clock.now()
        token = rules.new_token("ses")
        session = Session(
            id=new_id(rules.SESSION, now),
            workspace_id=workspace_id,
            user_id=user_id,
            digest=self._digest(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + rules.LONGEST,
        )
        await rows.add(tx, session)
        actor = Actor(id=user_id, request_id=request_id)
        await record(tx, workspace_id, AuditLine(action="session.started", actor=actor, resource=session.id), at=now)
        return Entrance(session=session, token=token)

    async def end_by_token(self, tx: Tx, token: str | None) -> None:
        """End the session of a token, if it has one: whoever signs in anew leaves the old one behind."""
        found = None if token is None else await rows.by_digest(tx, self._digest(token))
        if found is not None:
            await self.end_all(tx, found.session.user_id, session_id=found.session.id)

    async def end_all(
        self, tx: Tx, user_id: str, *, session_id: str | None = None, but: str | None = None
    ) -> list[str]:
        """End sessions of a person in an open transaction, and have every process know. Returns which they were."""
        ended = await rows.end(tx, user_id, self._clock.now(), session_id=session_id, but=but)
        for one in ended:
            await tell(tx, f"session {one}")
            self.forget(one)
        return ended

    async def switch(self, session_id: str, workspace_id: str, *, actor: Actor) -> Entrance:
        """Go on in another workspace of the person's, with a token of its own. Raises NotFound, Unauthenticated."""
        async with self._db.transaction(SYSTEM) as tx:
            session = await self.open(tx, session_id)
            if await store.member(tx, workspace_id, session.user_id) is None:
                raise NotFound("There is no such workspace among yours.")
            await self.end_all(tx, session.user_id, session_id=session.id)
            entrance = await self.begin(tx, session.user_id, workspace_id, request_id=actor.request_id)
            # It does not last longer for having moved.
            bounded = replace(entrance.session, expires_at=session.expires_at)
            await rows.bound(tx, bounded.id, bounded.expires_at)
        return replace(entrance, session=bounded)

    async def sign_out(self, session_id: str, *, actor: Actor) -> None:
        """End a session, here and in every process. Repeatable."""
        await self.end(session_id, session_id, actor=actor)

    async def list(self, session_id: str) -> list[Session]:
        """The sessions of the person that still hold, newest first."""
        now = self._clock.now()
        async with self._db.transaction(SYSTEM) as tx:
            mine = await self.open(tx, session_id)
            return [one for one in await rows.open_of(tx, mine.user_id, now=now) if rules.holds(one, now)]

    async def end(self, session_id: str, other_id: str, *, actor: Actor) -> None:
        """End a session of the same person. Raises NotFound for one of somebody else."""
        async with self._db.transaction(SYSTEM) as tx:
            mine = await self.open(tx, session_id)
            other = (
                mine
                if other_id == session_id
                else next(
                    (one for one in await rows.open_of(tx, mine.user_id, now=self._clock.now()) if one.id == other_id),
                    None,
                )
            )
            if other is None:
                raise NotFound("There is no such session of yours.")
            if await self.end_all(tx, mine.user_id, session_id=other.id):
                line = AuditLine(action="session.ended", actor=actor, resource=other.id)
                await record(tx, other.workspace_id, line, at=self._clock.now())
