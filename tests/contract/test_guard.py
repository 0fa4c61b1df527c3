"""What holds for every route: the key comes before the right, the right before the form, the query has known names."""

from typing import Any

import httpx2
import pytest

from contract.asking import Ids, possessions
from contract.routes import ALL, KEYED, LOCKED, One
from house import EVERYTHING, Caller, Registry, Tenant, refusal

WRONG: list[dict[str, Any]] = [
    {"json": {"unknown_member": 1}},
    {"json": []},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
    {"content": b"x", "headers": {"Content-Type": "text/plain"}},
]


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owner(http: httpx2.Client, crowd: Tenant) -> Caller:
    return Caller(http, crowd.live)


@pytest.fixture(scope="module")
def owned(owner: Caller) -> Ids:
    return possessions(owner)


def test_the_table_holds_every_operation_of_the_document(http: httpx2.Client) -> None:
    document = http.get("/openapi.json").json()
    shown = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert {(one.method, one.path) for one in ALL} == shown
    assert len(LOCKED) > 20


@pytest.mark.parametrize("one", KEYED, ids=str)
def test_without_a_key_nothing_is_said_of_what_else_is_wrong(one: One, stranger: Caller) -> None:
    for query in ("?unknown_parameter=1", "?x=%00", ""):
        for wrong in WRONG if one.method != "GET" else [{}]:
            answer = stranger.ask(one.method, one.at(Ids()) + query, **wrong)
            assert refusal(answer) == (401, "AUTH_MISSING_HEADER")


@pytest.mark.parametrize("one", LOCKED, ids=str)
def test_without_the_right_nothing_is_said_of_what_else_is_wrong(
    one: One, http: httpx2.Client, registry: Registry, crowd: Tenant
) -> None:
    assert one.capability is not None
    weak = Caller(http, registry.key(crowd, capabilities=EVERYTHING - {one.capability}))
    for query in ("?unknown_parameter=1", "?x=%00", ""):
        for wrong in WRONG if one.method != "GET" else [{}]:
            answer = weak.ask(one.method, one.at(Ids()) + query, **wrong)
            assert refusal(answer) == (403, "CAPABILITY_MISSING")
            assert answer.json()["error"]["details"]["capability"] == one.capability.value


@pytest.mark.parametrize("one", ALL, ids=str)
def test_a_parameter_that_a_route_does_not_have_is_refused_by_name(one: One, owner: Caller, owned: Ids) -> None:
    for name in ("unknown_parameter", "Limit", "format[]", "metadata_"):
        answer = owner.ask(one.method, f"{one.at(owned)}?{name}=1")
        assert refusal(answer) == (400, "UNKNOWN_FIELD"), name
        assert answer.json()["error"]["details"] == {"field": name}
        assert answer.json()["error"]["message"].startswith(f"{name}: ")


@pytest.mark.parametrize("one", ALL, ids=str)
def test_a_nul_in_a_query_is_refused_by_name(one: One, owner: Caller, owned: Ids) -> None:
    for query, field in (("a=%00", "a"), ("%00=1", "\0"), ("limit=1&b=x%00y", "b")):
        answer = owner.ask(one.method, f"{one.at(owned)}?{query}")
        assert refusal(answer)[0] == 400, query
        assert answer.json()["error"]["details"]["field"] in (field, "limit")


def test_a_parameter_given_twice_is_refused_by_name_unless_it_is_a_list(owner: Caller, owned: Ids) -> None:
    for path, query, field in (
        ("/v1/runs", "limit=1&limit=2", "limit"),
        ("/v1/runs", "metadata[a]=1&metadata[a]=2", "metadata[a]"),
        (f"/v1/runs/{owned.run_id}", "wait=0&wait=1", "wait"),
        (f"/v1/runs/{owned.run_id}/events", "after=0&after=1", "after"),
        (f"/v1/runs/{owned.run_id}/artifacts/{owned.artifact_id}", "format=md&format=html", "format"),
        ("/v1/vault/files", "search=a&search=b", "search"),
    ):
        answer = owner.get(f"{path}?{query}")
        assert refusal(answer) == (400, "FIELD_INVALID"), query
        assert answer.json()["error"]["details"]["field"] == field
    assert owner.get("/v1/runs?status=completed&status=failed&metadata[a]=1&metadata[b]=2").status_code == 200


def test_two_credentials_are_none(http: httpx2.Client, owner: Caller, owned: Ids) -> None:
    good = ("Authorization", owner.headers["Authorization"])
    for other in (good, ("Authorization", "Bearer other"), ("authorization", "")):
        for pair in ([good, other], [other, good]):
            for path in ("/v1/runs", f"/v1/runs/{owned.run_id}/events", "/v1/whoami"):
                assert refusal(http.get(path, headers=pair)) == (401, "AUTH_KEY_INVALID")
