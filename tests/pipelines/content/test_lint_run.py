"""A draft is looked through by a run: findings with their places, and nothing rewritten."""

import pytest

from futurone_server.eventlog import EventType
from futurone_server.features.runs import Status
from futurone_server.main import Server
from house import Tenant
from pipelines.content.scene import artifacts_of, checks_of, play, said, text_of

pytestmark = pytest.mark.anyio

DRAFT = """# Launch of Kettle Two

We are very proud of the the new kettle. It was recieved well by 120 customers.

See [the prices](#price) and write an email, or an e-mail.

### Prices

The kettle costs $1,200.
"""


async def test_a_draft_is_looked_through_and_each_finding_names_its_line(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", "Proofread the attached draft.", {"launch.md": DRAFT})
    assert (run.status, run.error) == (Status.COMPLETED, None)
    report = await text_of(house, run, "lint_report")
    for row in (
        "| launch.md:3 | repeated word | the the |",
        "| launch.md:3 | spelling | recieved |",
        "| launch.md:5 | dead anchor |",
        "| launch.md:7 | heading level | Prices |",
        "| launch.md:5 | term consistency | e-mail |",
        "| launch.md:9 | number without source | $1,200 |",
    ):
        assert row.replace("$", "\\$") in report
    assert all((await checks_of(house, run)).values())


async def test_the_report_says_how_it_was_made_and_can_be_read_as_a_page(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", "Proofread the attached draft.", {"launch.md": DRAFT})
    ((artifact, content),) = await artifacts_of(house, run)
    assert (artifact.type, artifact.engine, artifact.label) == (
        "lint_report",
        "deterministic",
        "Lint report: launch.md",
    )
    assert "<td>recieved</td>" in content["html"]


async def test_findings_go_out_on_the_stream_with_their_location(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", "Proofread the attached draft.", {"launch.md": DRAFT})
    found = {(one["title"], one["location"]) for one in await said(house, run, EventType.FINDING)}
    assert ("spelling", "launch.md:3") in found


async def test_the_constraints_of_the_task_are_held_against_the_draft(house: Server, tenant: Tenant) -> None:
    task = 'Review the draft. At most 20 words. Avoid the word "kettle". It must mention "Kettle Two".'
    run = await play(house, tenant, "content", task, {"launch.md": DRAFT})
    report = await text_of(house, run, "lint_report")
    assert "| at most 20 words | not kept |" in report
    assert "| avoid “kettle” | not kept |" in report
    assert "| mention “Kettle Two” | kept | found once |" in report


async def test_several_drafts_make_one_report_and_a_link_between_them_is_followed(
    house: Server, tenant: Tenant
) -> None:
    files = {"a.md": "# A\n\nGo to [b](b.md#nowhere) or [b](b.md#b).\n", "b.md": "# B\n\nThe end is near.\n"}
    run = await play(house, tenant, "content", "Check these drafts.", files)
    assert run.status is Status.COMPLETED
    report = await text_of(house, run, "lint_report")
    assert "## 1. a.md" in report
    assert "## 2. b.md" in report
    assert report.count("| a.md:3 | dead link |") == 1


async def test_a_file_that_is_no_text_is_named_and_the_others_are_looked_through(house: Server, tenant: Tenant) -> None:
    files: dict[str, str | bytes] = {"broken.pdf": b"%PDF-1.7 nothing", "ok.md": "# Fine\n\nAll is well here.\n"}
    run = await play(house, tenant, "content", "Check these drafts.", files)
    assert run.status is Status.COMPLETED
    assert "**broken.pdf** could not be read" in await text_of(house, run, "lint_report")


async def test_without_a_model_and_without_files_a_text_is_not_written(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "content", "Write a blog post about kettles.")
    assert run.status is Status.ESCALATED
    assert run.escalation is not None
    assert run.escalation["reason_code"] == "MODEL_REQUIRED"
    assert await artifacts_of(house, run) == []


@pytest.mark.parametrize("text", ["", " \n\n\t\n"])
async def test_an_empty_draft_is_held_and_what_to_do_is_said(house: Server, tenant: Tenant, text: str) -> None:
    run = await play(house, tenant, "content", "Proofread the attached draft.", {"empty.md": text})
    assert run.status is Status.ESCALATED
    assert run.escalation is not None
    assert run.escalation["reason_code"] == "NO_SOURCES"
    assert await artifacts_of(house, run) == []
