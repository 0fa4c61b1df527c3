"""The ways in for who is new: a set-up link makes an owner, an invitation a member. Each token lets in once."""

from futurone_server.eventlog import SYSTEM_ACTOR, Actor, AuditLine, record
from futurone_server.features.keys import Capability, KeyService
from futurone_server.features.people import rules, store
from futurone_server.features.people.passwords import Passwords
from futurone_server.features.people.sessions.entrances import EntranceService
from futurone_server.features.people.sessions.service import SessionService
from futurone_server.features.people.types import Entrance, Invitation, InvitationStatus, Role, SetupLink, User
from futurone_server.kit import crypto
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, missing_field
from futurone_server.kit.ids import is_id, new_id
from futurone_server.store.database import SYSTEM, Database, Tx


class ArrivalService:
    """Lets people in who have a token. Passwords are hashed before the transaction that decides who was first."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        pepper: bytes,
        *,
        keys: KeyService,
        sessions: SessionService,
        entrances: EntranceService,
        passwords: Passwords,
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._sessions = sessions
        self._entrances = entrances
        self._passwords = passwords
        self._pepper = pepper

    def _digest(self, token: str) -> bytes:
        return crypto.authenticate(self._pepper, token.encode())

    async def first_link(self, tx: Tx, workspace_id: str) -> str | None:
        """The token of a set-up link for a workspace that nobody owns in person; None where somebody does."""
        return None if await store.has_owner(tx, workspace_id) else await self.link(tx, workspace_id)

    async def new_link(self, workspace_id: str) -> str:
        """The token of a fresh set-up link. Earlier ones hold no more."""
        async with self._db.transaction(SYSTEM) as tx:
            return await self.link(tx, workspace_id)

    async def link(self, tx: Tx, workspace_id: str) -> str:
        """The token of a fresh set-up link, in an open transaction over all workspaces. Earlier ones hold no more."""
        now = self._clock.now()
        token = rules.new_token("set")
        link = SetupLink(
            id=new_id(rules.LINK, now),
            workspace_id=workspace_id,
            digest=self._digest(token),
            created_at=now,
            expires_at=now + rules.LINK_HOLDS,
        )
        await store.add_link(tx, link)
        line = AuditLine(action="setup_link.created", actor=SYSTEM_ACTOR, resource=link.id)
        await record(tx, workspace_id, line, at=now)
        return token

    async def set_up(
        self, token: str, *, email: str, name: str, password: str, request_id: str | None, replaces: str | None = None
    ) -> Entrance:
        """Become the owner of the workspace that a set-up link is for. Raises Gone when the link holds no more.

        Whatever session the browser had before ends: ``replaces`` is its token.

        Whoever has the link was given it by who has the server's root key: somebody of this address who is known here
        already gets the new password, and every session of theirs ends. That is the way back for who forgot it.
        """
        rules.check_email(email)
        rules.check_password(password)
        async with self._db.transaction(SYSTEM) as tx:
            link = await store.link_by(tx, self._digest(token))
        if link is None or link.used_at is not None or link.expires_at <= self._clock.now():
            raise rules.no_link()
        made = await self._passwords.hash(password)
        async with self._db.transaction(SYSTEM) as tx:
            now = self._clock.now()
            if not await store.take_link(tx, link.id, now):
                raise rules.no_link()
            user = await store.user_by_email(tx, rules.email_key(email))
            if user is None:
                user = await self._add(tx, email, name, password_hash=made)
            else:
                await store.set_password(tx, user.id, made)
                await self._sessions.end_all(tx, user.id)
            await store.place(tx, link.workspace_id, user.id, role=Role.OWNER, at=now)
            line = AuditLine(action="member.set_up", actor=Actor(id=user.id, request_id=request_id), resource=user.id)
            await record(tx, link.workspace_id, line, at=now)
            await self._sessions.end_by_token(tx, replaces)
            return await self._sessions.begin(tx, user.id, link.workspace_id, request_id=request_id)

    async def _add(self, tx: Tx, email: str, name: str, *, password_hash: str) -> User:
        """Store somebody new. Raises Conflict when the same person comes in at two doors at once."""
        now = self._clock.now()
        user = User(
            id=new_id(rules.USER, now),
            email=email,
            email_key=rules.email_key(email),
            name=name,
            password_hash=password_hash,
            created_at=now,
        )
        if not await store.add_user(tx, user):
            raise Conflict("Somebody came in with this address at the same moment. Sign in instead.")
        return user

    async def account(self, token: str) -> str:
        """Whose account an invitation is about, by ``rules.email_key``. Raises Gone when it holds no more."""
        async with self._db.transaction(SYSTEM) as tx:
            return (await self._pending(tx, token)).email_key

    async def _pending(self, tx: Tx, token: str) -> Invitation:
        invitation = await store.invitation_by(tx, self._digest(token))
        if invitation is None or invitation.status(self._clock.now()) is not InvitationStatus.PENDING:
            raise rules.no_link()
        return invitation

    async def accept(
        self, token: str, *, name: str | None, password: str, request_id: str | None, replaces: str | None = None
    ) -> Entrance:
        """Come in by an invitation: with a new password, or with the one that the person has here already.

        Whatever session the browser had before ends: ``replaces`` is its token.

        Raises Gone when the invitation holds no more, Unauthenticated for a wrong password, Invalid without a name.
        """
        async with self._db.transaction(SYSTEM) as tx:
            invitation = await self._pending(tx, token)
            known = await store.user_by_email(tx, invitation.email_key)
        made = ""
        if known is not None:
            await self._entrances.known(invitation.email, password)
        elif name is None:
            raise missing_field("name", "say what you are called: nobody of this address is known here")
        else:
            rules.check_password(password)
            made = await self._passwords.hash(password)
        async with self._db.transaction(SYSTEM) as tx:
            now, workspace_id = self._clock.now(), invitation.workspace_id
            if not await self._may_still(tx, invitation) or not await store.take_invitation(tx, invitation.id, now):
                raise rules.no_link()
            user = known or await self._add(tx, invitation.email, name or "", password_hash=made)
            if await store.member(tx, workspace_id, user.id) is None:
                await store.place(tx, workspace_id, user.id, role=invitation.role, at=now)
                actor = Actor(id=user.id, request_id=request_id)
                details = {"role": invitation.role.value, "invitation_id": invitation.id}
                line = AuditLine(action="member.joined", actor=actor, resource=user.id, details=details)
                await record(tx, workspace_id, line, at=now)
            await self._sessions.end_by_token(tx, replaces)
            return await self._sessions.begin(tx, user.id, workspace_id, request_id=request_id)

    async def _may_still(self, tx: Tx, invitation: Invitation) -> bool:
        """Whether who sent an invitation could still give what it gives: it is not worth more than its sender."""
        if not is_id(invitation.invited_by, rules.USER):
            return bool(await self._keys.has(tx, invitation.invited_by, Capability.WORKSPACE_MANAGE))
        sender = await store.member(tx, invitation.workspace_id, invitation.invited_by)
        if sender is None or Capability.WORKSPACE_MANAGE not in rules.RIGHTS[sender.role]:
            return False
        return invitation.role is not Role.OWNER or sender.role is Role.OWNER
