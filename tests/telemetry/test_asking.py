"""Whatever a provider does and a model says, the spans of asking say how it went and hold nothing of it."""

import asyncio
import contextlib
from collections import Counter
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from futurone_server.models.port import ModelError
from futurone_server.tools.port import ToolFailedError
from models.conftest import Make
from models.listening import Listening
from models.standin import Standin
from telemetry.collected import Collected
from telemetry.logged import heard
from telemetry.marked import BREAKS, MARKS, REFUSES, SAID, SCHEMA, ask, tool

pytestmark = pytest.mark.anyio
PROTOCOLS = ("openai", "anthropic", "google")
FAULTS = (
    *("good", "dead", "limited", "refused", "gone", "hangs?first=0.2", "stalls?total=0.4", "dies", "stump"),
    *("invalid", "once", "lies", "silent", "tools", "filtered"),
)


async def asked(collected: Collected, make: Make, protocol: str, *names: str, **members: Any) -> Exception | None:
    """One thing asked inside a span; returns what came of it when that was no answer."""
    with collected.tracing.span("run", {}):
        try:
            await make(protocol, *names).ask(ask(**members), Listening())
        except (ModelError, ToolFailedError, LookupError) as error:
            return error
    return None


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_no_fault_of_a_provider_brings_content_into_a_span_or_the_log(
    protocol: str, make: Make, collected: Collected
) -> None:
    models = make(protocol, *FAULTS)

    async def suffer(fault: str) -> None:
        listed = models.listed(f"{protocol}:{fault.partition('?')[0]}")
        for members in ({}, {"schema": SCHEMA}, {"tools": (tool(),), "check": lambda value: SAID["wrong"]}):
            with collected.tracing.span("run", {}), contextlib.suppress(ModelError):
                await models.ask_one(listed, ask(**members), Listening())

    with heard() as said:
        await asyncio.gather(*map(suffer, FAULTS))
    chats = Counter(span.name.removeprefix("chat ") for span in collected.named("chat"))
    assert [fault for fault in FAULTS if chats[fault.partition("?")[0]] < 3] == []
    assert len(collected.named("invoke_agent ask")) == 3 * len(FAULTS)
    assert collected.found(MARKS) == []
    assert [mark for mark in MARKS if mark in said.getvalue()] == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("broken", [BREAKS, REFUSES])
async def test_what_a_failing_tool_says_is_in_no_span(
    protocol: str, broken: Any, make: Make, collected: Collected
) -> None:
    await asked(collected, make, protocol, "tools", tools=(broken,))
    (span,) = collected.named("execute_tool echo_text")
    assert span.status.status_code is StatusCode.ERROR
    assert collected.found(MARKS) == []


@pytest.mark.usefixtures("content_on")
@pytest.mark.parametrize("fault", ["good", "dead", "invalid", "tools"])
async def test_the_list_of_what_may_leave_holds_alone(fault: str, make: Make, collected: Collected) -> None:
    for members in ({}, {"schema": SCHEMA}, {"tools": (BREAKS,)}):
        await asked(collected, make, "openai", fault, **members)
    assert collected.found(MARKS) == []


@pytest.mark.usefixtures("list_off", "content_on")
async def test_without_either_wall_everything_would_be_found(make: Make, collected: Collected) -> None:
    for fault in ("good", "dead", "invalid", "tools"):
        for members in (
            {},
            {"schema": SCHEMA},
            {"tools": (tool(),)},
            {"tools": (BREAKS,)},
            {"check": lambda value: SAID["wrong"]},
        ):
            await asked(collected, make, "openai", fault, **members)
    assert sorted(collected.found(MARKS)) == sorted(MARKS)


@pytest.mark.usefixtures("list_off")
async def test_without_the_list_a_library_would_tell_of_schemas(make: Make, collected: Collected) -> None:
    await asked(collected, make, "openai", "tools", schema=SCHEMA, tools=(tool(),))
    assert set(collected.found(MARKS)) == {SAID["schema"], SAID["description"]}


async def test_every_attempt_is_a_span_below_the_asking(make: Make, collected: Collected) -> None:
    await asked(collected, make, "openai", "dead", "tools", "good", tools=(tool(),))
    above = "run > invoke_agent ask"
    assert collected.paths == [
        "run",
        above,
        f"{above} > chat dead",
        f"{above} > chat tools",
        f"{above} > execute_tool echo_text",
        f"{above} > chat tools",
    ]
    dead, tools, _ = collected.named("chat")
    assert dead.status.status_code is StatusCode.ERROR
    assert dead.status.description is None
    assert dict(dead.attributes or {})["error.type"] == "ModelServerError"
    told = dict(tools.attributes or {})
    assert told["gen_ai.provider.name"] == "openai"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (100, 10)
    assert told["gen_ai.response.finish_reasons"] == ("tool_call",)


@pytest.mark.parametrize(("name", "used"), [("mk_tool", 0), ("echo_text", 1)])
async def test_names_that_a_model_or_a_provider_makes_up_are_not_told(
    name: str, used: int, make: Make, standin: Standin, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = {"name": name, "arguments": '{"text": "hello"}'}
    calls = {"tool_calls": [{"index": 0, "id": "mk_call", "type": "function", "function": function}]}
    monkeypatch.setattr(standin, "_openai_call", lambda name, args: calls)
    chunk = standin._openai_chunk
    monkeypatch.setattr(standin, "_openai_chunk", lambda name, *more: chunk("mk_model", *more).replace("c1", "mk_id"))
    await asked(collected, make, "openai", "tools", tools=(tool(),))
    assert [span.name for span in collected.named("chat")] == ["chat tools", "chat tools"]
    assert len(collected.named("execute_tool")) == used
    assert collected.found(["mk_"]) == []


async def test_without_a_collector_no_span_is_made(make: Make, collected: Collected) -> None:
    await make("openai", "good").ask(ask(), Listening())
    assert collected.spans == []


async def test_what_is_cut_short_ends_its_spans(make: Make, collected: Collected) -> None:
    class Refusing(Listening):
        def delta(self, text: str) -> None:
            raise KeyError(SAID["failure"] + text)

    with contextlib.suppress(KeyError), collected.tracing.span("run", {}):
        await make("openai", "good").ask(ask(), Refusing())
    assert [span.name for span in collected.spans] == ["run", "invoke_agent ask", "chat good"]
    assert collected.found(MARKS) == []
