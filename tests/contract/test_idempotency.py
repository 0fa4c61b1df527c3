"""Once, however often it is sent. Section 4 of the contract."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from contract.asking import upload
from futurone_server.api.app import make_app
from futurone_server.kit import crypto, json
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from house import Caller, Registry, Tenant, refusal

TASK = {"agent": "research", "task": "[test:complete]"}


def once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_the_same_request_again_gives_the_run_as_it_is_now(scripted: Caller) -> None:
    first = scripted.post("/v1/runs", TASK, headers=once("k"))
    done = scripted.run(first.json()["id"], wait=30)
    again = scripted.post("/v1/runs", TASK, headers=once("k"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == {**done, "replayed": True}
    assert "replayed" not in first.json()
    assert "idempotent-replayed" not in first.headers
    assert scripted.get("/v1/runs").json()["pagination"]["total"] == 1


def test_members_in_another_order_are_the_same_request(scripted: Caller) -> None:
    first = scripted.post("/v1/runs", {**TASK, "metadata": {"a": 1, "b": 2}}, headers=once("k"))
    again = scripted.post("/v1/runs", {"metadata": {"b": 2, "a": 1}, **TASK}, headers=once("k"))
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.anyio
async def test_what_is_compared_is_what_was_sent_so_that_a_later_version_knows_it_again(
    house: Server, tenant: Tenant
) -> None:
    transport = httpx2.ASGITransport(app=make_app(house.desk))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        headers = {"Authorization": f"Bearer {tenant.test}", **once("k")}
        assert (await client.post("/v1/runs", json=TASK, headers=headers)).status_code == 201
    (rows,) = await house.desk.db.read(SYSTEM, ("SELECT fingerprint FROM idempotency WHERE key = 'k'", {}))
    expected = crypto.authenticate(house.desk.fingerprints, json.canonical(["runs.create.test", TASK]))
    assert bytes(rows[0].fingerprint) == expected


@pytest.mark.parametrize(
    "other",
    [
        {**TASK, "task": "[test:fail]"},
        {**TASK, "metadata": {"a": 1}},
        {**TASK, "agent": "coding"},
        {"input": {"user_query": "[test:complete]"}},
    ],
)
def test_another_request_with_the_same_key_is_a_conflict(other: dict[str, object], scripted: Caller) -> None:
    first = scripted.post("/v1/runs", TASK, headers=once("k"))
    answer = scripted.post("/v1/runs", other, headers=once("k"))
    assert refusal(answer) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert "[test" not in answer.text
    assert scripted.get("/v1/runs").json()["pagination"]["total"] == 1
    assert scripted.run(first.json()["id"], wait=30)["status"] == "completed"


def test_fifty_duplicates_at_once_make_one_run(server: object, scripted: Caller) -> None:
    def send(_: int) -> tuple[int, str]:
        answer = scripted.post("/v1/runs", TASK, headers=once("burst"))
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(max_workers=50) as pool:
        answers = list(pool.map(send, range(50)))
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({run_id for _, run_id in answers}) == 1
    assert scripted.get("/v1/runs").json()["pagination"]["total"] == 1


def test_the_key_of_the_api_may_change_between_two_tries(
    http: httpx2.Client, registry: Registry, workspace: Tenant
) -> None:
    old = Caller(http, workspace.test)
    first = old.post("/v1/runs", TASK, headers=once("k"))
    key_id = old.get("/v1/whoami").json()["data"]["key"]["id"]
    rotated = Caller(http, workspace.live).post(f"/v1/api-keys/{key_id}/rotate", {"overlap_s": 0}).json()["data"]["key"]
    again = Caller(http, rotated).post("/v1/runs", TASK, headers=once("k"))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_what_was_tried_out_does_not_stand_for_what_is_meant(scripted: Caller, live: Caller) -> None:
    tried = scripted.post("/v1/runs", TASK, headers=once("order-123"))
    meant = live.post("/v1/runs", TASK, headers=once("order-123"))
    assert (tried.status_code, meant.status_code) == (201, 201)
    assert (tried.json()["mode"], meant.json()["mode"]) == ("test", "live")


def test_a_key_belongs_to_one_operation(scripted: Caller) -> None:
    run = scripted.post("/v1/runs", TASK, headers=once("k"))
    assert scripted.post(f"/v1/runs/{run.json()['id']}/rerun", headers=once("k")).status_code == 201
    assert scripted.post("/v1/api-keys", {"name": "k"}, headers=once("k")).status_code == 201


def test_a_rerun_happens_once_per_key_too(scripted: Caller) -> None:
    run_id = scripted.finished()["id"]
    first = scripted.post(f"/v1/runs/{run_id}/rerun", headers=once("r"))
    again = scripted.post(f"/v1/runs/{run_id}/rerun", headers=once("r"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] != run_id
    other = scripted.post(f"/v1/runs/{first.json()['id']}/rerun", headers=once("r"))
    assert refusal(other) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_an_answer_that_is_sent_again_does_not_answer_what_the_run_has_asked_since(scripted: Caller) -> None:
    run_id = scripted.create("[test:input]")["id"]
    assert scripted.run(run_id, wait=30)["awaiting"]["kind"] == "approval"
    signal, yes = f"/v1/runs/{run_id}/signal", {"action": "approve"}
    first = scripted.post(signal, yes, headers=once("yes"))
    assert (first.status_code, "replayed" in first.json()) == (200, False)
    asked = scripted.run(run_id, wait=30)["awaiting"]
    again = scripted.post(signal, yes, headers=once("yes"))
    assert (again.status_code, again.json()["replayed"], again.json()["awaiting"]) == (200, True, asked)
    other = scripted.post(signal, {"action": "reject"}, headers=once("yes"))
    assert refusal(other) == (409, "IDEMPOTENCY_KEY_REUSED")
    wrong, right = ({"action": "submit_input", "payload": payload} for payload in ({}, {"city": "Lisbon"}))
    assert refusal(scripted.post(signal, wrong, headers=once("form"))) == (400, "FIELD_MISSING")
    assert scripted.post(signal, right, headers=once("form")).status_code == 200, "a refused answer spends no key"
    assert scripted.run(run_id, wait=30)["status"] == "completed"
    last = scripted.post(signal, yes, headers=once("yes"))
    assert (last.status_code, last.json()["status"]) == (200, "completed")


def test_an_assignment_that_is_sent_again_does_not_undo_a_later_one(scripted: Caller) -> None:
    review = scripted.finished("[test:escalate]")["escalation"]["review_id"]
    assign, me = f"/v1/reviews/{review}/assign", scripted.get("/v1/whoami").json()["data"]["key"]["id"]
    first = scripted.post(assign, {"assignee": me}, headers=once("mine"))
    assert (first.status_code, "replayed" in first.json()) == (200, False)
    assert scripted.post(assign, {"assignee": None}).json()["data"]["assignee"] is None
    again = scripted.post(assign, {"assignee": me}, headers=once("mine"))
    assert (again.status_code, again.json()["replayed"], again.json()["data"]["assignee"]) == (200, True, None)
    other = scripted.post(assign, {"assignee": None}, headers=once("mine"))
    assert refusal(other) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_of_many_copies_of_one_answer_one_is_taken(scripted: Caller) -> None:
    run_id = scripted.create("[test:input]")["id"]
    scripted.run(run_id, wait=30)

    def send(_: int) -> tuple[int, bool]:
        answer = scripted.post(f"/v1/runs/{run_id}/signal", {"action": "approve"}, headers=once("copy"))
        return answer.status_code, "replayed" in answer.json()

    with ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(send, range(20)))
    assert sorted(answers) == [(200, False)] + [(200, True)] * 19


def test_without_a_key_every_request_makes_a_run(scripted: Caller) -> None:
    assert len({scripted.create()["id"] for _ in range(3)}) == 3


def test_a_key_in_quotes_is_the_same_key(scripted: Caller) -> None:
    first = scripted.post("/v1/runs", TASK, headers=once('"k-1"'))
    assert scripted.post("/v1/runs", TASK, headers=once("k-1")).json()["id"] == first.json()["id"]


@pytest.mark.parametrize("key", ["x" * 255, "a", "!~", "0b5fd5a6-5f3b-4f0e-9f0e-0d6f3f0f5a77"])
def test_keys_of_visible_ascii_are_accepted(key: str, scripted: Caller) -> None:
    assert scripted.post("/v1/runs", TASK, headers=once(key)).status_code == 201


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "two words", "tab\tbed", b"caf\xe9"])
def test_other_keys_are_refused(key: str | bytes, scripted: Caller) -> None:
    raw = key if isinstance(key, bytes) else key.encode()
    headers = {b"Authorization": scripted.headers["Authorization"].encode(), b"Idempotency-Key": raw}
    answer = scripted.http.post("/v1/runs", json=TASK, headers=headers)
    assert refusal(answer) == (400, "IDEMPOTENCY_KEY_INVALID")


def test_two_keys_at_once_are_refused(scripted: Caller) -> None:
    headers = [("Authorization", scripted.headers["Authorization"]), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert refusal(scripted.http.post("/v1/runs", json=TASK, headers=headers)) == (400, "IDEMPOTENCY_KEY_INVALID")


def test_the_key_of_a_deleted_run_is_gone_with_it(scripted: Caller) -> None:
    run = scripted.post("/v1/runs", TASK, headers=once("k")).json()
    assert scripted.ask("DELETE", f"/v1/runs/{run['id']}").status_code == 204
    assert refusal(scripted.post("/v1/runs", TASK, headers=once("k")))[0] == 410


def test_a_replay_is_judged_by_what_the_present_caller_may_see(
    http: httpx2.Client, registry: Registry, workspace: Tenant, scripted: Caller
) -> None:
    order = {**TASK, "agent": "coding"}
    assert scripted.post("/v1/runs", order, headers=once("k")).status_code == 201
    narrow = Caller(http, registry.key(workspace, agents=frozenset({"research"})))
    assert refusal(narrow.post("/v1/runs", order, headers=once("k")))[0] in (403, 404)


def test_a_replay_needs_nothing_but_the_run(live: Caller) -> None:
    file_id = upload(live)
    order = {"agent": "research", "task": "What is the default threshold of a run?", "files": [file_id]}
    first = live.post("/v1/runs", order, headers=once("k"))
    live.run(first.json()["id"], wait=30)
    assert live.ask("DELETE", f"/v1/vault/files/{file_id}").status_code == 204
    again = live.post("/v1/runs", order, headers=once("k"))
    assert (again.status_code, again.json().get("id")) == (200, first.json()["id"])


def test_a_rerun_is_replayed_also_when_the_first_runs_content_is_gone(scripted: Caller) -> None:
    run_id = scripted.finished()["id"]
    first = scripted.post(f"/v1/runs/{run_id}/rerun", headers=once("r"))
    assert scripted.post(f"/v1/runs/{run_id}/ack").status_code == 200
    again = scripted.post(f"/v1/runs/{run_id}/rerun", headers=once("r"))
    assert (again.status_code, again.json().get("id")) == (200, first.json()["id"])
