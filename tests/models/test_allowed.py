"""A workspace allows some of the configured models: in any order of the chain, no other hears of its requests."""

import pytest

from futurone_server.models.port import Ask, ModelError, Routing
from models.conftest import Make
from models.listening import Listening
from models.standin import Standin

pytestmark = pytest.mark.anyio


def ask(*models: str) -> Ask:
    only = frozenset(f"openai:{model}" for model in models)
    return Ask(routing=Routing.DRAFT, instructions="", prompt="What is it?", only=only)


@pytest.mark.parametrize("chain", [("first", "second"), ("second", "first")], ids=" ".join)
async def test_of_two_models_that_answer_the_allowed_one_is_asked(
    chain: tuple[str, str], make: Make, standin: Standin
) -> None:
    answer = await make("openai", *chain).ask(ask("second"), Listening())
    assert answer.model == "openai:second"
    assert {name for name, _ in standin.requests} == {"second"}


async def test_when_the_allowed_one_fails_another_does_not_stand_in(make: Make, standin: Standin) -> None:
    with pytest.raises(ModelError):
        await make("openai", "dead", "good").ask(ask("dead"), Listening())
    assert {name for name, _ in standin.requests} == {"dead"}


async def test_where_none_is_allowed_none_is_asked(make: Make, standin: Standin) -> None:
    with pytest.raises(ModelError, match="No model is configured"):
        await make("openai", "good").ask(ask("other"), Listening())
    assert standin.requests == []
