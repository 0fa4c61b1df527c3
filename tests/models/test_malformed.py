"""Whatever stands in a provider's answer, another model takes over, and a defect of ours is not blamed on the model."""

import pytest

from futurone_server.models.port import ModelError
from models.conftest import Make
from models.listening import Listening
from models.malformed import BODIES, FRAMES, ODD_NUMBERS, send_frames
from models.standin import Standin
from models.test_failover import SCHEMA, TEXT, ask

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore")]  # as in a server, where they are only logged


@pytest.mark.parametrize("protocol", FRAMES)
@pytest.mark.parametrize("is_object", [False, True])
async def test_frames_that_are_no_answer_are_the_models_failure(
    protocol: str, is_object: bool, make: Make, standin: Standin
) -> None:
    for wrong, frames in FRAMES[protocol].items():
        send_frames(standin, wrong, frames)
        hears = Listening()
        answer = await make(protocol, wrong, "good").ask(ask(schema=SCHEMA if is_object else None), hears)
        assert answer.model == f"{protocol}:good", wrong
        assert answer.value == ({"value": 42} if is_object else TEXT), wrong
        assert hears.text == ("" if is_object else TEXT), wrong
        assert [one[:2] for one in hears.substitutions] == [(f"{protocol}:{wrong}", f"{protocol}:good")], wrong
        assert "DEFECT" not in [outcome for _, outcome in hears.outcomes], wrong


@pytest.mark.parametrize("protocol", FRAMES)
@pytest.mark.parametrize("media_type", ["application/json", "text/html", "text/event-stream"])
async def test_a_body_that_is_no_stream_is_the_models_failure(
    protocol: str, media_type: str, make: Make, standin: Standin
) -> None:
    for wrong, body in BODIES.items():
        standin.raw[wrong] = (media_type, body.encode())
        hears = Listening()
        answer = await make(protocol, wrong, "good").ask(ask(), hears)
        assert (answer.value, answer.model) == (TEXT, f"{protocol}:good"), wrong
        assert len(hears.substitutions) == 1, wrong


@pytest.mark.parametrize(
    ("protocol", "wrong"), [("openai", "null"), ("anthropic", "block-number"), ("google", "args-list")]
)
async def test_an_unreadable_answer_counts_at_the_breaker_and_is_told(
    protocol: str, wrong: str, make: Make, standin: Standin
) -> None:
    send_frames(standin, "bad", FRAMES[protocol][wrong])
    models = make(protocol, "bad", "good")
    for _ in range(3):
        hears = Listening()
        await models.ask(ask(), hears)
        assert hears.substitutions == [(f"{protocol}:bad", f"{protocol}:good", "ANSWER_UNREADABLE")]
    assert standin.count["bad"] == 1


async def test_when_no_model_can_be_read_the_error_says_so(make: Make, standin: Standin) -> None:
    send_frames(standin, "bad", ["null"])
    with pytest.raises(ModelError) as raised:
        await make("openai", "bad").ask(ask(), Listening())
    assert (raised.value.reason_code, raised.value.is_transient) == ("MODEL_UNAVAILABLE", True)
    assert "openai:bad (ANSWER_UNREADABLE)" in raised.value.message


@pytest.mark.parametrize("defect", [AttributeError, TypeError, KeyError, ValueError])
async def test_a_defect_of_the_listener_is_not_blamed_on_the_model(
    defect: type[Exception], make: Make, standin: Standin
) -> None:
    class Broken(Listening):
        def delta(self, text: str) -> None:
            raise defect(text)

    hears = Broken()
    models = make("openai", "good", "good-b")
    with pytest.raises(defect):
        await models.ask(ask(), hears)
    assert hears.outcomes == [("openai:good", "DEFECT")]
    assert hears.substitutions == []
    assert (await models.ask(ask(), Listening())).model == "openai:good"


@pytest.mark.parametrize("member", ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details"])
async def test_numbers_that_count_nothing_are_replaced_by_our_own(member: str, make: Make, standin: Standin) -> None:
    models = make("openai", "good")
    usual = standin.usage
    for wrong, number in ODD_NUMBERS.items():
        standin.usage = {**usual, member: number}
        hears = Listening()
        answer = await models.ask(ask(), hears)
        assert answer.value == TEXT, wrong
        usage = hears.calls[0].usage
        assert (type(usage.input_tokens), type(usage.output_tokens)) == (int, int), wrong
        assert 0 < usage.input_tokens < 1000, wrong
        assert 0 < usage.output_tokens < 1000, wrong
