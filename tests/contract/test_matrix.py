"""The matrix: every operation of the document, by every kind of key that must not succeed, with every kind of id."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import islice

import httpx2
import pytest

from contract.asking import Ids, possessions, request_of
from contract.document import Document
from contract.routes import TABLE
from futurone_server.features.keys import Capability
from house import Caller, Registry, Tenant, refusal

PLAIN = {"/v1/runs/{run_id}/events": "stream_events", "/v1/runs/{run_id}/events/stream": "stream_run_events"}
"""Operations of routes that the framework does not name."""

ROUTES = {PLAIN.get(route.path, route.name): route for route in TABLE}
KEYED = {name: route.guard for name, route in ROUTES.items() if route.guard.takes_key}
LOCKED = {name: guard.capability for name, guard in KEYED.items() if guard.capability is not None}
OF_RUNS = {name for name, route in ROUTES.items() if "{run_id}" in route.path}
WITH_ID = {name: re.findall(r"{(\w+)}", route.path) for name, route in ROUTES.items() if "{" in route.path}
READING = frozenset(one for one in Capability if one.value.endswith(":read"))
NOWHERE = frozenset({"prj_" + "0" * 26})


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owned(http: httpx2.Client, crowd: Tenant) -> Ids:
    return possessions(Caller(http, crowd.live))


def ask(caller: Caller, document: Document, name: str, ids: Ids) -> httpx2.Response:
    method, path, rest = request_of(document, name, ids)
    return caller.ask(method, path, **rest)


def test_the_matrix_is_as_large_as_the_document(document: Document) -> None:
    locked = {name for name, (_, _, one) in document.operations.items() if one.get("security") != []}
    assert set(KEYED) == locked
    assert len(LOCKED) > 30
    assert {name for names in WITH_ID.values() for name in names} <= {one.name for one in fields(Ids)}


@pytest.fixture(scope="module")
def dead_keys(http: httpx2.Client, registry: Registry, crowd: Tenant) -> dict[str, Caller]:
    """Keys that no longer hold, by what is said to them."""
    owner = Caller(http, crowd.live)
    revoked = owner.post("/v1/api-keys", {"name": "revoked"}).json()["data"]
    assert owner.ask("DELETE", f"/v1/api-keys/{revoked['id']}").status_code == 204
    soon = datetime.now(UTC) + timedelta(seconds=1)
    expired = Caller(http, registry.key(crowd, expires_at=soon))
    while expired.get("/v1/whoami").status_code == 200:
        assert datetime.now(UTC) < soon + timedelta(seconds=5)
    return {"AUTH_KEY_REVOKED": Caller(http, revoked["key"]), "AUTH_KEY_EXPIRED": expired}


@pytest.mark.parametrize("name", sorted(KEYED))
def test_a_key_that_no_longer_holds_is_told_so_and_nothing_else(
    name: str, document: Document, dead_keys: dict[str, Caller], owned: Ids
) -> None:
    for reason, caller in dead_keys.items():
        for ids in (owned, Ids()):
            assert refusal(ask(caller, document, name, ids)) == (401, reason)


@pytest.fixture(scope="module")
def nothing(http: httpx2.Client, registry: Registry, crowd: Tenant) -> Caller:
    """A key without any capability."""
    return Caller(http, registry.key(crowd, capabilities=frozenset()))


@pytest.fixture(scope="module")
def reader(http: httpx2.Client, registry: Registry, crowd: Tenant) -> Caller:
    """A key that may read everything."""
    return Caller(http, registry.key(crowd, capabilities=READING))


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_without_any_capability_every_operation_is_refused_by_the_name_of_the_one_it_needs(
    name: str, document: Document, nothing: Caller, owned: Ids
) -> None:
    answers = [ask(nothing, document, name, ids) for ids in (owned, Ids())]
    for answer in answers:
        assert refusal(answer) == (403, "CAPABILITY_MISSING")
        assert answer.json()["error"]["details"] == {"capability": LOCKED[name]}
    told = [answer.json()["error"]["message"] for answer in answers]
    assert told[0] == told[1], "what there is and what never was are refused alike"


@pytest.mark.parametrize("name", sorted(name for name, one in LOCKED.items() if one not in READING))
def test_who_may_only_read_changes_nothing(name: str, document: Document, reader: Caller, owned: Ids) -> None:
    assert refusal(ask(reader, document, name, owned)) == (403, "CAPABILITY_MISSING")


@pytest.fixture(scope="module")
def outsiders(http: httpx2.Client, registry: Registry, crowd: Tenant) -> dict[str, Caller]:
    """Keys of the workspace that may do everything, in other projects or with other agents than the run's."""
    return {
        "project": Caller(http, registry.key(crowd, projects=NOWHERE)),
        "agent": Caller(http, registry.key(crowd, agents=frozenset({"content"}))),
    }


@pytest.mark.parametrize("name", sorted(OF_RUNS))
def test_a_run_outside_a_keys_projects_or_agents_is_as_absent_as_one_that_never_was(
    name: str, document: Document, outsiders: dict[str, Caller], owned: Ids
) -> None:
    """Also its events, streams, artifacts and plan; and it cannot be placed again."""
    for caller in outsiders.values():
        there, absent = (ask(caller, document, name, ids) for ids in (owned, Ids()))
        assert refusal(there) == refusal(absent) == (404, "NOT_FOUND")
        assert there.json()["error"] == absent.json()["error"]


def test_lists_hold_nothing_outside_a_keys_projects_or_agents(
    http: httpx2.Client, outsiders: dict[str, Caller], crowd: Tenant, owned: Ids
) -> None:
    assert owned.run_id in Caller(http, crowd.live).get("/v1/runs", params={"limit": 100}).text
    for caller in outsiders.values():
        for path in ("/v1/runs", f"/v1/runs?q={owned.run_id}", "/v1/runs?mode=all"):
            assert owned.run_id not in caller.get(path).text
        assert owned.key_id not in caller.get("/v1/api-keys", params={"limit": 100}).text


def test_a_limited_key_reaches_no_key_beyond_its_limits(
    outsiders: dict[str, Caller], owned: Ids, document: Document
) -> None:
    for kind, caller in outsiders.items():
        for name in ("rotate_key", "revoke_key", "scope_key"):
            reason = f"{kind.upper()}_OUT_OF_SCOPE"
            assert refusal(ask(caller, document, name, owned)) == (403, reason), name


def strange(owned: Ids, wanted: str) -> Iterator[Ids]:
    """Ids that are none, and ids of other kinds of things, where ``wanted`` is asked for."""
    known = vars(owned)
    others = [value for name, value in known.items() if name != wanted]
    tricks = ["x", "%2e%2e", "%2F", "%27", "%00", "*", "null", "0", "-1", "a" * 300, "%F0%9F%92%A9", "%ff%fe"]
    mangled = [known[wanted].upper(), known[wanted] + "0", known[wanted][:-1], known[wanted] + "%20"]
    for value in (*others, *tricks, *mangled):
        yield Ids(**{**known, wanted: value})


@pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("name", sorted(set(WITH_ID) & set(LOCKED)))
def test_what_is_no_id_of_this_kind_names_nothing(
    name: str, one_in: int, document: Document, http: httpx2.Client, crowd: Tenant, owned: Ids
) -> None:
    owner = Caller(http, crowd.live)
    for number, wanted in enumerate(WITH_ID[name], start=len(name)):
        for ids in islice(strange(owned, wanted), number % one_in, None, one_in):
            answer = ask(owner, document, name, ids)
            assert answer.status_code in (404, 405), (wanted, ids)
            assert refusal(answer)[1] in ("NOT_FOUND", "METHOD_NOT_ALLOWED")
