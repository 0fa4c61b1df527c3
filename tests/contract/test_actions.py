"""Actions without members: an empty body is fine, and one with members is not what was meant."""

import httpx2
import pytest

from contract.asking import Ids, possessions
from contract.routes import ALL, One
from house import Caller, Json, Registry, Tenant, refusal


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owner(http: httpx2.Client, crowd: Tenant) -> Caller:
    return Caller(http, crowd.live)


@pytest.fixture(scope="module")
def owned(owner: Caller) -> Ids:
    return possessions(owner)


ACTIONS = [one for one in ALL if one.path.rsplit("/", 1)[-1] in ("cancel", "resume", "ack", "rerun", "rotate")]
ACTIONS += [one for one in ALL if one.method == "DELETE"]


@pytest.mark.parametrize("one", ACTIONS, ids=str)
def test_an_action_takes_no_member_that_it_does_not_have(one: One, owner: Caller, owned: Ids) -> None:
    answer = owner.ask(one.method, one.at(owned), json={"unknown_member": 1})
    assert refusal(answer) == (400, "UNKNOWN_FIELD")
    assert answer.json()["error"]["details"]["field"] == "unknown_member"
    bodies: list[Json] = [[], "x", 5]
    for body in bodies:
        answer = owner.ask(one.method, one.at(owned), json=body)
        assert refusal(answer) == (400, "FIELD_INVALID")
        assert answer.json()["error"]["details"]["field"] == "body"
    broken = owner.ask(one.method, one.at(owned), content=b"{", headers={"Content-Type": "application/json"})
    assert refusal(broken) == (400, "MALFORMED_JSON")
    assert owner.get(f"/v1/runs/{owned.run_id}").json()["content"]["state"] == "available", "nothing has been done"


@pytest.mark.parametrize("one", [one for one in ACTIONS if "{" in one.path and "session" not in one.path], ids=str)
def test_an_action_needs_no_body_and_takes_an_empty_one(one: One, owner: Caller) -> None:
    nothing = {"headers": {"Content-Type": "application/json"}}
    bodies: list[Json] = [{}, {"json": {}}, {"json": None}, {"content": b"", **nothing}]
    for body in bodies:
        assert refusal(owner.ask(one.method, one.at(Ids()), **body)) == (404, "NOT_FOUND")
