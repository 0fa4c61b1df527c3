"""Schedules through the SDK and on the command line, against a real server."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from futurone import AsyncFuturOne, FuturOne, InvalidRequestError, NotFoundError, RunOrder
from house import Process, Registry, Tenant
from nursery import FRESH, nursery

RUN: RunOrder = {"agent": "research", "task": "[test:complete]", "metadata": None}


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture
def client(server: Process, tenant: Tenant) -> Iterator[FuturOne]:
    with FuturOne(tenant.test, server.url) as found:
        yield found


def test_the_client_makes_changes_and_fires_schedules(client: FuturOne) -> None:
    made = client.schedules.create("Figures", "30 8 * * MON", run=RUN, timezone="Europe/Berlin", idempotency_key="one")
    again = client.schedules.create("Figures", "30 8 * * MON", run=RUN, timezone="Europe/Berlin", idempotency_key="one")
    assert (again.id, again.replayed, made.replayed) == (made.id, True, False)
    assert made.run == {"agent": "research", "task": "[test:complete]"}
    assert [one.id for one in client.schedules.list(page_size=1)] == [made.id]
    changed = client.schedules.change(made.id, cron="@daily", missed="skip", run={**RUN, "task": "[test:fail]"})
    assert (changed.cron, changed.missed, changed.run) == (
        "@daily",
        "skip",
        {"agent": "research", "task": "[test:fail]"},
    )
    assert changed.next_fire_at is not None
    assert (client.schedules.pause(made.id).status, client.schedules.get(made.id).next_fire_at) == ("paused", None)
    assert client.schedules.resume(made.id).status == "active"
    run = client.runs.wait(client.schedules.run(made.id).id, timeout=30)
    (fire,) = client.schedules.fires(made.id)
    assert (fire.manual, fire.run_id, fire.run_status) == (True, run.id, "failed")
    last = client.schedules.get(made.id).last_fire
    assert last is not None
    assert last.run_id == run.id
    client.schedules.delete(made.id)
    with pytest.raises(NotFoundError):
        client.schedules.get(made.id)


def test_what_does_not_fit_is_told_of_the_part_that_does_not(client: FuturOne) -> None:
    with pytest.raises(InvalidRequestError, match=r"the hour \(field 2, character 3\) cannot be '25'") as refused:
        client.schedules.create("Figures", "0 25 * * *", run=RUN)
    assert isinstance(refused.value.details, dict)
    assert refused.value.details["field"] == "cron"
    with pytest.raises(InvalidRequestError, match=r"run\.threshold"):
        client.schedules.create("Figures", "@daily", run={**RUN, "threshold": 7})


def test_the_asyncio_client_has_the_same_schedules(server: Process, tenant: Tenant) -> None:
    async def use() -> None:
        async with AsyncFuturOne(tenant.test, server.url) as client:
            made = await client.schedules.create("Figures", "@daily", run=RUN, daily_cap=3)
            assert [one.daily_cap async for one in client.schedules.list()] == [3]
            assert (await client.schedules.change(made.id, name="Numbers")).name == "Numbers"
            assert (await client.schedules.pause(made.id)).paused_reason == "PAUSED_BY_HAND"
            assert (await client.schedules.resume(made.id)).status == "active"
            run = await client.schedules.run(made.id)
            assert [fire.run_id async for fire in client.schedules.fires(made.id)] == [run.id]
            assert (await client.schedules.get(made.id)).name == "Numbers"
            await client.schedules.delete(made.id)

    asyncio.run(use())


def test_the_command_line_manages_schedules(server: Process, tenant: Tenant) -> None:
    def run(*arguments: str, shown: bool = False, by: str = nursery().futurone) -> Any:
        variables = {**os.environ, "FUTURONE_BASE_URL": server.url, "FUTURONE_API_KEY": tenant.test}
        command = [by, "schedules", *arguments, *([] if shown else ["--json"])]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout if shown else [json.loads(line) for line in done.stdout.splitlines()]

    task = "[test:complete]"
    (made,) = run("create", "Figures", "30 8 * * MON", "research", task, "--timezone", "Europe/Berlin")
    assert [one["id"] for one in run("list")] == [made["id"]]
    assert "30 8 * * MON in Europe/Berlin" in run("show", made["id"], shown=True)
    assert run("pause", made["id"])[0]["status"] == "paused"
    assert "paused: PAUSED_BY_HAND" in run("show", made["id"], shown=True)
    assert run("resume", made["id"])[0]["status"] == "active"
    (started,) = run("run", made["id"])
    assert started["origin"]["trigger_id"] == made["id"]
    (fire,) = run("fires", made["id"])
    assert (fire["run_id"], fire["manual"]) == (started["id"], True)
    assert "by hand" in run("fires", made["id"], shown=True)
    assert run("delete", made["id"]) == [{"id": made["id"], "deleted": True}]
    assert run("list", by=FRESH) == []
