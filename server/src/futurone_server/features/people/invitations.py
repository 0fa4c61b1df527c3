"""The use cases of invitations: who may come in, as what, for how long."""

from futurone_server.eventlog import record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.people import rules, store
from futurone_server.features.people.members import role_of
from futurone_server.features.people.types import Invitation, Invited, Role
from futurone_server.kit import crypto
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, NotFound
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.idempotency import Once


class InvitationService:
    """Makes, lists and revokes invitations. Their tokens are shown once, and stored as keyed digests."""

    def __init__(self, db: Database, clock: Clock, pepper: bytes) -> None:
        self._db = db
        self._clock = clock
        self._pepper = pepper

    async def create(self, caller: Principal, email: str, role: Role, once: Once | None = None) -> Invited:
        """Invite somebody, as at most what one is; an earlier invitation to the address holds no more.

        Raises Forbidden for a role above one's own, Conflict for who is a member, and before there is an owner.
        """
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        workspace_id, now = caller.workspace_id, self._clock.now()
        token = rules.new_token("inv")
        made = Invitation(
            id=new_id(rules.INVITATION, now),
            workspace_id=workspace_id,
            email=rules.check_email(email),
            email_key=rules.email_key(email),
            role=role,
            digest=crypto.authenticate(self._pepper, token.encode()),
            invited_by=caller.key_id,
            created_at=now,
            expires_at=now + rules.INVITED_FOR,
        )
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            rules.check_may_give(caller, await role_of(tx, caller), role)
            earlier = await idempotency.claim(tx, once, workspace_id=workspace_id, resource_id=made.id, at=now)
            if earlier is not None:
                return Invited(invitation=await self._get(tx, earlier), token=None)
            await store.lock_invitations(tx, workspace_id)
            await self._check_free(tx, made)
            await store.revoke_invitations(tx, workspace_id, now, email_key=made.email_key)
            await store.add_invitation(tx, made)
            await record(tx, workspace_id, caller.act("invitation.created", made.id, role=role.value), at=now)
        return Invited(invitation=made, token=token)

    async def _check_free(self, tx: Tx, made: Invitation) -> None:
        """Refuse what could not be accepted, and too many that could. Raises Conflict."""
        if not await store.has_owner(tx, made.workspace_id):
            raise Conflict(
                "Nobody owns this workspace in person yet. Use the set-up link that `futurone up` prints,"
                " or make one with `futurone people setup-link`.",
                "OWNER_MISSING",
            )
        known = await store.user_by_email(tx, made.email_key)
        if known is not None:  # a workspace sees its own members alone
            raise Conflict("This person is a member already.", details={"user_id": known.id})
        if await store.count_pending(tx, made.workspace_id, made.created_at) >= rules.PENDING_MAX:
            raise Conflict(f"{rules.PENDING_MAX} invitations wait already. Revoke some first.")

    async def list(self, caller: Principal, window: Window) -> Page[Invitation]:
        """The invitations of the workspace, newest first, also those that are over; never a token."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await store.invitation_page(tx, caller.workspace_id, window)

    async def revoke(self, caller: Principal, invitation_id: str) -> None:
        """Take an invitation back. Repeatable. Raises NotFound, Conflict when it was accepted."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        workspace_id, now = caller.workspace_id, self._clock.now()
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            invitation = await self._get(tx, invitation_id)
            rules.check_may_give(caller, await role_of(tx, caller), invitation.role)
            if invitation.accepted_at is not None:
                raise Conflict("This invitation was accepted. Remove the member instead.")
            if await store.revoke_invitations(tx, workspace_id, now, invitation_id=invitation_id):
                await record(tx, workspace_id, caller.act("invitation.revoked", invitation_id), at=now)

    async def _get(self, tx: Tx, invitation_id: str) -> Invitation:
        found = await store.invitation(tx, invitation_id)
        if found is None:
            raise NotFound("There is no such invitation in this workspace.")
        return found
