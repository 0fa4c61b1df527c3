"""Usage and budgets in the SDK and on the command line: asked for as the contract says, and told to people."""

from typing import Any

import pytest

from futurone import FuturOne
from sdk.commands import Command
from sdk.standin import StandIn, as_json

USED = {"input_tokens": 9412, "output_tokens": 1206, "cost_usd": "0.031200", "priced": True}
NONE = {"input_tokens": 0, "output_tokens": 0, "cost_usd": "0.000000", "priced": True}
SUMS = {**USED, "runs": {"counted": 3, "not_counted": 1}, "steps": 14, "not_billed": NONE}
DAY = {"start": "2026-06-09T00:00:00Z", "end": "2026-06-10T00:00:00Z", "group": "research", **SUMS}
REPORT = {**DAY, "granularity": "day", "group_by": "agent", "total": SUMS, "buckets": [DAY]}
BUDGET: dict[str, Any] = {
    "id": "bud_1",
    "scope": "workspace",
    "scope_id": None,
    "period": "month",
    "max_cost_usd": "50.000000",
    "max_tokens": None,
    "policy": "queue",
    "period_start": "2026-06-01T00:00:00Z",
    "period_end": "2026-07-01T00:00:00Z",
    "spent": {"cost_usd": "12.400000", "tokens": 812004},
    "reserved": {"cost_usd": "0.000000", "tokens": 0},
    "exhausted": False,
}
PROJECT = {**BUDGET, "id": "bud_2", "scope": "project", "scope_id": "prj_1", "max_cost_usd": None, "max_tokens": 5}


@pytest.fixture(autouse=True)
def answers(server: StandIn) -> None:
    server.on("GET", "/v1/usage", as_json({"data": REPORT}))
    server.on("GET", "/v1/budgets", as_json({"data": [BUDGET, PROJECT]}))
    server.on("PUT", "/v1/budgets", as_json({"data": [BUDGET]}))


def test_usage_is_asked_for_with_what_was_named(client: FuturOne, server: StandIn) -> None:
    report = client.usage(granularity="day", group_by="agent", start=None, mode="all")
    assert report.total.cost_usd == "0.031200"
    assert report.buckets[0].group == "research"
    assert report.buckets[0].runs.not_counted == 1
    assert server.seen[0].query == {"granularity": ["day"], "group_by": ["agent"], "mode": ["all"]}


def test_budgets_are_read_and_set_as_a_whole(client: FuturOne, server: StandIn) -> None:
    assert [one.id for one in client.budgets.get()] == ["bud_1", "bud_2"]
    assert client.budgets.set([{"scope": "workspace", "period": "day", "max_tokens": 5}])[0].spent.tokens == 812004
    assert server.seen[-1].json() == {"budgets": [{"scope": "workspace", "period": "day", "max_tokens": 5}]}


def test_the_command_tells_usage_line_by_line(command: Command) -> None:
    done = command("usage", "--by", "agent")
    assert done.code == 0
    assert "research" in done.out
    assert "9412 tokens in, 1206 out, $0.031200, 3 runs (and 1 failed)" in done.out


def test_the_command_never_calls_what_has_no_price_free(command: Command, server: StandIn) -> None:
    unknown = {**SUMS, "cost_usd": None, "priced": False}
    server.on("GET", "/v1/usage", as_json({"data": {**REPORT, "buckets": [], "total": unknown}}))
    assert "of unknown cost" in command("usage").out


def test_the_command_sets_one_budget_and_leaves_the_others(command: Command, server: StandIn) -> None:
    done = command("budgets", "set", "workspace", "month", "--usd", "75", "--policy", "refuse")
    assert (done.code, done.err) == (0, "")
    kept, new = server.seen[-1].json()["budgets"]
    assert (kept["scope"], kept["scope_id"], kept["max_tokens"]) == ("project", "prj_1", 5)
    assert new == {"scope": "workspace", "period": "month", "policy": "refuse", "max_cost_usd": 75.0}


def test_the_command_removes_a_budget(command: Command, server: StandIn) -> None:
    assert command("budgets", "remove", "bud_1").code == 0
    assert [one["scope"] for one in server.seen[-1].json()["budgets"]] == ["project"]


def test_a_budget_that_is_not_there_is_not_removed_in_silence(command: Command, server: StandIn) -> None:
    done = command("budgets", "remove", "bud_3")
    assert done.code == 2
    assert "no budget bud_3" in done.err
    assert [one.method for one in server.seen] == ["GET"]


def test_the_command_says_how_each_budget_stands(command: Command) -> None:
    done = command("budgets", "list")
    assert "$12.400000 of $50.000000" in done.out
    assert "812004 of 5 tokens" in done.out
