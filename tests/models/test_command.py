"""``futurone models``: which there are, whether they answer, and never their keys."""

import json
from collections.abc import Callable

import pytest

from futurone.cli import main
from futurone_server.config import SettingError, load
from models.standin import Standin

pytestmark = pytest.mark.anyio
Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs the command with a setting; returns its code and all it said."""

    def run(setting: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("FUTURONE_MODELS", setting)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
        code = main(["models", *words])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_the_list_names_classes_and_prices(say: Say) -> None:
    code, told = say("deep=openai:gpt-5-mini;*=compatible:own@http://127.0.0.1:9/v1", "list")
    assert code == 0
    assert "openai:gpt-5-mini  deep  $0.25 in, $2 out per million tokens" in told
    assert "compatible:own  code, draft, wide, fast  price unknown" in told
    assert "sk-very-secret" not in told


def test_the_list_is_json_lines_when_asked_for(say: Say) -> None:
    code, told = say("openai:gpt-5-mini", "list", "--json")
    assert code == 0
    assert json.loads(told)["routing_classes"] == ["deep", "code", "draft", "wide", "fast"]


def test_without_models_it_says_how_to_have_some(say: Say) -> None:
    assert say("", "list") == (
        0,
        "No model is configured. Set FUTURONE_MODELS, for example: FUTURONE_MODELS=openai:gpt-5-mini\n",
    )
    assert say("", "test")[0] == 1


def test_a_wrong_setting_is_said_and_is_a_mistake_of_usage(say: Say) -> None:
    code, told = say("opnai:x", "list")
    assert code == 2
    assert "FUTURONE_MODELS: “opnai:x” must be provider:model" in told


async def test_each_model_is_asked_and_what_is_wrong_is_said_without_the_providers_words(
    say: Say, standin: Standin
) -> None:
    from asyncio import to_thread

    address = f"@{standin.url}/v1"
    standin.answer = {"sum": 42}
    code, told = await to_thread(say, f"openai:good{address},openai:refused{address}", "test")
    assert code == 1
    assert "ok   openai:good: answered in " in told
    assert "BAD  openai:refused: MODEL_KEY_REFUSED: openai:refused: the provider refused the key" in told
    assert "secret" not in told


def test_keys_are_read_from_their_variables_and_shown_nowhere() -> None:
    environ = {"FUTURONE_MODELS": "openai:x?key=CORP_KEY", "CORP_KEY": "sk-1", "OPENAI_API_KEY": "sk-2"}
    config = load({}, environ)
    assert config.model_keys == {"CORP_KEY": "sk-1"}
    assert "sk-1" not in repr(config)


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("FUTURONE_SEARCH", "bing:1", "names no known service"),
        ("FUTURONE_EGRESS_ALLOW", "localhost", "host:port"),
        ("FUTURONE_MODELS", "deep=openai:x", "class code"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_the_door(variable: str, value: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        load({}, {variable: value})


def test_a_search_key_is_not_shown_by_the_settings() -> None:
    assert "k-secret" not in repr(load({}, {"FUTURONE_SEARCH": "brave:k-secret"}))
