"""Members and invitations with the Python client and on the command line."""

import asyncio

import pytest

from contract.browser import PASSWORD, Browser, Reception
from futurone import AsyncFuturOne, ConflictError, FuturOne, PermissionDeniedError
from futurone.cli import main
from house import Caller, Tenant


@pytest.fixture
def owner(reception: Reception, workspace: Tenant) -> Browser:
    return reception.owner(workspace)


def there(live: Caller) -> tuple[str, str]:
    """The key and the address."""
    return live.headers["Authorization"].removeprefix("Bearer "), str(live.http.base_url)


def test_the_client_invites_lists_and_removes(live: Caller, owner: Browser, reception: Reception) -> None:
    key, url = there(live)
    with FuturOne(key, url) as client:
        email = reception.email()
        made = client.invitations.create(email, "developer")
        assert made.url is not None
        assert made.token is not None
        assert made.token not in repr(made)
        guest = reception.browser()
        guest.enters("/v1/invitations/accept", {"token": made.token, "name": "Grace", "password": PASSWORD})
        assert [(one.name, one.role, one.email) for one in client.members.list()][1] == ("Grace", "developer", email)
        assert client.members.set_role(guest.user_id, "viewer").role == "viewer"
        with pytest.raises(PermissionDeniedError):
            client.members.set_role(guest.user_id, "owner")
        other = client.invitations.create(reception.email(), "viewer")
        client.invitations.revoke(other.id)
        assert [one.status for one in client.invitations.list()] == ["revoked", "accepted"]
        client.members.remove(guest.user_id)
        assert [one.user_id for one in client.members.list()] == [owner.user_id]


def test_the_client_for_asyncio_does_the_same(live: Caller, owner: Browser, reception: Reception) -> None:
    async def use() -> None:
        async with AsyncFuturOne(*there(live)) as client:
            made = await client.invitations.create(reception.email(), "admin")
            assert [one.id async for one in client.invitations.list()] == [made.id]
            await client.invitations.revoke(made.id)
            assert [one.user_id async for one in client.members.list()] == [owner.user_id]
            with pytest.raises(PermissionDeniedError):
                await client.members.set_role(owner.user_id, "viewer")
            with pytest.raises(PermissionDeniedError):
                await client.members.remove(owner.user_id)

    asyncio.run(use())


def test_before_there_is_an_owner_the_client_says_what_to_do(live: Caller) -> None:
    with FuturOne(*there(live)) as client, pytest.raises(ConflictError, match="futurone people setup-link"):
        client.invitations.create("x@example.com", "viewer")


def test_the_command_does_what_the_client_does(
    live: Caller, owner: Browser, reception: Reception, capsys: pytest.CaptureFixture[str]
) -> None:
    key, url = there(live)
    command = ("--base-url", url, "--api-key", key)
    viewer = reception.member(owner, "viewer")
    assert main([*command, "members", "list"]) == 0
    assert viewer.user_id in capsys.readouterr().out
    assert main([*command, "members", "set-role", viewer.user_id, "developer"]) == 0
    assert "developer" in capsys.readouterr().out
    assert main([*command, "invitations", "create", reception.email(), "--role", "viewer"]) == 0
    link, said = capsys.readouterr()
    assert "/invite#token=fo_inv_" in link
    invitation_id = next(word for word in said.split() if word.startswith("inv_")).rstrip(".")
    assert main([*command, "invitations", "revoke", invitation_id]) == 0
    assert main([*command, "invitations", "list"]) == 0
    assert "revoked" in capsys.readouterr().out
    assert main([*command, "members", "remove", viewer.user_id]) == 0
    assert main([*command, "members", "remove", owner.user_id]) == 1
    assert "it is about an owner" in capsys.readouterr().err
