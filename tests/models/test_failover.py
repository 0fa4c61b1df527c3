"""Whatever a provider does, the next model of its class answers, and everybody is told: over HTTP, per protocol."""

from collections.abc import Mapping

import pytest

from futurone_server.models.port import Ask, ModelError, Routing
from futurone_server.tools.port import Tool
from models.conftest import Make
from models.listening import Listening
from models.standin import Standin

pytestmark = pytest.mark.anyio
PROTOCOLS = ("openai", "anthropic", "google")
SCHEMA = {
    "type": "object",
    "properties": {"value": {"type": "integer"}},
    "required": ["value"],
    "additionalProperties": False,
}
TEXT = "The answer is forty-two."


def ask(**members: object) -> Ask:
    return Ask(**{"routing": Routing.DRAFT, "instructions": "Be brief.", "prompt": "What is it?", **members})  # type: ignore[arg-type]  # any members


async def _echo(args: Mapping[str, object]) -> object:
    return {"echo": args["text"]}


ECHO = Tool(
    name="echo.text",
    description="Says it again.",
    args={
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
        "additionalProperties": False,
    },
    result={"type": "object"},
    timeout_s=5,
    use=_echo,
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_text_is_streamed_and_its_use_is_counted(protocol: str, make: Make) -> None:
    hears = Listening()
    answer = await make(protocol, "good").ask(ask(), hears)
    assert (answer.value, answer.model, hears.text) == (TEXT, f"{protocol}:good", TEXT)
    (call,) = hears.calls
    assert (call.outcome, call.usage.input_tokens, call.usage.output_tokens) == ("ok", 100, 10)
    assert not call.usage.is_estimated
    assert hears.reserved[0].tokens >= 4096


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_an_object_fits_its_schema_and_is_not_streamed(protocol: str, make: Make) -> None:
    hears = Listening()
    answer = await make(protocol, "good").ask(ask(schema=SCHEMA), hears)
    assert answer.value == {"value": 42}
    assert hears.text == ""


@pytest.mark.parametrize(
    ("protocol", "output"),
    [("openai", "native"), ("openai", "prompted"), ("google", "native"), ("ollama", "native"), ("vllm", "native")],
)
async def test_every_way_to_an_object_works(protocol: str, output: str, make: Make) -> None:
    answer = await make(protocol, f"good?output={output}").ask(ask(schema=SCHEMA), Listening())
    assert answer.value == {"value": 42}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("dead", "SERVER_ERROR"),
        ("limited", "RATE_LIMITED"),
        ("refused", "KEY_REFUSED"),
        ("gone", "MODEL_NOT_FOUND"),
        ("hangs?first=0.2", "TIMEOUT"),
    ],
)
async def test_a_model_that_does_not_answer_is_replaced(
    protocol: str, fault: str, reason: str, make: Make, standin: Standin
) -> None:
    hears = Listening()
    answer = await make(protocol, fault, "good").ask(ask(), hears)
    bad = fault.partition("?")[0]
    assert answer.value == TEXT
    assert hears.outcomes == [(f"{protocol}:{bad}", reason), (f"{protocol}:good", "ok")]
    assert hears.substitutions == [(f"{protocol}:{bad}", f"{protocol}:good", reason)]
    assert hears.calls[0].usage.input_tokens == 0, "what was refused was not used"
    assert standin.count[bad] == 1, "no retry behind our back"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["dies", "stalls?total=0.4", "stump"])
async def test_a_stream_that_breaks_off_is_taken_back_and_begun_anew(protocol: str, fault: str, make: Make) -> None:
    hears = Listening()
    answer = await make(protocol, fault, "good").ask(ask(), hears)
    assert (answer.value, hears.text, hears.resets) == (TEXT, TEXT, 1)
    assert len(hears.substitutions) == 1
    lost = hears.calls[0].usage
    assert lost.is_estimated
    assert lost.input_tokens > 0, "the provider will bill what it had said"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_tool_is_used_once_also_when_the_model_after_it_is_another(
    protocol: str, make: Make, standin: Standin
) -> None:
    hears = Listening()
    models = make(protocol, "tools", "good")
    answer = await models.ask(ask(tools=(ECHO,)), hears)
    assert answer.value == TEXT
    assert hears.used == [("echo.text", {"text": "hello"})]


async def test_after_a_tool_call_the_next_model_goes_on_with_the_same_conversation(
    make: Make, standin: Standin
) -> None:
    hears = Listening()
    models = make("openai", "tools", "good")

    async def breaks(args: Mapping[str, object]) -> object:
        standin.break_down("tools")
        return {"echo": args["text"]}

    tool = Tool(**{**vars(ECHO), "use": breaks})
    answer = await models.ask(ask(tools=(tool,)), hears)
    assert (answer.value, answer.model) == (TEXT, "openai:good")
    assert len(hears.used) == 1
    name, body = standin.requests[-1]
    assert name == "good"
    assert [message["role"] for message in body["messages"]].count("tool") == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_an_answer_that_does_not_fit_is_repaired(protocol: str, make: Make, standin: Standin) -> None:
    hears = Listening()
    answer = await make(protocol, "once", "good").ask(ask(schema=SCHEMA), hears)
    assert (answer.value, answer.model) == ({"value": 42}, f"{protocol}:once")
    assert standin.count["once"] == 2


async def test_repair_is_bounded_and_then_another_model_answers(make: Make, standin: Standin) -> None:
    hears = Listening()
    answer = await make("openai", "invalid", "good").ask(ask(schema=SCHEMA, repairs_max=2), hears)
    assert answer.model == "openai:good"
    assert standin.count["invalid"] == 3
    assert hears.substitutions == [("openai:invalid", "openai:good", "ANSWER_INVALID")]


async def test_what_the_asker_finds_wrong_is_repaired_like_a_wrong_form(make: Make, standin: Standin) -> None:
    with pytest.raises(ModelError, match="of the form that was asked for") as raised:
        await make("openai", "good").ask(ask(schema=SCHEMA, check=lambda value: "must be 43"), Listening())
    assert raised.value.reason_code == "MODEL_ANSWER_INVALID"
    assert "must be 43" in str(standin.requests[-1][1])


async def test_when_all_fail_the_error_names_them_and_quotes_nobody(make: Make, standin: Standin) -> None:
    standin.retry_after = "7"
    with pytest.raises(ModelError) as raised:
        await make("openai", "dead", "limited").ask(ask(), Listening())
    error = raised.value
    assert (error.reason_code, error.is_transient) == ("MODEL_UNAVAILABLE", True)
    assert "openai:dead (SERVER_ERROR), openai:limited (RATE_LIMITED)" in error.message
    assert "secret" not in error.message
    assert "What is it" not in error.message


async def test_a_refused_key_is_told_as_such_and_not_tried_again(make: Make) -> None:
    with pytest.raises(ModelError, match="refused the key") as raised:
        await make("openai", "refused").ask(ask(), Listening())
    assert not raised.value.is_transient


async def test_the_providers_wish_to_wait_is_passed_on(make: Make, standin: Standin) -> None:
    standin.retry_after = "7"
    with pytest.raises(ModelError) as raised:
        await make("openai", "limited").ask(ask(), Listening())
    assert raised.value.after_s == 7


@pytest.mark.parametrize("fault", ["lies", "silent"])
async def test_absurd_or_missing_usage_is_estimated_and_said_to_be(fault: str, make: Make) -> None:
    hears = Listening()
    await make("openai", fault).ask(ask(), hears)
    usage = hears.calls[0].usage
    assert usage.is_estimated
    assert 0 < usage.input_tokens < 1000
    assert 0 < usage.output_tokens < 1000


async def test_no_call_is_made_that_the_budget_forbids(make: Make, standin: Standin) -> None:
    hears = Listening()
    hears.refuses = LookupError("no budget")
    with pytest.raises(LookupError):
        await make("openai", "good").ask(ask(), hears)
    assert standin.requests == []


async def test_a_judge_comes_from_another_family_where_there_is_one(make: Make) -> None:
    models = make("openai", "good-a?family=one", "good-b?family=two")
    answer = await models.ask(ask(avoid=frozenset({"one"})), Listening())
    assert (answer.model, answer.family) == ("openai:good-b", "two")
    hears = Listening()
    only = await make("openai", "good-a?family=one").ask(ask(avoid=frozenset({"one"})), hears)
    assert only.model == "openai:good-a"
    assert hears.substitutions == []


async def test_a_model_that_is_out_costs_the_next_runs_nothing(make: Make, standin: Standin) -> None:
    now = [0.0]
    models = make("openai", "dead", "good", clock=lambda: now[0])
    for _ in range(5):
        hears = Listening()
        assert (await models.ask(ask(), hears)).value == TEXT
        assert len(hears.substitutions) == 1, "each run is told that it had another model"
    assert standin.count["dead"] == 1
    now[0] += 11
    await models.ask(ask(), Listening())
    assert standin.count["dead"] == 2, "after a while it is tried again"


async def test_a_key_is_read_from_the_variable_that_was_named(make: Make, standin: Standin) -> None:
    await make("openai", "good").ask(ask(), Listening())
    await make("openai", "good?key=ANTHROPIC_API_KEY").ask(ask(), Listening())
    assert standin.keys == ["Bearer k-openai", "Bearer k-anthropic"]
