"""A source brief made by a run: exact quotes for an outline, honest about what it is and about what is open."""

import pytest

from futurone_server.features.runs import Run, Status
from futurone_server.main import Server
from house import Tenant
from pipelines.content.scene import artifacts_of, checks_of, play, text_of

pytestmark = pytest.mark.anyio

MANUAL = """# Kettle manual

## Boiling time

The kettle boils one litre of water in three minutes. A full kettle takes five minutes to boil.

## Safety

The kettle switches itself off when it is empty. Never put the kettle into water, because the base holds current.

## Shipping

Parcels leave our warehouse on Mondays.
"""
TASK = "Prepare a source brief for an article about kettle safety and boiling time, for beginners."


def _reason(run: Run) -> object:
    return run.escalation and run.escalation["reason_code"]


async def test_a_source_brief_quotes_what_the_sources_say_under_their_headings(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", TASK, {"manual.md": MANUAL})
    assert (run.status, run.error) == (Status.COMPLETED, None)
    ((artifact, content),) = await artifacts_of(house, run)
    assert (artifact.type, artifact.engine, artifact.citations) == ("source_brief", "deterministic", 2)
    text = content["text"]
    assert text.startswith("# Source brief: ")
    assert "“The kettle switches itself off when it is empty. Never put the kettle into water" in text
    assert "- Audience: beginners" in text
    assert "Parcels" not in text
    assert all((await checks_of(house, run)).values())


async def test_points_that_the_task_lists_are_the_outline_and_one_without_a_source_is_open(
    house: Server, tenant: Tenant
) -> None:
    task = "Prepare a source brief about the kettle. Cover: boiling time, safety, warranty."
    run = await play(house, tenant, "content", task, {"manual.md": MANUAL})
    text = await text_of(house, run, "source_brief")
    assert "1. boiling time (asked for by the task; quote 1)" in text
    assert "3. warranty (asked for by the task; no quote)" in text
    assert "- warranty: the sources hold nothing on it." in text
    assert run.status is Status.ESCALATED


async def test_prose_needs_a_model_and_the_brief_is_left_for_whoever_writes(house: Server, tenant: Tenant) -> None:
    task = "Write a blog post about kettle safety for beginners in 200 words."
    run = await play(house, tenant, "content", task, {"manual.md": MANUAL})
    assert (run.status, _reason(run)) == (Status.ESCALATED, "MODEL_REQUIRED")
    assert (await text_of(house, run, "source_brief")).startswith("# Source brief: Write a blog post")
    assert [name for name, passed in (await checks_of(house, run)).items() if not passed] == ["as_asked"]


async def test_a_source_brief_without_sources_says_what_it_needs(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", TASK)
    assert (run.status, _reason(run)) == (Status.ESCALATED, "NO_SOURCES")


async def test_markup_in_a_source_is_shown_and_does_nothing(house: Server, tenant: Tenant) -> None:
    hostile = "# Kettle safety\n\nKettle safety: ![x](http://evil.example/b.png) <script>go()</script> is [here](http://e.example).\n"
    run = await play(house, tenant, "content", TASK, {"h.md": hostile})
    ((_, content),) = await artifacts_of(house, run)
    assert "<script" not in content["html"]
    assert "<img" not in content["html"]
    assert 'href="http' not in content["html"]
    assert (await checks_of(house, run))["inert"]


async def test_a_length_in_sentences_is_a_length(house: Server, tenant: Tenant) -> None:
    task = f"{TASK} At most 6 sentences."
    text = await text_of(house, await play(house, tenant, "content", task, {"manual.md": MANUAL}), "source_brief")
    assert "at most 6 sentences" in text
    assert "does not say how long" not in text


async def test_a_task_in_a_language_that_is_not_understood_says_so(house: Server, tenant: Tenant) -> None:
    task = "Ti prego di guardare questo testo e di dirmi che cosa non va."
    text = await text_of(house, await play(house, tenant, "content", task, {"manual.md": MANUAL}), "source_brief")
    assert "The task is in Italian and was not understood" in text
