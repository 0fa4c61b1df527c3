"""Members and invitations: who belongs to the workspace, as what, and who may come."""

from futurone import _people_calls as calls
from futurone._async import AsyncDriver
from futurone._pages import AsyncPages, Pages
from futurone._people_models import Invitation, Member, Role
from futurone._sync import SyncDriver


class Members:
    """``client.members``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def list(self, *, page_size: int | None = None) -> Pages[Member]:
        """The people of the workspace, those who joined first before others."""
        return Pages(self._driver, lambda cursor: calls.member_page(page_size, cursor))

    def set_role(self, user_id: str, role: Role) -> Member:
        """Give a member another role; open sessions follow within a second."""
        return self._driver.perform(calls.set_role(user_id, role))

    def remove(self, user_id: str) -> None:
        """Take a member's place away, at once and everywhere. Keys that the person made stay the workspace's."""
        self._driver.perform(calls.remove_member(user_id))


class Invitations:
    """``client.invitations``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def create(self, email: str, role: Role, *, idempotency_key: str | None = None) -> Invitation:
        """Invite an address; ``url`` is shown this once, to be handed on. It holds once, for seven days."""
        return self._driver.perform(calls.invite(email, role, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> Pages[Invitation]:
        """The workspace's invitations, newest first, also those that are over."""
        return Pages(self._driver, lambda cursor: calls.invitation_page(page_size, cursor))

    def revoke(self, invitation_id: str) -> None:
        """Take an invitation back: its link lets nobody in any more."""
        self._driver.perform(calls.revoke_invitation(invitation_id))


class AsyncMembers:
    """``client.members`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    def list(self, *, page_size: int | None = None) -> AsyncPages[Member]:
        """The people of the workspace, those who joined first before others."""
        return AsyncPages(self._driver, lambda cursor: calls.member_page(page_size, cursor))

    async def set_role(self, user_id: str, role: Role) -> Member:
        """Give a member another role; open sessions follow within a second."""
        return await self._driver.perform(calls.set_role(user_id, role))

    async def remove(self, user_id: str) -> None:
        """Take a member's place away, at once and everywhere. Keys that the person made stay the workspace's."""
        await self._driver.perform(calls.remove_member(user_id))


class AsyncInvitations:
    """``client.invitations`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(self, email: str, role: Role, *, idempotency_key: str | None = None) -> Invitation:
        """Invite an address; ``url`` is shown this once, to be handed on. It holds once, for seven days."""
        return await self._driver.perform(calls.invite(email, role, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> AsyncPages[Invitation]:
        """The workspace's invitations, newest first, also those that are over."""
        return AsyncPages(self._driver, lambda cursor: calls.invitation_page(page_size, cursor))

    async def revoke(self, invitation_id: str) -> None:
        """Take an invitation back: its link lets nobody in any more."""
        await self._driver.perform(calls.revoke_invitation(invitation_id))
