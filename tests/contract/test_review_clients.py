"""Reviews through HTTP, the SDK and on the command line, against a real server."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract.asking import QUESTION, upload
from futurone import AsyncFuturOne, ConflictError, FuturOne, GoneError, NotFoundError, Review
from futurone_server.features.keys import Capability, Mode
from house import Caller, Process, Registry, Tenant, refusal
from nursery import FRESH, nursery

READER = frozenset({Capability.RUNS_READ})


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture
def client(server: Process, tenant: Tenant) -> Iterator[FuturOne]:
    with FuturOne(tenant.test, server.url) as found:
        yield found


def held(client: FuturOne) -> Review:
    """The review of a run that was just escalated."""
    run = client.runs.create(agent="research", task="[test:escalate]")
    ended = client.runs.wait(run.id, timeout=30)
    assert ended.escalation is not None
    return client.reviews.get(json.loads(json.dumps(ended.model_dump(mode="json")))["escalation"]["review_id"])


def test_what_is_held_is_listed_discussed_and_released(
    client: FuturOne, registry: Registry, tenant: Tenant, server: Process
) -> None:
    review = held(client)
    assert (review.status, review.mode, review.reason_code) == ("pending", "test", "VERIFICATION_BELOW_THRESHOLD")
    assert review.deliverable is not None
    assert (review.deliverable[0].content or "").startswith("# Test report")
    assert [one.id for one in client.reviews.list(status="pending", agent="research")] == [review.id]
    assert list(client.reviews.list(status=["accepted", "rejected"])) == []
    said = client.reviews.comment(review.id, "Looks fine to me.", idempotency_key="one")
    assert client.reviews.comment(review.id, "Looks fine to me.", idempotency_key="one").id == said.id
    key = client.whoami().key
    assert key is not None
    assert client.reviews.assign(review.id, key["id"]).assignee == key["id"]
    assert [one.text for one in client.reviews.get(review.id).discussion] == ["Looks fine to me."]
    with FuturOne(registry.key(tenant, mode=Mode.TEST, capabilities=READER), server.url) as reader:
        with pytest.raises(ConflictError) as refused:
            reader.runs.artifact(review.run_id, review.deliverable[0].id)
        assert refused.value.reason_code == "HELD_FOR_REVIEW"
        decided = client.reviews.accept(review, note="Checked.", edited_content="# Better\n")
        assert (decided.status, decided.note, decided.decided_by) == ("accepted", "Checked.", key["id"])
        assert decided.artifact_id is not None
        assert reader.runs.artifact(review.run_id, decided.artifact_id).data == b"# Better\n"
    run = client.runs.get(review.run_id)
    assert run.status == "escalated"
    assert [(one.engine, one.final) for one in run.artifacts] == [("scripted", False), ("human", True)]


def test_a_decision_is_made_once_and_over_what_was_shown(client: FuturOne, tenant: Tenant, server: Process) -> None:
    review = held(client)
    stale = review.model_copy(update={"content_hash": "0" * 64})
    with pytest.raises(ConflictError) as refused:
        client.reviews.accept(stale)
    assert refused.value.reason_code == "DECISION_STALE"
    first = client.reviews.revise(review, "Say it shorter.")
    assert first.child_run_id is not None
    assert client.reviews.revise(review, "Say it shorter.").child_run_id == first.child_run_id
    with pytest.raises(ConflictError) as late:
        client.reviews.reject(review)
    assert late.value.reason_code == "REVIEW_DECIDED"
    child = client.runs.wait(first.child_run_id, timeout=30)
    assert child.origin is not None
    assert (child.origin.kind, child.origin.parent_run_id) == ("review", review.run_id)
    with FuturOne(tenant.live, server.url) as live:
        assert list(live.reviews.list()) == []
        assert [one.id for one in live.reviews.list(mode="test", status="revised")] == [review.id]


def test_after_an_erasure_who_and_when_stay(client: FuturOne) -> None:
    review = held(client)
    client.reviews.comment(review.id, "A remark.")
    client.runs.ack(review.run_id)
    after = client.reviews.get(review.id)
    assert (after.status, after.deliverable, after.content_hash) == ("expired", None, None)
    assert [one.text for one in after.discussion] == [None]
    with pytest.raises(GoneError):
        client.reviews.accept(review)
    client.runs.delete(review.run_id)
    with pytest.raises(NotFoundError):
        client.reviews.get(review.id)


def test_dispositions_and_calibration_are_asked_for_by_name(client: FuturOne) -> None:
    run = client.runs.wait(client.runs.create(agent="research", task="[test:complete]").id, timeout=30)
    assert client.runs.disposition(run.id, "accepted", note="Fine.").disposition == "accepted"
    with pytest.raises(ConflictError):
        client.runs.disposition(run.id, "rejected")
    assert client.calibration("research") == []


def test_the_asyncio_client_has_the_same_reviews(client: FuturOne, server: Process, tenant: Tenant) -> None:
    ids = [held(client).id for _ in range(2)]

    async def use() -> None:
        async with AsyncFuturOne(tenant.test, server.url) as found:
            assert {one.id async for one in found.reviews.list(page_size=1)} == set(ids)
            review = await found.reviews.get(ids[0])
            assert (await found.reviews.assign(review.id, None)).assignee is None
            assert (await found.reviews.comment(review.id, "A remark.")).text == "A remark."
            assert (await found.reviews.accept(review)).status == "accepted"
            assert (await found.reviews.reject(await found.reviews.get(ids[1]))).status == "rejected"
            assert await found.calibration() == []

    asyncio.run(use())


def test_bad_requests_are_refused_by_the_name_of_the_member(client: FuturOne, scripted: Caller, tenant: Tenant) -> None:
    caller = Caller(scripted.http, tenant.test)
    url = f"/v1/reviews/{held(client).id}"
    bad: list[tuple[str, Any, str, str]] = [
        ("decision", {"decision": "maybe", "content_hash": "0"}, "FIELD_INVALID", "decision"),
        ("decision", {"decision": "accept"}, "FIELD_MISSING", "content_hash"),
        ("decision", {"decision": "accept", "content_hash": "0", "why": ""}, "UNKNOWN_FIELD", "why"),
        ("comments", {"text": ""}, "FIELD_INVALID", "text"),
        ("comments", {"text": "a" * 6_001}, "FIELD_INVALID", "text"),
        ("assign", {}, "FIELD_MISSING", "assignee"),
        ("assign", {"assignee": "key_" + "0" * 26}, "FIELD_INVALID", "assignee"),
    ]
    for verb, body, reason, field in bad:
        answer = caller.post(f"{url}/{verb}", body)
        assert refusal(answer) == (400, reason), (verb, body)
        assert answer.json()["error"]["details"]["field"] == field
    for query in ("status=open", "colour=red", "mode=some"):
        assert refusal(caller.get(f"/v1/reviews?{query}"))[0] == 400
    assert refusal(caller.get("/v1/verification/calibration?domain=x")) == (400, "UNKNOWN_FIELD")


def command(server: Process, key: str, *arguments: str, by: str = "") -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "FUTURONE_BASE_URL": server.url, "FUTURONE_API_KEY": key}
    line = [by or nursery().futurone, "reviews", *arguments]
    return subprocess.run(line, capture_output=True, text=True, env=variables, timeout=60, check=False)


def test_the_command_line_decides(client: FuturOne, server: Process, tenant: Tenant, tmp_path: Path) -> None:
    def run(*arguments: str, shown: bool = False, fails: bool = False, by: str = "") -> Any:
        done = command(server, tenant.test, *arguments, *([] if shown else ["--json"]), by=by)
        assert (done.returncode != 0) is fails, done.stderr
        return done.stdout if shown else [json.loads(line) for line in done.stdout.splitlines()]

    first, second, third = (held(client) for _ in range(3))
    assert {one["id"] for one in run("list", "--status", "pending")} == {first.id, second.id, third.id}
    assert "# Test report" in run("show", first.id, shown=True)
    assert run("comment", first.id, "A remark.")[0]["text"] == "A remark."
    assert run("assign", first.id)[0]["assignee"] is None
    edited = tmp_path / "edited.md"
    edited.write_text("# Better\n")
    run("accept", first.id, "--hash", "0" * 64, fails=True, shown=True)
    assert run("accept", first.id, "--edited", str(edited), "--note", "Shorter.")[0]["status"] == "accepted"
    assert run("revise", second.id, "Say it shorter.")[0]["child_run_id"]
    assert "is rejected" in run("reject", third.id, shown=True, by=FRESH)


def test_the_command_line_says_whether_work_was_right_and_how_confidences_have_held(
    http: httpx2.Client, server: Process, tenant: Tenant
) -> None:
    file_id = upload(Caller(http, tenant.live))
    with FuturOne(tenant.live, server.url) as client:
        run = client.runs.create(agent="research", task=QUESTION, files=[file_id])
        assert client.runs.wait(run.id, timeout=60).status == "completed"
    assert command(server, tenant.live, "calibration").stdout == ""
    said = command(server, tenant.live, "disposition", run.id, "rejected", "--note", "Wrong number.")
    assert said.stdout == f"{run.id} is rejected\n", said.stderr
    again = command(server, tenant.live, "disposition", run.id, "accepted")
    assert (again.returncode, again.stdout) == (1, "")
    (line,) = command(server, tenant.live, "calibration", "--agent", "research").stdout.splitlines()
    assert line.startswith("research")
    assert "0 of 1 right" in line
    assert "uncalibrated below 50 labels" in line
    (report,) = map(json.loads, command(server, tenant.live, "calibration", "--json").stdout.splitlines())
    assert (report["n"], report["right"]) == (1, 0)
