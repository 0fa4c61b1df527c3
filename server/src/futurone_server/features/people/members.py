"""The use cases of members: who they are, what they may do, and that they leave."""

from collections.abc import Sequence

from futurone_server.eventlog import record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.people import rules, store
from futurone_server.features.people.sessions import store as session_rows
from futurone_server.features.people.types import Member, Role
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import NotFound
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.news import tell


class MemberService:
    """Lists members, changes their roles and removes them; their sessions follow at once, in every process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def list(self, caller: Principal, window: Window) -> Page[Member]:
        """The members of the workspace, those who joined first before others."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await store.members(tx, caller.workspace_id, window)

    async def set_role(self, caller: Principal, user_id: str, role: Role) -> Member:
        """Give a member another role, at most one's own. Raises NotFound, Forbidden, Conflict for the last owner."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        workspace_id, now = caller.workspace_id, self._clock.now()
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            owners = await store.lock_owners(tx, workspace_id)
            before = await self._of_workspace(tx, caller, user_id)
            rules.check_may_give(caller, await role_of(tx, caller), role)
            if role is before.role:
                return before
            if before.role is Role.OWNER:
                rules.check_owner_stays(len(owners))
            await store.set_role(tx, workspace_id, user_id, role)
            await store.revoke_invitations(tx, workspace_id, now, invited_by=user_id)
            await _tell_all(tx, await session_rows.ids_of(tx, user_id, workspace_id))
            line = caller.act("member.role_changed", user_id, role=role.value, before=before.role.value)
            await record(tx, workspace_id, line, at=now)
            return await self._of_workspace(tx, caller, user_id, to_change=False)

    async def remove(self, caller: Principal, user_id: str) -> None:
        """Take a member's place away, with sessions and invitations. What the person made stays the workspace's.

        Raises NotFound, Forbidden, Conflict for the last owner.
        """
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        workspace_id, now = caller.workspace_id, self._clock.now()
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            owners = await store.lock_owners(tx, workspace_id)
            member = await self._of_workspace(tx, caller, user_id)
            if member.role is Role.OWNER:
                rules.check_owner_stays(len(owners))
            ended = await session_rows.end(tx, user_id, now, workspace_id=workspace_id)
            await store.revoke_invitations(tx, workspace_id, now, invited_by=user_id)
            await store.remove_member(tx, workspace_id, user_id)
            await _tell_all(tx, ended)
            await record(tx, workspace_id, caller.act("member.removed", user_id, role=member.role.value), at=now)

    async def _of_workspace(self, tx: Tx, caller: Principal, user_id: str, *, to_change: bool = True) -> Member:
        member = await store.member(tx, caller.workspace_id, user_id)
        if member is None:
            raise NotFound("There is no such member in this workspace.")
        if to_change:
            rules.check_may_give(caller, await role_of(tx, caller), member.role)
        return member


async def role_of(tx: Tx, caller: Principal) -> Role | None:
    """The role of a caller as it is in the transaction; None for a key. Raises Unauthenticated for who has left."""
    if caller.session_id is None:
        return None
    found = await store.member(tx, caller.workspace_id, caller.key_id)
    if found is None:
        raise rules.no_session()
    return found.role


async def _tell_all(tx: Tx, session_ids: Sequence[str]) -> None:
    """Have every process look at these sessions anew and cut their streams."""
    for session_id in session_ids:
        await tell(tx, f"session {session_id}")
