"""Research on the web: pages become sealed sources; where the search is gone for good, the plan goes another way."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from futurone_server.eventlog import EventType
from futurone_server.features.runs import Status
from futurone_server.kit.clock import SystemClock
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from futurone_server.pipelines.toolbox import Toolbox, Web
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web import Hit, Snapshot
from house import Tenant, principal
from pipelines.inquiry.conftest import HARBOUR, research, upload
from pipelines.inquiry.standin import Researcher
from pipelines.inquiry.test_research import report_of, verified
from pipelines.stage import events_of

pytestmark = pytest.mark.anyio

PAGE = b"""<html><head><title>The Harrow light</title></head><body><main><h1>The Harrow light</h1>
<p>The lighthouse tower is 42 metres high. Its foundation stone was laid in 1872.</p>
<p>The lighthouse was built in 1874.</p></main></body></html>"""


class Engine:
    """A search service that finds one page, unless it is told to fail."""

    name = "script"

    def __init__(self) -> None:
        self.fails: ToolFailedError | None = None
        self.asked: list[str] = []

    async def search(self, query: str, limit: int) -> list[Hit]:
        self.asked.append(query)
        if self.fails is not None:
            raise self.fails
        return [Hit(url="https://harrow.example/light", title="The Harrow light", snippet="…", published=None)][:limit]


class Fetcher:
    """Has the one page."""

    async def fetch(self, url: str) -> Snapshot:
        return Snapshot(
            url=url,
            final_url=url,
            fetched_at=SystemClock().now(),
            media_type="text/html",
            sha256=hashlib.sha256(PAGE).hexdigest(),
            data=PAGE,
        )


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def tools(engine: Engine) -> Toolbox:
    return Toolbox(Web(search=engine, fetcher=Fetcher()))  # type: ignore[arg-type]  # the one method that is used


@pytest.fixture
def mind() -> Researcher:
    return Researcher("How high is the lighthouse tower?", "When was the lighthouse built?", tools=("web_search",))


async def test_pages_are_kept_cited_and_verified_from_what_was_kept(house: Server, tenant: Tenant) -> None:
    run = await research(house, tenant)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    text = await report_of(house, tenant, run)
    assert "42 metres" in text
    assert "**https\\://harrow.example/light**" in text
    assert hashlib.sha256(PAGE).hexdigest() in text
    account = await verified(house, tenant, run)
    assert all(check["passed"] for check in account["checks"] if check["kind"] == "gate")


async def test_what_was_found_out_stays_when_the_rest_is_planned_anew(
    house: Server, tenant: Tenant, mind: Researcher, engine: Engine, models: ScriptedModels
) -> None:
    mind.tools = ("documents_search",)
    file_id = await upload(house, tenant, "harbour.md", HARBOUR)
    engine.fails = ToolFailedError("SEARCH_KEY_REFUSED", "The search service refused the key.")
    plans: list[str] = []

    def plan(prompt: str) -> Mapping[str, Any]:
        plans.append(prompt)
        made: Any = mind.outline(prompt)
        if len(plans) == 1:  # the second question needs the web, and waits for the first
            made["steps"][1] |= {
                "tools": ["web_search"],
                "depends_on": ["s1"],
                "question": "Which quasars are bright?",
                "queries": [],
            }
        else:
            made["steps"] = [{**made["steps"][1], "id": "s1", "question": "How deep is the harbour of Port Harrow?"}]
        return made  # type: ignore[no-any-return]  # as it was made

    mind.plan = plan
    run = await research(house, tenant, file_id)
    events = await events_of(house, run)
    assert len(plans) == 2
    assert "- How high is the lighthouse tower?" in plans[1]
    assert "web_search" not in plans[1].partition("<tools>")[2]
    begun = [event.facts["step"] for event in events if event.type is EventType.STEP_STARTED]
    assert begun.count("s1") == 1, "what is done does not run again"
    assert "s3" in begun
    revisions = [event.facts["revision"] for event in events if event.type is EventType.PLAN]
    assert revisions == [1, 2]
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    view = await house.desk.deliverables.plan(principal(tenant.workspace_id), run.id)
    assert {step.id: step.state for step in view.steps}.get("s2") is None
    assert all(step.state == "done" for step in view.steps)
    assert run.steps_completed == run.steps_total == len(view.steps)
    assert "11 metres" in await report_of(house, tenant, run)


async def test_with_no_other_way_the_run_fails_with_the_tools_reason(
    house: Server, tenant: Tenant, engine: Engine
) -> None:
    engine.fails = ToolFailedError("SEARCH_KEY_REFUSED", "The search service refused the key.")
    run = await research(house, tenant)
    assert run.status is Status.FAILED
    assert run.error is not None
    assert run.error["reason_code"] == "TOOL_FAILED"
    assert "SEARCH_KEY_REFUSED" in str(run.error["message"])


async def test_a_tool_that_fails_says_why_in_its_result(house: Server, tenant: Tenant, engine: Engine) -> None:
    engine.fails = ToolFailedError("SEARCH_KEY_REFUSED", "The search service refused the key.")
    run = await research(house, tenant)
    results = [event for event in await events_of(house, run) if event.type is EventType.TOOL_RESULT]
    failed = [(event.content or {})["result"] for event in results if not event.facts["ok"]]
    assert failed
    assert failed[0] == {"error": "SEARCH_KEY_REFUSED", "message": "The search service refused the key."}


async def test_a_query_is_searched_once_and_a_page_that_cannot_be_read_is_named_with_the_reason(
    house: Server, tenant: Tenant, mind: Researcher, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def search(query: str, limit: int) -> list[Hit]:
        engine.asked.append(query)
        urls = ("https://harrow.example/light", "https://gone.example/light?token=x")
        return [Hit(url=url, title="Light", snippet="…", published=None) for url in urls][:limit]

    async def fetch(self: Fetcher, url: str) -> Snapshot:
        if "gone" in url:
            raise ToolFailedError("PAGE_GONE", "The page is not there any more.")
        return await whole(self, url)

    whole = Fetcher.fetch
    monkeypatch.setattr(engine, "search", search)
    monkeypatch.setattr(Fetcher, "fetch", fetch)
    mind.questions = ("How high is the lighthouse tower?",)
    run = await research(house, tenant)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    assert engine.asked == ["How high is the lighthouse tower?"]
    text = await report_of(house, tenant, run)
    assert "- **gone.example**, not read: The page is not there any more." in text
    assert "token" not in text


async def test_pages_are_read_side_by_side(
    house: Server, tenant: Tenant, mind: Researcher, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    both = asyncio.Event()

    async def search(query: str, limit: int) -> list[Hit]:
        urls = ("https://harrow.example/a", "https://harrow.example/b")
        return [Hit(url=url, title="Light", snippet="…", published=None) for url in urls][:limit]

    async def fetch(self: Fetcher, url: str) -> Snapshot:
        begun.append(url)
        if len(begun) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 20)
        return await whole(self, url)

    whole = Fetcher.fetch
    monkeypatch.setattr(engine, "search", search)
    monkeypatch.setattr(Fetcher, "fetch", fetch)
    mind.questions = ("How high is the lighthouse tower?",)
    run = await research(house, tenant)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    assert len(begun) == 2
