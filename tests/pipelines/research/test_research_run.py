"""Research without a model, from its order to its end: what cannot be read or looked up is said, with a remedy."""

from collections.abc import Mapping
from typing import Any

import pytest

from futurone_server.eventlog import Content, EventType
from futurone_server.features.runs import Budget, Order, Run, Status
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from futurone_server.pipelines.toolbox import Toolbox, Web
from house import Tenant, open_server, principal
from pipelines.content.scene import artifacts_of, checks_of, said, upload
from pipelines.stage import carry_out
from tools.documents.making import pdf_file

pytestmark = pytest.mark.anyio

TEA = "# Tea\n\nThe kettle boils at 100 degrees. It holds two litres of water.\n"
TEE = (
    "# Der Kessel\n\nDer Kessel fasst zwei Liter Wasser, und das Wasser wird in ihm bis auf hundert Grad erhitzt. Er"
    " ist aus Stahl und darf nicht in die Spülmaschine.\n"
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
SCAN = pdf_file([()])


async def play(
    house: Server, tenant: Tenant, task: str, files: Mapping[str, str | bytes], rubric: str | None = None
) -> Run:
    ids = tuple([await upload(house, tenant, name, data) for name, data in files.items()])
    order = Order(
        agent="research", brief=Content({"task": task}), files=ids, metadata={}, budget=Budget(), rubric=rubric
    )
    run = (await house.desk.runs.create(principal(tenant.workspace_id), order, request_id="req_test")).run
    return await carry_out(house, run)


def held(run: Run) -> Mapping[str, Any]:
    assert run.status is Status.ESCALATED, (run.status, run.error)
    assert run.escalation is not None
    return run.escalation


async def findings(house: Server, run: Run) -> list[str]:
    return [f"{one['title']}: {one['detail']}" for one in await said(house, run, EventType.FINDING)]


async def report(house: Server, run: Run) -> str:
    ((_, content),) = await artifacts_of(house, run)
    return str(content["text"])


UNREADABLE = {
    "scan.pdf": (SCAN, "images"),
    "photo.png": (PNG, "image/png is not read"),
    "cut.pdf": (SCAN[: len(SCAN) // 2], "damaged"),
    "empty.md": (b"\n \n", "no text"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_file_without_text_is_named_with_the_reason_and_the_rest_is_looked_into(
    house: Server, tenant: Tenant, name: str
) -> None:
    data, why = UNREADABLE[name]
    run = await play(house, tenant, "How many litres does the kettle hold?", {name: data, "tea.md": TEA})
    (told,) = [one for one in await findings(house, run) if "could not be read" in one]
    assert told.startswith(f"{name} could not be read: ")
    assert why in told
    text = await report(house, run)
    assert f"- **{name}**, not read: " in text
    assert "Documents read: 1 of 2." in text
    assert "two litres" in text


async def test_where_no_given_file_can_be_read_the_sources_are_missing_and_nothing_is_graded(
    house: Server, tenant: Tenant
) -> None:
    files = {name: data for name, (data, _) in UNREADABLE.items()}
    run = await play(house, tenant, "How many litres does the kettle hold?", files)
    why = held(run)
    assert why["reason_code"] == "NO_SOURCES"
    assert "pdf" in why["needs"][0]
    assert "OCR" in why["needs"][0]
    told = await findings(house, run)
    assert len(told) == len(files)
    assert all("could not be read" in one for one in told), told
    assert run.score is None


async def test_a_search_that_no_model_can_plan_for_is_not_called_missing(
    databases: Any, database: str, tenant: Tenant
) -> None:
    web = Toolbox(Web(search=None, fetcher=None))  # type: ignore[arg-type]  # nothing is searched or fetched
    async with open_server(database, databases.role, tools=web) as house:
        why = held(await play(house, tenant, "How high is the tower?", {}))
    assert why["reason_code"] == "MODEL_REQUIRED"
    assert "FUTURONE_SEARCH" in why["message"]
    assert "no search" not in why["message"]
    assert "FUTURONE_MODELS" in why["needs"][0]
    assert "files" in why["needs"][1]


async def test_the_rubric_for_what_a_model_writes_needs_a_model(house: Server, tenant: Tenant) -> None:
    why = held(await play(house, tenant, "How hot does the kettle get?", {"tea.md": TEA}, rubric="inquiry"))
    assert why["reason_code"] == "MODEL_REQUIRED"
    assert "inquiry" in why["message"]


async def test_the_rubric_for_quotes_has_quotes_made_although_a_model_is_there(
    databases: Any, database: str, tenant: Tenant
) -> None:
    models = ScriptedModels(lambda ask: pytest.fail(f"a model was asked: {ask}"))
    async with open_server(database, databases.role, models=models) as house:
        run = await play(house, tenant, "How many litres does the kettle hold?", {"tea.md": TEA}, rubric="research")
        ((artifact, _),) = await artifacts_of(house, run)
    assert artifact.engine == "deterministic"
    assert run.score is not None
    assert run.score["rubric"] == "research"


OTHER = {
    "the question": ("Wie viele Tassen sind in der Küche?", TEA, "The question is in German"),
    "a source": ("How much water does it take before the alarm rings?", TEE, "There are sources in German"),
}


@pytest.mark.parametrize("which", OTHER)
async def test_where_something_is_not_in_english_that_limit_is_told_instead_of_an_empty_source(
    house: Server, tenant: Tenant, which: str
) -> None:
    task, text, told = OTHER[which]
    run = await play(house, tenant, task, {"source.md": text})
    why = held(run)
    assert "another language than English" in why["message"]
    assert "do not hold" not in why["message"]
    assert any("FUTURONE_MODELS" in one for one in why["needs"])
    shown = await report(house, run)
    assert told in shown
    assert "do not hold the answer" not in shown
    checks = await checks_of(house, run)
    assert {name for name, passed in checks.items() if not passed} <= {"relevance", "completeness", "traceability"}


async def test_an_english_question_to_english_sources_is_told_that_they_do_not_hold_the_answer(
    house: Server, tenant: Tenant
) -> None:
    run = await play(house, tenant, "Who invented the steam engine?", {"tea.md": TEA})
    assert held(run)["message"] == "The sources do not hold the answer to any of the questions."
    assert "English" not in await report(house, run)


async def test_characters_that_do_not_show_are_left_out_of_quotes_which_still_hold(
    house: Server, tenant: Tenant
) -> None:
    hidden = (
        TEA.replace("litres", "lit\u200bres\u2060")
        .replace("two", "\u202etwo\u202c\u200d")
        .replace("kettle", "kettle\ufeff")
    )
    run = await play(
        house, tenant, "At how many degrees does the kettle boil? How much water does it hold?", {"t.md": hidden}
    )
    text = await report(house, run)
    assert "litres of water" in text
    assert not set("\u200b\u2060\u202e\u202c\u200d\ufeff\ufffd") & set(text)
    assert "invisible characters in it are left out" in text
    checks = await checks_of(house, run)
    assert all(checks[gate] for gate in ("quotes_verbatim", "citations_resolve", "claims_cited", "numbers_in_source"))


async def test_a_search_that_needs_a_model_is_named_where_the_given_files_hold_nothing(
    databases: Any, database: str, tenant: Tenant
) -> None:
    web = Toolbox(Web(search=None, fetcher=None))  # type: ignore[arg-type]  # nothing is searched or fetched
    async with open_server(database, databases.role, tools=web) as house:
        run = await play(house, tenant, "Who invented the steam engine?", {"tea.md": TEA})
        text = await report(house, run)
        checks = await checks_of(house, run)
    hint = "A search service is configured; using it needs a model (FUTURONE_MODELS)."
    assert hint in held(run)["message"]
    assert hint in text.replace("\\", "")
    assert all(passed for name, passed in checks.items() if name not in {"relevance", "completeness", "traceability"})


async def test_a_vault_in_which_nothing_fits_is_nothing_to_read(house: Server, tenant: Tenant) -> None:
    await upload(house, tenant, "tea.md", TEA)
    why = held(await play(house, tenant, "Zymurgy quixotically?", {}))
    assert why["reason_code"] == "NO_SOURCES"
    assert why["message"].startswith("There is nothing to read")


async def test_quotes_that_give_different_values_for_the_same_are_said_to(house: Server, tenant: Tenant) -> None:
    files = {"a.md": "# Kettle\n\nThe kettle holds 2 litres.\n", "b.md": "# Kettle\n\nThe kettle holds 5 litres.\n"}
    run = await play(house, tenant, "How many litres does the kettle hold?", files)
    assert "The quotes give different values: One says “2 litres”, one “5 litres”." in await findings(house, run)
