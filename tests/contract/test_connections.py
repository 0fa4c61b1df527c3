"""Connections over HTTP, through the SDK and on the command line, against a real server."""

import asyncio
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from contract.asking import CHAT, Ids, new_connection
from futurone import AsyncFuturOne, FuturOne, InvalidRequestError, NotFoundError
from futurone.cli import main
from house import Caller, Process, Registry, Tenant, refusal
from nursery import FRESH, nursery

CONNECTION = {"id", "mode", "kind", "name", "service", "hint", "created_at", "updated_at", "health"}
TOKEN = "s3cr3t-of-this-test"
URL = f"jsons://user:{TOKEN}@receiver.invalid/{TOKEN}"


@pytest.fixture
def client(server: Process, workspace: Tenant) -> Iterator[FuturOne]:
    with FuturOne(workspace.test, server.url) as found:
        yield found


@pytest.fixture(scope="module")
def shared(http: httpx2.Client, registry: Registry) -> Caller:
    """The owner of a workspace that tests share which change nothing in it."""
    return Caller(http, registry.tenant().live)


@pytest.fixture(scope="module")
def kept(shared: Caller) -> str:
    """The id of a connection there: to look at each new one takes a process of its own."""
    return new_connection(shared)


def body(**changes: Any) -> dict[str, Any]:
    """A body that makes a connection, but for what a test says."""
    return {"kind": "apprise", "name": "Editors", "url": URL, **changes}


def test_the_url_is_shown_by_no_answer_and_stands_in_no_log(live: Caller, server: Process) -> None:
    made = live.post("/v1/connections", body(), headers={"Idempotency-Key": "one"})
    assert made.status_code == 201
    shown = made.json()["data"]
    assert set(shown) == CONNECTION
    assert (shown["kind"], shown["service"], shown["hint"]) == ("apprise", "json", "jsons://receiver.invalid…")
    path = f"/v1/connections/{shown['id']}"
    answers = [
        made,
        live.post("/v1/connections", body(), headers={"Idempotency-Key": "one"}),
        live.post("/v1/connections", body(name="Others"), headers={"Idempotency-Key": "one"}),
        live.get(path),
        live.get("/v1/connections"),
        live.ask("PATCH", path, json={"name": "Everybody"}),
        live.ask("PATCH", path, json={"url": URL + "?verify=no"}),
        live.post(f"{path}/test"),
        live.get("/v1/webhooks/deliveries"),
        live.get("/v1/webhooks/dead-letters"),
        live.get("/v1/audit?limit=100"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 409, 200, 200, 200, 400, 200, 200, 200, 200]
    assert all(TOKEN not in answer.text for answer in answers)
    assert TOKEN not in server.log()


@pytest.mark.parametrize(
    "url",
    ["", "x", "https://example.com/hook", "file:///etc/passwd", "syslog://", "dbus://", "gnome://", "windows://",
     "slack://nothing", "jsons://127.0.0.1/x", "jsons://[::1]/x", "jsons://10.1.2.3/x", "json://example.com/x",
     "jsons://example.com:8443/x", "jsons://example.com/x?verify=no", "jsons://example.com/x?redirect=yes",
     "mailto://user:w0rd@mail.example.com?to=a@example.com", "mailtos://user:w0rd@10.0.0.1?from=a@b.example&to=c@d.example",
     "jsons://" + "a" * 3000],
)  # fmt: skip
def test_urls_that_nothing_is_sent_to_are_refused_by_name(shared: Caller, kept: str, url: str) -> None:
    path = f"/v1/connections/{kept}"
    for answer in (shared.post("/v1/connections", body(url=url)), shared.ask("PATCH", path, json={"url": url})):
        assert refusal(answer) == (400, "FIELD_INVALID")
        assert answer.json()["error"]["details"]["field"] == "url"
        assert "w0rd" not in answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "github"}, "kind"), ({"kind": None}, "kind"), ({"name": ""}, "name"), ({"name": "a\nb"}, "name"),
     ({"name": "a" * 101}, "name"), ({"url": 5}, "url"), ({"secret": "x"}, "secret")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(live: Caller, changes: Any, field: str) -> None:
    answer = live.post("/v1/connections", body(**changes))
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_a_deleted_connection_is_gone_and_its_idempotency_key_says_so(live: Caller) -> None:
    key = {"Idempotency-Key": "to-be-deleted"}
    made = live.post("/v1/connections", body(), headers=key).json()["data"]
    assert live.ask("DELETE", f"/v1/connections/{made['id']}").status_code == 204
    assert refusal(live.get(f"/v1/connections/{made['id']}")) == (404, "NOT_FOUND")
    assert live.post("/v1/connections", body(), headers=key).status_code == 410


def test_a_test_key_sees_and_names_the_connections_of_tests_alone(live: Caller, scripted: Caller) -> None:
    of_live, of_test = new_connection(live), new_connection(scripted)
    assert {one["id"] for one in scripted.get("/v1/connections").json()["data"]} == {of_test}
    assert {one["id"] for one in live.get("/v1/connections").json()["data"]} == {of_live, of_test}
    assert refusal(scripted.get(f"/v1/connections/{of_live}")) == (404, "NOT_FOUND")
    order = {"agent": "research", "task": "[test:complete]", "deliver_to": {"connection": of_live}}
    assert scripted.post("/v1/runs", order).json()["error"]["details"] == {"field": "deliver_to"}


def test_keys_that_are_limited_look_after_no_connections_and_may_still_name_them(
    http: httpx2.Client, registry: Registry, workspace: Tenant, live: Caller
) -> None:
    connection = new_connection(live)
    limited = Caller(http, registry.key(workspace, projects=frozenset({workspace.project_id})))
    assert refusal(limited.get("/v1/connections")) == (403, "PROJECT_OUT_OF_SCOPE")
    assert refusal(limited.post(f"/v1/connections/{connection}/test")) == (403, "PROJECT_OUT_OF_SCOPE")
    limited = Caller(http, registry.key(workspace, agents=frozenset({"research"})))
    assert refusal(limited.post("/v1/connections", body())) == (403, "AGENT_OUT_OF_SCOPE")
    assert limited.create("What is it?", deliver_to={"connection": connection})["status"] == "queued"


def orders(told: Any) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Both forms of an order that names people."""
    yield {"agent": "research", "task": "[test:complete]", "deliver_to": told}, {}
    yield (
        {"input": {"user_query": "[test:complete]"}, "deliver_to": told},
        {"Idempotency-Key": hashlib.sha256(str(told).encode()).hexdigest()},
    )


def test_both_forms_of_an_order_name_one_connection_or_several(scripted: Caller) -> None:
    several = [new_connection(scripted) for _ in range(5)]
    for told, count in (({"connection": several[0]}, 1), ([{"connection": one} for one in several], 5), ([], 0)):
        for order, headers in orders(told):
            made = scripted.post("/v1/runs", order, headers=headers)
            assert made.status_code == 201, made.text
            run = scripted.run(made.json()["id"], wait=30)
            page = scripted.get("/v1/webhooks/deliveries", params={"run_id": run["id"]}).json()
            assert page["pagination"]["total"] == count
            named = {one["connection_id"] for one in page["data"]}
            assert named == set(several[:count])
    mine = {"connection_id": several[4], "type": "run.completed"}
    assert scripted.get("/v1/webhooks/deliveries", params=mine).json()["pagination"]["total"] == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"connection": "conn_" + "0" * 26}, "deliver_to"),
        ({"connection": "nothing"}, "deliver_to"),
        ({"connection": "MINE"}, None),
        ([{"connection": "MINE"}, {"connection": "MINE"}], "deliver_to"),
        ([{"connection": "MINE"}, {"connection": "conn_" + "0" * 26}], "deliver_to"),
        ([{"connection": f"conn_{number}"} for number in range(6)], "deliver_to"),
        ({"connection": 5}, "deliver_to.connection"),
        ({"webhook": "x"}, "deliver_to.webhook"),
        ({}, "deliver_to.connection"),
        ("conn_x", "deliver_to"),
        (7, "deliver_to"),
    ],
)
def test_an_order_that_names_nobody_real_is_refused_by_name(
    shared: Caller, kept: str, told: Any, field: str | None
) -> None:
    mine = json.loads(json.dumps(told).replace("MINE", kept))
    schedule = {"name": "asked", "cron": "@yearly", "run": {"agent": "research", "task": "?", "deliver_to": mine}}
    for answer, prefix in (
        *((shared.post("/v1/runs", order, headers=headers), "") for order, headers in orders(mine)),
        (shared.post("/v1/schedules", schedule), "run."),
    ):
        if field is None:
            assert answer.status_code == 201, answer.text
        else:
            assert answer.status_code == 400, answer.text
            details = answer.json()["error"]["details"]
            fields = [one["field"] for one in details.get("fields", [details])]
            assert prefix + field in fields


def test_a_repetition_gives_the_same_run_also_when_the_connection_is_gone(scripted: Caller) -> None:
    connection = new_connection(scripted)
    order, key = {"agent": "research", "task": "x", "deliver_to": {"connection": connection}}, {"Idempotency-Key": "k"}
    first = scripted.post("/v1/runs", order, headers=key).json()
    scripted.ask("DELETE", f"/v1/connections/{connection}")
    again = scripted.post("/v1/runs", order, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


def test_a_rerun_tells_the_same_people(scripted: Caller) -> None:
    connection = new_connection(scripted)
    run = scripted.finished(deliver_to={"connection": connection})
    again = scripted.run(scripted.post(f"/v1/runs/{run['id']}/rerun").json()["id"], wait=30)
    (told,) = scripted.get("/v1/webhooks/deliveries", params={"run_id": again["id"]}).json()["data"]
    assert told["connection_id"] == connection


def test_a_trial_says_what_came_of_it_and_is_not_tried_again(live: Caller) -> None:
    connection = new_connection(live)
    key = {"Idempotency-Key": "trial"}
    tried = live.post(f"/v1/connections/{connection}/test", headers=key)
    shown = tried.json()["data"]
    assert (shown["type"], shown["state"], shown["last_error"]) == ("connection.test", "failed", "dns")
    assert shown["connection_id"] == connection
    again = live.post(f"/v1/connections/{connection}/test", headers=key)
    assert (again.status_code, again.json()["data"]["id"]) == (200, shown["id"])
    health = live.get(f"/v1/connections/{connection}").json()["data"]["health"]
    assert (health["failures"], health["last_error"]) == (1, "dns")


def test_the_audit_trail_tells_who_made_changed_used_and_deleted_a_connection(live: Caller) -> None:
    connection = new_connection(live)
    live.ask("PATCH", f"/v1/connections/{connection}", json={"name": "Everybody", "url": URL})
    live.post(f"/v1/connections/{connection}/test")
    live.ask("DELETE", f"/v1/connections/{connection}")
    lines = live.get("/v1/audit", params={"resource": connection, "limit": 100}).json()["data"]
    assert sorted(line["action"] for line in lines) == [
        f"connection.{what}" for what in ("changed", "created", "deleted", "tested", "used")
    ]
    (changed,) = [line for line in lines if line["action"] == "connection.changed"]
    assert changed["details"]["members"] == ["name", "url"]


def test_the_client_has_connections(client: FuturOne) -> None:
    made = client.connections.create("Editors", CHAT)
    assert [one.id for one in client.connections.list()] == [made.id]
    assert client.connections.get(made.id).hint == "jsons://receiver.invalid…"
    assert client.connections.change(made.id, name="Everybody").name == "Everybody"
    assert client.connections.test(made.id).last_error == "dns"
    run = client.runs.create(agent="research", task="[test:complete]", deliver_to={"connection": made.id})
    client.runs.wait(run.id, timeout=60)
    assert [one.connection_id for one in client.webhooks.deliveries(run_id=run.id)] == [made.id]
    client.connections.delete(made.id)
    with pytest.raises(NotFoundError):
        client.connections.get(made.id)
    with pytest.raises(InvalidRequestError):
        client.connections.create("Nobody", "file:///etc/passwd")


def test_the_asyncio_client_has_the_same_connections(server: Process, workspace: Tenant) -> None:
    async def use() -> None:
        async with AsyncFuturOne(workspace.test, server.url) as client:
            made = await client.connections.create("Editors", CHAT)
            assert [one.id async for one in client.connections.list()] == [made.id]
            assert (await client.connections.get(made.id)).service == "json"
            assert (await client.connections.change(made.id, url=CHAT + "/2")).id == made.id
            assert (await client.connections.test(made.id)).state == "failed"
            await client.connections.delete(made.id)

    asyncio.run(use())


def test_the_command_line_looks_after_connections_and_takes_the_url_from_standard_input(
    server: Process, workspace: Tenant
) -> None:
    variables = {**os.environ, "FUTURONE_BASE_URL": server.url, "FUTURONE_API_KEY": workspace.test}

    def run(*arguments: str, given: str = "", by: str = nursery().futurone) -> tuple[int, list[Any]]:
        command = [by, *arguments, "--json"]
        done = subprocess.run(command, input=given, capture_output=True, text=True, env=variables, timeout=60)
        assert TOKEN not in done.stdout + done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, (made,) = run("connections", "create", "Editors", given=URL + "\n", by=FRESH)
    assert (code, made["hint"]) == (0, "jsons://receiver.invalid…")
    assert [one["id"] for one in run("connections", "list")[1]] == [made["id"]]
    assert run("connections", "show", made["id"])[1][0]["name"] == "Editors"
    assert run("connections", "test", made["id"])[0] == 1
    code, records = run("run", "research", "[test:complete]", "--deliver-to", made["id"])
    assert code == 0, records
    assert run("connections", "delete", made["id"])[0] == 0
    assert run("connections", "show", Ids().connection_id)[0] != 0


def test_the_command_tells_for_which_runs_a_connection_is_and_whether_it_was_ever_tried(
    live: Caller, scripted: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    of_live, of_test = new_connection(live), new_connection(scripted)
    live.post(f"/v1/connections/{of_live}/test")
    key = live.headers["Authorization"].removeprefix("Bearer ")
    assert main(["--base-url", str(live.http.base_url), "--api-key", key, "connections", "list"]) == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "  live  " in told[of_live]
    assert "  1 failure  " in told[of_live]
    assert "  test  " in told[of_test]
    assert "  untried  " in told[of_test]
