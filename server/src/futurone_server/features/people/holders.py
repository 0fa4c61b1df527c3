"""Whoever holds rights: a key or a person, for what asks long after the request."""

from futurone_server.features.keys import Capability, KeyService, Principal
from futurone_server.features.people import rules, store
from futurone_server.features.people.sessions.service import SessionService
from futurone_server.features.people.types import Member
from futurone_server.kit.errors import Unauthenticated
from futurone_server.kit.ids import is_id
from futurone_server.store.database import Database, Tx, of_workspace


class Holders:
    """Finds callers by the id that was noted of them: ``key_…`` or ``user_…``, and ``ses_…`` for open streams."""

    def __init__(self, db: Database, keys: KeyService, sessions: SessionService) -> None:
        self._db = db
        self._keys = keys
        self._sessions = sessions

    async def holder(self, workspace_id: str, holder_id: str) -> Principal:
        """The caller that a key or a member is now, for what was left to be done later. Raises Unauthenticated."""
        if not is_id(holder_id, rules.USER):
            return await self._keys.holder(holder_id)
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            member = await store.member(tx, workspace_id, holder_id)
        if member is None:
            raise Unauthenticated("This person is no member of the workspace any more.", "AUTH_MEMBER_REMOVED")
        usual = self._keys.usual
        return rules.principal(holder_id, member.role, workspace_id=workspace_id, usual=usual, session_id=None)

    async def person(self, workspace_id: str, holder_id: str) -> Member | None:
        """The member of an id, or who made the key of it; None where that was a key, or somebody who is gone."""
        user_id = holder_id if is_id(holder_id, rules.USER) else await self._keys.maker(holder_id)
        if user_id is None or not is_id(user_id, rules.USER):
            return None
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            return await store.member(tx, workspace_id, user_id)

    async def has(self, tx: Tx, workspace_id: str, holder_id: str, capability: Capability) -> bool | None:
        """Whether a key or a member has a capability; None where there is no such key or member."""
        if not is_id(holder_id, rules.USER):
            return await self._keys.has(tx, holder_id, capability)
        member = await store.member(tx, workspace_id, holder_id)
        return None if member is None else capability in rules.RIGHTS[member.role]

    async def still_holds(self, credential_id: str) -> bool:
        """Whether a key or a session that held before still does; for open streams."""
        if is_id(credential_id, rules.SESSION):
            return await self._sessions.still_holds(credential_id)
        return await self._keys.still_holds(credential_id)
