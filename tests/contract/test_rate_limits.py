"""Rate limits over HTTP: said on every response, counted by class, and what is free is free."""

import time

import httpx2
import pytest

from contract.asking import Ids, possessions, request_of
from contract.browser import Reception
from contract.document import Document
from contract.routes import KEYED, TABLE, One
from futurone_server.api.access import Counting
from futurone_server.api.answers import ANSWERS
from futurone_server.features.keys import Mode
from house import Caller, Registry, Tenant, refusal

HEADERS = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-policy", "ratelimit"}
FREE = {"cancel_run", "acknowledge_run", "decide_review"}
EXECUTING = {"create_run", "rerun", "run_schedule"}
"""What starts work, written down a second time on purpose."""


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owned(http: httpx2.Client, registry: Registry, crowd: Tenant) -> Ids:
    reception = Reception(http, registry)
    reception.owner(crowd)  # before there is one, nobody can be invited
    reception.close()
    return possessions(Caller(http, crowd.live))


@pytest.fixture
def slow(http: httpx2.Client, registry: Registry, crowd: Tenant) -> Caller:
    """A key with one request a minute in each class."""
    return Caller(http, registry.key(crowd, rate_standard=1, rate_execution=1))


def spent(caller: Caller, *, execution: bool = False) -> Caller:
    """The same key with nothing left."""
    caller.get("/v1/whoami")
    if execution:
        caller.post("/v1/runs", {"agent": "research", "task": "x", "project_id": "prj_x"})
    return caller


def left(answer: httpx2.Response) -> tuple[str, int]:
    """Class and remaining requests, as the draft's header says them; both spellings agree."""
    name, _, rest = answer.headers["ratelimit"].partition(";r=")
    remaining = int(rest.partition(";")[0])
    assert remaining == int(answer.headers["x-ratelimit-remaining"])
    return name.strip('"'), remaining


@pytest.mark.parametrize("one", KEYED, ids=str)
def test_every_response_to_a_key_says_how_it_stands(one: One, http: httpx2.Client, crowd: Tenant) -> None:
    answer = Caller(http, crowd.live).ask(one.method, one.at(Ids()) + "?unknown=1")
    assert refusal(answer) == (400, "UNKNOWN_FIELD")
    assert set(answer.headers) >= HEADERS
    assert -1 < int(answer.headers["x-ratelimit-reset"]) - time.time() <= 61


def test_without_a_key_nothing_is_said_of_limits(stranger: Caller) -> None:
    for path in ("/v1/runs", "/v1/version", "/nowhere"):
        assert HEADERS.isdisjoint(stranger.get(path).headers)


def test_every_operation_is_counted_as_the_contract_says(document: Document) -> None:
    counted = {name: operation.get("x-rate-limit") for name, (_, _, operation) in document.operations.items()}
    assert {name for name, how in counted.items() if how == "execution"} == EXECUTING
    assert {name for name, how in counted.items() if how == "free"} == FREE
    assert {name for name, how in counted.items() if how == "execution for submit_input, else free"} == {"signal_run"}
    assert all(how is not None or operation.get("security") == [] for (_, _, operation), how in
               zip(document.operations.values(), counted.values(), strict=True))  # fmt: skip


@pytest.mark.parametrize("one", KEYED, ids=str)
def test_over_the_limit_the_answer_names_the_class_and_when_to_come_back(one: One, slow: Caller) -> None:
    """Free operations go on to say what else is wrong."""
    spent(slow, execution=True)
    answer = slow.ask(one.method, one.at(Ids()) + "?unknown=1")
    if one.counting in (Counting.FREE, Counting.BY_ROUTE):
        assert refusal(answer) == (400, "UNKNOWN_FIELD")
        return
    assert refusal(answer) == (429, "RATE_LIMITED")
    rate = "execution" if one.counting is Counting.EXECUTION else "standard"
    details = answer.json()["error"]["details"]
    assert (details["class"], details["limit"]) == (rate, 1)
    assert 1 <= details["retry_after_s"] == int(answer.headers["retry-after"]) <= 60
    assert rate in answer.json()["error"]["message"]
    assert left(answer) == (rate, 0)
    assert answer.headers["ratelimit-policy"] == f'"{rate}";q=1;w=60'
    assert int(answer.headers["ratelimit"].rpartition("t=")[2]) <= int(answer.headers["retry-after"])


def test_an_answer_over_the_limit_is_one_that_the_reference_describes(slow: Caller, document: Document) -> None:
    assert document.broken_promises(spent(slow).get("/v1/runs")) == []


def test_a_stream_counts_once_and_says_how_the_key_stands(
    http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids
) -> None:
    caller = Caller(http, registry.key(crowd, rate_standard=3))
    for number, stream in enumerate(("events", "events/stream", "events"), start=1):
        answer = caller.get(f"/v1/runs/{owned.run_id}/{stream}")
        assert answer.status_code == 200
        assert left(answer) == ("standard", 3 - number)
    assert refusal(caller.get(f"/v1/runs/{owned.run_id}/events")) == (429, "RATE_LIMITED")


def test_repetitions_are_free_even_for_who_has_nothing_left(
    http: httpx2.Client, registry: Registry, crowd: Tenant
) -> None:
    caller = Caller(http, registry.key(crowd, mode=Mode.TEST, rate_execution=2))
    order, wish = {"agent": "research", "task": "[test:complete]"}, {"Idempotency-Key": "again"}
    first = caller.post("/v1/runs", order, headers=wish)
    assert left(first) == ("execution", 1)
    again = caller.post("/v1/runs", order, headers=wish)
    assert (again.status_code, left(again)) == (200, ("execution", 1))
    assert left(caller.post("/v1/runs", order)) == ("execution", 0)
    again = caller.post("/v1/runs", order, headers=wish)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert refusal(caller.post("/v1/runs", order, headers={"Idempotency-Key": "new"})) == (429, "RATE_LIMITED")
    other = {**order, "agent": "coding"}
    assert refusal(caller.post("/v1/runs", other, headers=wish)) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_a_form_that_is_sent_again_is_free_too(http: httpx2.Client, registry: Registry, crowd: Tenant) -> None:
    caller = Caller(http, registry.key(crowd, mode=Mode.TEST, rate_execution=2))
    run_id = caller.create("[test:input]")["id"]
    caller.run(run_id, wait=30)
    signal, form = f"/v1/runs/{run_id}/signal", {"action": "submit_input", "payload": {"city": "Lisbon"}}
    assert left(caller.post(signal, {"action": "approve"})) == ("execution", 1)
    assert caller.run(run_id, wait=30)["awaiting"]["kind"] == "form"
    first, again = (caller.post(signal, form, headers={"Idempotency-Key": "form"}) for _ in range(2))
    assert [(one.status_code, left(one)) for one in (first, again)] == [(200, ("execution", 0))] * 2
    assert again.json()["replayed"] is True
    assert refusal(caller.post(signal, form, headers={"Idempotency-Key": "new"})) == (429, "RATE_LIMITED")


def test_every_route_that_answers_repetitions_says_so() -> None:
    assert {route.name for route in TABLE if route.guard.replays} == set(REPEATABLE)


REPEATABLE = sorted(name for name, answer in ANSWERS.items() if answer.replays)
COUNTED_BY_ITSELF = "signal_run"
"""Approvals are free, forms are not: what is said of the others is said of its forms alone."""


@pytest.mark.parametrize("name", [name for name in REPEATABLE if name != COUNTED_BY_ITSELF])
def test_what_can_be_repeated_is_refused_over_the_limit_unless_it_is_a_repetition(
    name: str, http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids, document: Document
) -> None:
    """So it is for every operation: an Idempotency-Key is no way around a limit."""
    weak = Caller(http, crowd.live).post("/v1/api-keys", {"name": "weak", "capabilities": ["usage:read"]})
    ids = Ids(**{**vars(owned), "key_id": weak.json()["data"]["id"]})
    method, path, rest = request_of(document, name, ids)
    caller = Caller(http, registry.key(crowd, rate_standard=1, rate_execution=1))
    first = caller.ask(method, path, **rest, headers={"Idempotency-Key": "one"})
    assert first.status_code in (200, 201, 202), first.text
    assert refusal(caller.ask(method, path, **rest, headers={"Idempotency-Key": "two"})) == (429, "RATE_LIMITED")
    again = caller.ask(method, path, **rest, headers={"Idempotency-Key": "one"})
    if name == "replay_dead_letter":  # what is on its way already stays so: nothing was done that could be repeated
        assert refusal(again) == (429, "RATE_LIMITED")
        return
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (200, "true"), again.text


def test_who_has_nothing_left_can_still_cancel_approve_reject_and_acknowledge(
    http: httpx2.Client, registry: Registry, crowd: Tenant
) -> None:
    owner = Caller(http, crowd.test)
    caller = Caller(http, registry.key(crowd, mode=Mode.TEST, rate_standard=1, rate_execution=1))
    spent(caller, execution=True)
    assert refusal(caller.get("/v1/runs")) == (429, "RATE_LIMITED")
    waiting = ""
    for action in ("reject", "approve"):
        waiting = owner.finished("[test:input]")["id"]
        answer = caller.post(f"/v1/runs/{waiting}/signal", {"action": action})
        assert answer.status_code == 200, answer.text
        assert left(answer) == ("execution", 0)
    assert owner.run(waiting, wait=30)["awaiting"]["kind"] == "form"
    fields = {"action": "submit_input", "payload": {"city": "Lisbon"}}
    assert refusal(caller.post(f"/v1/runs/{waiting}/signal", fields)) == (429, "RATE_LIMITED")
    assert caller.post(f"/v1/runs/{waiting}/cancel").status_code == 202
    assert caller.post(f"/v1/runs/{owner.finished()['id']}/ack").status_code == 200


def test_submitted_input_is_an_execution_request(http: httpx2.Client, registry: Registry, crowd: Tenant) -> None:
    caller = Caller(http, registry.key(crowd, mode=Mode.TEST, rate_execution=2))
    waiting = Caller(http, crowd.test).finished("[test:input]")
    answer = caller.post(f"/v1/runs/{waiting['id']}/signal", {"action": "submit_input", "payload": {"nonsense": 1}})
    assert answer.status_code in (200, 400)
    assert left(answer) == ("execution", 1)


def test_a_key_has_the_limits_it_was_made_with_and_gives_no_more(
    http: httpx2.Client, registry: Registry, crowd: Tenant
) -> None:
    maker = Caller(http, registry.key(crowd, rate_standard=50, rate_execution=10))
    made = maker.post("/v1/api-keys", {"name": "x", "rate_limits": {"standard": 30}}).json()["data"]
    assert made["rate_limits"] == {"standard": 30, "execution": 10}
    assert left(Caller(http, made["key"]).get("/v1/whoami")) == ("standard", 29)
    for limits, field in (({"standard": 51}, "standard"), ({"execution": 11}, "execution")):
        answer = maker.post("/v1/api-keys", {"name": "x", "rate_limits": limits})
        assert refusal(answer)[0] == 403
        assert answer.json()["error"]["details"]["field"] == f"rate_limits.{field}"


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"standard": 0}, "rate_limits.standard"),
        ({"execution": -1}, "rate_limits.execution"),
        ({"standard": 1_000_001}, "rate_limits.standard"),
        ({"standard": "100"}, "rate_limits.standard"),
        ({"standard": True}, "rate_limits.standard"),
        ({"burst": 5}, "rate_limits.burst"),
        (100, "rate_limits"),
    ],
)
def test_limits_that_are_none_are_refused_by_name(limits: object, field: str, live: Caller) -> None:
    answer = live.post("/v1/api-keys", {"name": "x", "rate_limits": limits})
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_an_upload_over_the_limit_is_refused(slow: Caller) -> None:
    spent(slow)
    answer = slow.ask("POST", "/v1/vault/files", files={"file": ("x.md", b"x" * 100_000, "text/markdown")})
    assert refusal(answer) == (429, "RATE_LIMITED")
