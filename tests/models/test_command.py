"""``futurone models``: which there are, whether they answer, and never their keys."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from futurone.cli import main
from futurone_server.config import SettingError, load
from models.malformed import send_frames
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
    address = f"@{standin.url}/v1"
    standin.answer = {"sum": 42}
    code, told = await asyncio.to_thread(say, f"openai:good{address},openai:refused{address}", "test")
    assert code == 1
    assert "ok   openai:good: answered in " in told
    assert "BAD  openai:refused: MODEL_KEY_REFUSED: the provider refused the key in OPENAI_API_KEY." in told
    assert "secret" not in told


def test_a_key_that_is_not_set_is_named_by_its_variable(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("CORP_KEY", raising=False)
    own = "http://127.0.0.1:9"
    setting = f"anthropic:a,openai:b,compatible:c@{own}/v1?key=CORP_KEY,anthropic:d@{own},compatible:e@{own}/v1"
    told = say(setting, "list")[1].splitlines()
    assert [line.partition("  (")[2] for line in told] == [
        "ANTHROPIC_API_KEY is not set)",
        "",
        "CORP_KEY is not set)",
        "",
        "",
    ]
    shown = say("anthropic:a", "list", "--json")[1]
    assert json.loads(shown)["key_variable_missing"] == "ANTHROPIC_API_KEY"


def test_the_doctor_names_keys_that_are_not_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setenv("FUTURONE_MODELS", "anthropic:a")
    assert main(["doctor", "--data-dir", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "BAD  models: anthropic:a: the variable ANTHROPIC_API_KEY is not set\n" in told
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret")
    main(["doctor", "--data-dir", str(tmp_path)])
    told = capsys.readouterr().out
    assert "ok   models: 1 configured" in told
    assert "secret" not in told


async def test_what_is_wrong_with_a_model_is_said_so_that_it_can_be_mended(
    say: Say, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("CORP_KEY", raising=False)
    url, closed = standin.url, "http://127.0.0.1:9"
    wrong = {
        f"compatible:refused-a@{url}/v1": "the provider wants a key: name the variable",
        f"compatible:refused-b@{url}/v1?key=CORP_KEY": "the variable CORP_KEY is not set, and the provider wants",
        f"compatible:away@{closed}/v1": f"nobody answers at {closed}/v1, or the connection broke.",
        f"compatible:path@{url}": f"the address probably has to end with /v1: {url}/v1.",
        f"anthropic:path@{url}/v1": f"the address of anthropic is given without /v1: {url}.",
        f"compatible:gone@{url}/v1": f"there is no model “gone” at {url}/v1, by this name",
        f"compatible:hangs@{url}/v1?first=0.3": f"{url}/v1 gave no answer within 0.3 s to the first word",
    }
    code, told = await asyncio.to_thread(say, ",".join(wrong), "test")
    assert code == 1
    for line, words in zip(told.splitlines(), wrong.values(), strict=True):
        assert line.startswith("BAD")
        assert words in line
        assert "models test" not in line, "whoever reads this has just done so"


async def test_every_bad_answer_has_one_code_and_is_told_in_plain_words(say: Say, standin: Standin) -> None:
    send_frames(standin, "nonsense", ["null"])
    standin.answer = {"total": "much"}
    address = f"@{standin.url}/v1"
    code, told = await asyncio.to_thread(say, f"openai:nonsense{address},openai:other{address}", "test")
    assert code == 1
    first, second = told.splitlines()
    assert first.startswith("BAD  openai:nonsense: MODEL_ANSWER_INVALID: what came back is no answer of a model")
    assert second.startswith("BAD  openai:other: MODEL_ANSWER_INVALID: it answered, but not with the object")
    assert "class" not in told


async def test_two_gateways_with_a_model_of_one_name_are_told_apart(say: Say, standin: Standin) -> None:
    standin.answer = {"sum": 42}
    two = f"compatible:good@{standin.url}/v1,compatible:good@http://127.0.0.1:9/v1"
    code, told = say(two, "list")
    assert code == 2
    assert "as=NAME" in told
    code, told = await asyncio.to_thread(say, f"{two}?as=spare", "test")
    assert told.splitlines()[0].startswith("ok   compatible:good: answered")
    assert told.splitlines()[1].startswith("BAD  compatible:spare: ")
    assert say("compatible:good@http://a?as=a%20b", "list")[0] == 2


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
