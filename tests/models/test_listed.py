"""The setting FUTURONE_MODELS: what it can say, and what is said of it when it is wrong."""

from decimal import Decimal

import pytest

from futurone_server.models.listed import ModelsSettingError, Output, Provider, read_models
from futurone_server.models.port import Routing
from futurone_server.models.prices import price_of


def test_one_model_serves_every_class() -> None:
    chains = read_models("openai:gpt-5-mini")
    assert set(chains) == set(Routing)
    (model,) = chains[Routing.DEEP]
    assert (model.name, model.family, model.key_variable) == ("openai:gpt-5-mini", "gpt", "OPENAI_API_KEY")


def test_classes_have_chains_of_their_own_and_a_star_stands_for_the_rest() -> None:
    chains = read_models("deep+code=anthropic:claude-opus-4-5, openai:gpt-5.2; *=openai:gpt-5-mini")
    assert [model.name for model in chains[Routing.CODE]] == ["anthropic:claude-opus-4-5", "openai:gpt-5.2"]
    assert [model.name for model in chains[Routing.FAST]] == ["openai:gpt-5-mini"]


def test_options_say_address_key_output_price_and_patience() -> None:
    text = "compatible:org/Model-7b:q4@http://127.0.0.1:8080/v1?key=CORP_KEY&output=prompted&price=0.5/2&first=5&window=32000"
    (model,) = read_models(text)[Routing.WIDE]
    assert model.provider is Provider.COMPATIBLE
    assert (model.model, model.address) == ("org/Model-7b:q4", "http://127.0.0.1:8080/v1")
    assert (model.key_variable, model.output, model.first_token_s) == ("CORP_KEY", Output.PROMPTED, 5.0)
    assert model.price is not None
    assert (model.price.input_usd, model.price.output_usd) == (Decimal("0.5"), Decimal(2))
    assert (model.family, model.window) == ("model", 32_000)


def test_local_servers_with_grammars_are_asked_through_them() -> None:
    (model,) = read_models("ollama:qwen3:8b@http://127.0.0.1:11434/v1")[Routing.FAST]
    assert (model.output, model.key_variable, model.family) == (Output.NATIVE, None, "qwen")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("deep=openai:x", "No model is given for the class code"),
        ("deeep=openai:x;*=openai:x", "no class “deeep”"),
        ("openai", "must be provider:model"),
        ("azure:gpt", "must be provider:model"),
        ("openai:", "needs the model's name"),
        ("openai:a b", "needs the model's name"),
        ("compatible:x", "needs its address"),
        ("openai:x@ftp://h", "must begin with http"),
        ("openai:x@https://user:pw@h", "must begin with http"),
        ("openai:x?key=sk-12345", "never the key itself"),
        ("openai:x?colour=red", "no option “colour”"),
        ("openai:x?price=cheap", "dollars per million"),
        ("openai:x?price=1", "dollars per million"),
        ("openai:x?price=-1/2", "dollars per million"),
        ("openai:x?price=nan/2", "dollars per million"),
        ("openai:x?output=xml", "tool, native, prompted"),
        ("openai:x?window=many", "window=128000"),
        ("openai:x?first=soon", "first=30"),
        ("openai:x?total=99999", "at most 7200"),
        ("openai:x,openai:x", "stands twice"),
        ("*=openai:x;*=openai:y", "given twice"),
        ("deep=openai:x;deep=openai:y;*=openai:z", "deep is given twice"),
        ("deep=openai:x?price=1/2;*=openai:x", "or other options"),
        ("", "No model is given"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, complaint: str) -> None:
    with pytest.raises(ModelsSettingError, match=complaint):
        read_models(text)


def test_a_known_model_has_the_price_of_the_list_and_an_unknown_one_none() -> None:
    chains = read_models("deep=openai:gpt-5-mini;code=openai:no-such-model;*=openai:gpt-5-mini-x@http://127.0.0.1:9/v1")
    known, unknown, own = (price_of(chains[one][0]) for one in (Routing.DEEP, Routing.CODE, Routing.FAST))
    assert known is not None
    assert known.input_usd > 0
    assert known.source.startswith("genai-prices ")
    assert unknown is None
    assert own is None, "a model at an address of one's own costs what its owner says"


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghijk123456789",
        "sk-ant-api03-abcdefgh",
        "AIzaSyA1234567890abcdefghijk",
        "a8Kd93jfLq02mZx7Wb5Tn1Rv6",
        "0f3a9b2c7d1e8f4a6b5c0d9e",
    ],
)
def test_a_key_in_the_place_of_a_model_is_refused_and_not_repeated(key: str) -> None:
    for text in (f"openai:{key}", f"deep=openai:{key};*=openai:gpt-5-mini", f"compatible:{key}@http://h/v1", key):
        with pytest.raises(ModelsSettingError) as told:
            read_models(text)
        assert key not in str(told.value)
        assert key[:6] not in str(told.value)
        assert "looks like a key" in str(told.value)


@pytest.mark.parametrize(
    "name",
    ["claude-sonnet-4-5-20250929", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "qwen3:30b-a3b-instruct-2507-q4_K_M"],
)
def test_names_of_models_are_no_keys(name: str) -> None:
    assert read_models(f"openai:{name}")
