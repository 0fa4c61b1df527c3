"""Strategy with a scripted model: it finds numbers and words, and never computes one."""

import copy
from typing import Any

import pytest

from futurone_server.features.runs import Run, Status
from futurone_server.main import Server
from futurone_server.models.port import Ask
from house import Tenant
from pipelines.content.scene import artifacts_of, checks_of, give_model, play, text_of
from pipelines.strategy.test_strategy_run import VENDORS

pytestmark = pytest.mark.anyio

NOTES = """# Market notes

In the south we expect to sell 400 kettles a month at 30 euros each. In the north it would be 250 kettles a month.
Rent in the south is 4,000 euros a month.
"""
TASK = "Give us a market entry recommendation for the south."


def _number(value: str, quote: str, source: str = "notes.md") -> dict[str, str]:
    return {"value": value, "source": source, "quote": quote}


UNITS = _number("400", "we expect to sell 400 kettles a month")
PRICE = _number("30 euros", "at 30 euros each")
RENT = _number("4,000 euros", "Rent in the south is 4,000 euros a month")
FRAME: dict[str, Any] = {
    "options": [],
    "criteria": [],
    "scores": [],
    "assumptions": [
        {"name": "units", "low": UNITS, "base": UNITS, "high": UNITS},
        {"name": "price", "low": PRICE, "base": PRICE, "high": PRICE},
        {"name": "rent", "low": RENT, "base": RENT, "high": RENT},
    ],
    "formulas": [{"name": "profit", "expression": "units * price - rent"}],
    "missing": ["wages"],
}
WORDS = "The tables show a profit of 8,000 a month."


def _script(frame: object, words: str = WORDS) -> Any:
    def reply(ask: Ask) -> object:
        return frame if ask.schema is not None else words

    return reply


def _reason(run: Run) -> object:
    return run.escalation and run.escalation["reason_code"]


async def test_numbers_in_running_text_are_quoted_by_the_model_and_computed_by_the_program(
    house: Server, tenant: Tenant
) -> None:
    give_model(house, _script(FRAME))
    run = await play(house, tenant, "strategy", TASK, {"notes.md": NOTES})
    assert (run.status, run.error, run.escalation) == (Status.COMPLETED, None, None)
    report = await text_of(house, run, "strategy_report")
    assert "| profit | 8,000 | 8,000 | 8,000 |" in report
    assert "| units | 400 | 400 | 400 | fixed | quote 1 |" in report
    assert "“we expect to sell 400 kettles a month”" in report
    assert "- wages" in report
    assert {artifact.engine for artifact, _ in await artifacts_of(house, run)} == {"model"}
    assert all((await checks_of(house, run)).values())


async def test_a_quote_that_does_not_stand_in_its_source_is_not_taken(house: Server, tenant: Tenant) -> None:
    frame = copy.deepcopy(FRAME)
    frame["assumptions"][0]["high"] = _number("900", "we expect to sell 900 kettles a month")
    give_model(house, _script(frame))
    run = await play(house, tenant, "strategy", TASK, {"notes.md": NOTES})
    assert run.error is not None
    assert (run.status, run.error["reason_code"]) == (Status.FAILED, "MODEL_ANSWER_INVALID")


async def test_an_assumed_number_is_shown_as_one_and_makes_the_result_less_sure(house: Server, tenant: Tenant) -> None:
    frame = copy.deepcopy(FRAME)
    guess = _number("500", "", "assumption")
    frame["assumptions"][2] = {"name": "rent", "low": guess, "base": guess, "high": guess}
    give_model(house, _script(frame, "The tables show a profit of 11,500 a month."))
    run = await play(house, tenant, "strategy", TASK, {"notes.md": NOTES})
    assert "| rent | 500 | 500 | 500 | fixed | assumption |" in await text_of(house, run, "strategy_report")
    sure = give_model(house, _script(FRAME))
    assert sure.asked == []
    other = await play(house, tenant, "strategy", TASK, {"notes.md": NOTES})
    assert run.confidence is not None
    assert other.confidence is not None
    assert run.confidence < other.confidence


async def test_a_number_that_the_model_made_up_in_its_words_holds_the_run(house: Server, tenant: Tenant) -> None:
    give_model(house, _script(FRAME, "The market is worth 77 million."))
    run = await play(house, tenant, "strategy", TASK, {"notes.md": NOTES})
    assert (run.status, _reason(run)) == (Status.ESCALATED, "VERIFICATION_BELOW_THRESHOLD")
    assert not (await checks_of(house, run))["words_hold"]


async def test_a_table_is_read_by_the_program_and_the_model_only_puts_it_into_words(
    house: Server, tenant: Tenant
) -> None:
    models = give_model(house, _script(None, "Cura comes first with 0.5667."))
    run = await play(house, tenant, "strategy", "Give us a vendor recommendation.", {"vendors.csv": VENDORS})
    assert all(ask.schema is None for ask in models.asked)
    assert len(models.asked) >= 3
    report = await text_of(house, run, "strategy_report")
    assert "## What the numbers say" in report
    assert "## Decision matrix" in report
