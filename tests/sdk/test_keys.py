"""Keys are made, listed, revoked and rotated, and are never part of what a program prints by accident."""

from futurone import FuturOne
from sdk.standin import Answer, StandIn, as_json

KEY = {
    "id": "key_1",
    "name": "ci",
    "key": "fo_live_abc",
    "key_id": "key_1",
    "secret": "abc",
    "capabilities": ["runs:read"],
}


def test_a_new_key_is_shown_once_and_not_in_its_repr(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/api-keys", as_json({"data": KEY}, status=201))
    key = client.keys.create("ci", capabilities=["runs:read"], projects=None)
    assert (key.key, key.secret, key.replayed) == ("fo_live_abc", "abc", False)
    assert server.seen[0].json() == {"name": "ci", "capabilities": ["runs:read"]}
    assert "abc" not in repr(key)


def test_a_replayed_creation_says_so_and_has_no_secret(client: FuturOne, server: StandIn) -> None:
    known = {name: value for name, value in KEY.items() if name not in {"key", "secret"}}
    server.on("POST", "/v1/api-keys", as_json({"data": known, "replayed": True}))
    key = client.keys.create("ci", idempotency_key="once")
    assert (key.key, key.replayed) == (None, True)


def test_keys_are_listed_revoked_and_rotated(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/api-keys", as_json({"data": [{"id": "key_1", "name": "ci"}]}))
    server.on("DELETE", "/v1/api-keys/key_1", Answer(status=204))
    server.on("POST", "/v1/api-keys/key_1/rotate", as_json({"data": KEY | {"id": "key_2"}}))
    assert [key.name for key in client.keys.list()] == ["ci"]
    client.keys.revoke("key_1")
    assert client.keys.rotate("key_1", overlap_s=0).id == "key_2"
    assert server.seen[-1].json() == {"overlap_s": 0}


def test_a_scope_is_proposed_and_set(client: FuturOne, server: StandIn) -> None:
    told = {**KEY, "legacy": True, "proposed": ["runs:read"], "since": "2026-05-10", "applied": False}
    server.on("POST", "/v1/api-keys/key_1/scope", as_json({"data": told}))
    found = client.keys.scope("key_1")
    assert (found.proposed, found.since, found.legacy, found.applied) == (["runs:read"], "2026-05-10", True, False)
    client.keys.scope("key_1", apply=True)
    client.keys.scope("key_1", capabilities=["runs:read"])
    assert [one.json() for one in server.seen] == [{}, {"apply": True}, {"capabilities": ["runs:read"]}]


def test_a_key_is_made_with_limits_of_its_own(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/api-keys", as_json({"data": {**KEY, "rate_limits": {"standard": 10, "execution": 20}}}))
    key = client.keys.create("ci", rate_limits={"standard": 10})
    assert key.rate_limits == {"standard": 10, "execution": 20}
    assert server.seen[0].json() == {"name": "ci", "rate_limits": {"standard": 10}}


def test_a_key_says_whose_it_is(client: FuturOne, server: StandIn) -> None:
    user = {"id": "user_1", "email": "ada@example.com", "capabilities": ["runs:read"], "key": {"id": "key_1"}}
    server.on("GET", "/v1/whoami", as_json({"data": user}))
    whoami = client.whoami()
    assert (whoami.email, whoami.capabilities) == ("ada@example.com", ["runs:read"])
