"""An answer that does not end is not read to its end, and what was begun is paid for, however it was cut short."""

import asyncio
import json
from contextlib import suppress

import pytest

from models.conftest import Make
from models.listening import Listening
from models.malformed import send_frames
from models.standin import Standin
from models.test_failover import SCHEMA, TEXT, ask

pytestmark = pytest.mark.anyio
PIECE = "x" * 500
PIECES = 200
"""Together far more than 64 tokens, and more than the slack on top."""


def openai(delta: object) -> str:
    choices = [{"index": 0, "delta": delta, "finish_reason": None}]
    return json.dumps(
        {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "endless", "choices": choices}
    )


def call(arguments: str, name: str | None = None) -> str:
    function = {"arguments": arguments, **({"name": name} if name else {})}
    return openai({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]})


ENDLESS = {
    "text": [openai({"content": PIECE})] * PIECES,
    "thoughts": [openai({"reasoning_content": PIECE})] * PIECES,
    "arguments": [call("{", "final_result"), *[call(PIECE)] * PIECES],
    "names": [call("", PIECE)] * PIECES,
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_an_answer_without_end_is_cut_off_and_another_model_asked(
    kind: str, make: Make, standin: Standin
) -> None:
    send_frames(standin, "endless", ENDLESS[kind])
    hears = Listening()
    answer = await make("openai", "endless", "good").ask(ask(schema=SCHEMA, answer_tokens_max=64), hears)
    assert answer.model == "openai:good"
    assert hears.outcomes[0] == ("openai:endless", "ANSWER_UNREADABLE")
    usage = hears.calls[0].usage
    assert usage.is_estimated
    assert 20_000 // 4 < usage.output_tokens < len(PIECE) * PIECES // 4, "read to the bound and no further"


@pytest.mark.parametrize("protocol", ["openai", "anthropic", "google"])
@pytest.mark.parametrize("fault", ["hangs", "stalls"])
async def test_a_call_that_is_cancelled_is_paid_for(protocol: str, fault: str, make: Make, standin: Standin) -> None:
    hears = Listening()
    asking = asyncio.create_task(make(protocol, fault).ask(ask(prompt="word " * 400), hears))
    async with asyncio.timeout(60):
        while not (hears.text if fault == "stalls" else standin.count[fault]):
            await asyncio.sleep(0.01)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    (settled,) = hears.calls
    assert (settled.outcome, settled.usage.is_estimated) == ("CANCELLED", True)
    assert settled.usage.input_tokens >= 400, "the provider has what was sent"
    assert settled.usage.output_tokens >= 1


async def test_an_object_that_breaks_off_is_paid_for_as_far_as_it_came(make: Make, standin: Standin) -> None:
    send_frames(standin, "cut", [call('{"value": "', "final_result"), *[call(PIECE)] * 20])
    hears = Listening()
    answer = await make("openai", "cut", "good").ask(ask(schema=SCHEMA), hears)
    assert answer.model == "openai:good"
    usage = hears.calls[0].usage
    assert usage.input_tokens > 0
    assert usage.output_tokens >= len(PIECE) * 20 // 4


async def test_what_was_refused_or_never_reached_costs_nothing(make: Make, standin: Standin) -> None:
    hears = Listening()
    assert (await make("openai", "dead", "limited", "refused", "good").ask(ask(), hears)).value == TEXT
    assert [one.usage.input_tokens for one in hears.calls[:3]] == [0, 0, 0]
