"""Webhooks over HTTP, through the SDK and on the command line, against a real server."""

import asyncio
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
import standardwebhooks

from contract.asking import HOOK, new_endpoint
from futurone import AsyncFuturOne, ConflictError, FuturOne, InvalidRequestError, NotFoundError, verify_webhook
from house import Caller, Process, Registry, Tenant, refusal
from nursery import FRESH, nursery

ENDPOINT = {
    "id", "mode", "url", "events", "status", "disabled_because", "description", "created_at", "overlap_until", "health",
}  # fmt: skip


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture
def live(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.live)


@pytest.fixture
def scripted(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.test)


@pytest.fixture
def client(server: Process, tenant: Tenant) -> Iterator[FuturOne]:
    with FuturOne(tenant.test, server.url) as found:
        yield found


def eventually(found: Any, *, within_s: float = 20) -> Any:
    """The first true thing that is found."""
    deadline = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def test_the_secret_is_shown_on_creation_and_rotation_and_nowhere_else(live: Caller) -> None:
    made = live.post("/v1/webhooks/endpoints", {"url": HOOK, "description": "Tickets"})
    assert made.status_code == 201
    shown = made.json()["data"]
    assert set(shown) == {*ENDPOINT, "secret"}
    assert shown["events"] == ["run.completed", "run.escalated", "run.failed"]
    path = f"/v1/webhooks/endpoints/{shown['id']}"
    rotated = live.post(f"{path}/rotate-secret", {"overlap_s": 60}).json()["data"]
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != shown["secret"]
    assert rotated["overlap_until"] is not None
    everywhere = live.get(path).text + live.get("/v1/webhooks/endpoints").text
    everywhere += live.ask("PATCH", path, json={"description": None}).text + live.get("/v1/audit?limit=100").text
    assert "whsec_" not in everywhere


def test_creation_happens_once_and_its_repetition_shows_no_secret(live: Caller) -> None:
    key = {"Idempotency-Key": "endpoint-1"}
    first = live.post("/v1/webhooks/endpoints", {"url": HOOK}, headers=key)
    again = live.post("/v1/webhooks/endpoints", {"url": HOOK}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["replayed"] is True
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert "secret" not in again.json()["data"]
    assert live.get("/v1/webhooks/endpoints").json()["pagination"]["total"] == 1
    other = live.post("/v1/webhooks/endpoints", {"url": HOOK + "/2"}, headers=key)
    assert refusal(other) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    "url",
    ["http://example.com/hook", "https://127.0.0.1/x", "https://[::1]/", "https://10.0.0.1/", "https://example.com:8443/",
     "https://user:word@example.com/", "https://0x7f.1/", "https://exa mple.com/", "ftp://example.com/", "example.com",
     "", "https://[64:ff9b::a9fe:a9fe]/", "https://example.com\\@inside/", "https://" + "a" * 3000 + ".com/"],
)  # fmt: skip
def test_addresses_that_are_never_sent_to_are_refused_by_name(live: Caller, url: str) -> None:
    for answer, field in (
        (live.post("/v1/webhooks/endpoints", {"url": url}), "url"),
        (live.post("/v1/runs", {"agent": "research", "task": "x", "webhook_url": url}), "webhook_url"),
    ):
        assert answer.status_code == 400, url
        assert answer.json()["error"]["details"]["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "url"), ({"url": HOOK, "events": []}, "events"), ({"url": HOOK, "events": ["run.started"]}, "events.0"),
     ({"url": HOOK, "secret": "whsec_x"}, "secret"), ({"url": HOOK, "status": "disabled"}, "status"),
     ({"url": 5}, "url"), ({"url": HOOK, "description": "a\nb"}, "description")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(live: Caller, body: Any, field: str) -> None:
    answer = live.post("/v1/webhooks/endpoints", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"] == field


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["dlv_1"], "from": "2026-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {"since": "2026-01-01"},
    ],
)
def test_a_replay_says_what_it_means(live: Caller, body: Any) -> None:
    assert live.post("/v1/webhooks/dead-letters/replay", body).status_code == 400


def test_keys_that_are_limited_to_some_projects_or_agents_do_not_hear_of_all(
    http: httpx2.Client, registry: Registry, tenant: Tenant
) -> None:
    for changes, reason in (
        ({"projects": frozenset({tenant.project_id})}, "PROJECT_OUT_OF_SCOPE"),
        ({"agents": frozenset({"research"})}, "AGENT_OUT_OF_SCOPE"),
    ):
        limited = Caller(http, registry.key(tenant, **changes))
        assert refusal(limited.post("/v1/webhooks/endpoints", {"url": HOOK})) == (403, reason)
        assert refusal(limited.get("/v1/webhooks/deliveries")) == (403, reason)


def test_a_test_key_sees_the_endpoints_and_deliveries_of_tests_alone(live: Caller, scripted: Caller) -> None:
    of_live, of_test = new_endpoint(live), new_endpoint(scripted)
    run = scripted.finished()
    assert {one["id"] for one in scripted.get("/v1/webhooks/endpoints").json()["data"]} == {of_test}
    assert {one["id"] for one in live.get("/v1/webhooks/endpoints").json()["data"]} == {of_live, of_test}
    assert refusal(scripted.get(f"/v1/webhooks/endpoints/{of_live}")) == (404, "NOT_FOUND")
    (delivery,) = scripted.get("/v1/webhooks/deliveries", params={"run_id": run["id"]}).json()["data"]
    assert delivery["endpoint_id"] == of_test


def test_what_cannot_be_delivered_is_seen_given_up_and_replayed(client: FuturOne) -> None:
    endpoint = client.webhooks.create(HOOK, description="nobody")
    run = client.runs.create(agent="research", task="[test:complete] the secret plan", metadata={"n": 1})
    run = client.runs.wait(run.id, timeout=60)

    def failed_once() -> Any:
        return [one for one in client.webhooks.deliveries(run_id=run.id) if one.last_error]

    (pending,) = eventually(failed_once)
    assert (pending.state, pending.last_error, pending.attempts) == ("pending", "dns", 1)
    assert client.webhooks.change(endpoint.id, status="disabled").disabled_because == "by_request"
    (dead,) = client.webhooks.dead_letters(endpoint_id=endpoint.id)
    assert (dead.id, dead.reason) == (pending.id, "by_request")
    assert dead.event is not None
    assert dead.event.data == {
        "run_id": run.id, "status": "completed", "confidence": run.confidence, "metadata": {"n": 1},
        "last_event_id": run.last_event_id,
    }  # fmt: skip
    with pytest.raises(ConflictError):
        client.webhooks.replay(dead.id)
    client.webhooks.change(endpoint.id, status="enabled")
    assert client.webhooks.replay(dead.id).state in ("pending", "sending")
    assert client.webhooks.replay_many([dead.id]).skipped == 1
    client.webhooks.delete(endpoint.id)
    with pytest.raises(NotFoundError):
        client.webhooks.get(endpoint.id)
    with pytest.raises(InvalidRequestError):
        client.webhooks.create("http://example.com")


def test_a_test_event_says_what_came_of_it_and_is_not_tried_again(client: FuturOne) -> None:
    endpoint = client.webhooks.create(HOOK)
    tried = client.webhooks.test(endpoint.id)
    assert (tried.type, tried.state, tried.last_error, tried.attempts) == ("webhook.test", "failed", "dns", 1)
    assert list(client.webhooks.dead_letters()) == []


def test_the_asyncio_client_has_the_same_webhooks(server: Process, tenant: Tenant) -> None:
    async def use() -> None:
        async with AsyncFuturOne(tenant.test, server.url) as client:
            made = await client.webhooks.create(HOOK, events=["run.failed"])
            assert [one.id async for one in client.webhooks.list()] == [made.id]
            assert (await client.webhooks.get(made.id)).events == ["run.failed"]
            assert (await client.webhooks.change(made.id, description="x")).description == "x"
            assert (await client.webhooks.rotate_secret(made.id)).secret != made.secret
            assert (await client.webhooks.rotate_signing_secret()).secret is not None
            assert (await client.webhooks.test(made.id)).state == "failed"
            assert [one.type async for one in client.webhooks.deliveries()] == ["webhook.test"]
            assert [one async for one in client.webhooks.dead_letters()] == []
            assert (await client.webhooks.replay_many(after="2026-01-01T00:00:00Z")).requeued == 0
            with pytest.raises(NotFoundError):
                await client.webhooks.replay("dlv_" + "0" * 26)
            await client.webhooks.delete(made.id)

    asyncio.run(use())


def command(server: Process, key: str, *arguments: str, by: str | None = None) -> "subprocess.Popen[str]":
    """``futurone`` in a process of its own."""
    variables = {**os.environ, "FUTURONE_BASE_URL": server.url, "FUTURONE_API_KEY": key}
    return subprocess.Popen([by or nursery().futurone, *arguments], stdout=subprocess.PIPE, text=True, env=variables)


def said(process: "subprocess.Popen[str]") -> tuple[int, list[Any]]:
    """How a command ended, and its JSON lines."""
    out, _ = process.communicate(timeout=60)
    return process.returncode, [json.loads(line) for line in out.splitlines()]


def test_the_command_line_manages_endpoints_and_dead_letters(server: Process, tenant: Tenant) -> None:
    def run(*arguments: str, by: str | None = None) -> tuple[int, list[Any]]:
        return said(command(server, tenant.test, "webhooks", *arguments, "--json", by=by))

    code, (made,) = run("create", HOOK, "--event", "run.failed", by=FRESH)
    assert code == 0
    assert made["secret"].startswith("whsec_")
    assert [one["id"] for one in run("list")[1]] == [made["id"]]
    assert run("test", made["id"])[0] == 1
    assert [one["type"] for one in run("deliveries")[1]] == ["webhook.test"]
    assert run("dead-letters") == (0, [])
    assert run("rotate", made["id"], "--overlap", "0")[1][0]["secret"] != made["secret"]
    assert run("disable", made["id"])[1][0]["status"] == "disabled"
    assert run("enable", made["id"])[1][0]["status"] == "enabled"
    assert run("replay")[0] == 2
    assert run("replay", "--after", "2026-01-01T00:00:00Z")[1][0]["requeued"] == 0
    assert run("signing-secret")[1][0]["secret"].startswith("whsec_")
    assert run("delete", made["id"])[0] == 0


class Inbox:
    """A receiver on loopback that remembers what it was sent."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    found = Inbox()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def test_listen_forwards_what_happens_from_now_on_signed_and_as_the_server_tells_it(
    server: Process, tenant: Tenant, client: FuturOne, inbox: Inbox
) -> None:
    client.webhooks.create(HOOK, events=["run.completed", "run.escalated", "run.awaiting_input"])
    earlier = client.runs.create(agent="research", task="[test:complete]").id
    client.runs.wait(earlier, timeout=60)
    waiting = command(
        server, tenant.test, "listen", "--forward-to", inbox.url, "--count", "3", "--json",
        "--event", "run.completed", "--event", "run.escalated", "--event", "run.awaiting_input",
    )  # fmt: skip
    assert waiting.stdout is not None
    secret = json.loads(waiting.stdout.readline())["secret"]
    tasks = ("[test:complete] the secret plan", "[test:escalate]", "[test:input]")
    runs = [client.runs.create(agent="research", task=task, metadata={"größe": "ß"}).id for task in tasks]
    code, records = said(waiting)
    assert code == 0
    assert [record["status"] for record in records] == [204] * 3
    told = {}
    for headers, body in inbox.got:
        event = verify_webhook(body, headers, secret)
        assert standardwebhooks.Webhook(secret).verify(body, headers) == json.loads(body)
        assert b"secret plan" not in body
        told[event.data["run_id"]] = event
    assert set(told) == set(runs)
    for run_id in runs:
        (delivery,) = client.webhooks.deliveries(run_id=run_id)
        assert told[run_id].id == delivery.event_id, "a receiver that hears of it twice sees one event"
        assert told[run_id].type == delivery.type
    ended = client.runs.get(runs[0])
    assert told[runs[0]].data["last_event_id"] == ended.last_event_id
