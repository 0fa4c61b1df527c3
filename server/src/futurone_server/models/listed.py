"""The setting FUTURONE_MODELS: which models there are, for which classes of work, and in what order they are tried.

    FUTURONE_MODELS="deep=anthropic:claude-opus-4-5,openai:gpt-5.2; *=openai:gpt-5-mini"
    FUTURONE_MODELS="compatible:qwen3@http://127.0.0.1:8080/v1?output=native&price=0/0"

Entries are divided by ``;``. Each names its classes of work (``deep``, ``code``, ``draft``, ``wide``, ``fast``, several
with ``+``, or ``*`` for those nobody else names; nothing means ``*``), then the models in the order in which they are
tried. A model is ``provider:name``, an address of its own after ``@``, and options after ``?``, divided by ``&``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from futurone_server.models.keylike import looks_like_key
from futurone_server.models.port import Price, Routing


class ModelsSettingError(ValueError):
    """FUTURONE_MODELS does not make sense; the message says where and what would be right."""


class Provider(StrEnum):
    """Whose protocol a model speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    COMPATIBLE = "compatible"
    OLLAMA = "ollama"
    VLLM = "vllm"


class Output(StrEnum):
    """How a model is brought to answer with an object: as a tool call, by a grammar, or by asking nicely."""

    TOOL = "tool"
    NATIVE = "native"
    PROMPTED = "prompted"


KEY_VARIABLES: Mapping[Provider, str] = {
    Provider.OPENAI: "OPENAI_API_KEY",
    Provider.ANTHROPIC: "ANTHROPIC_API_KEY",
    Provider.GOOGLE: "GOOGLE_API_KEY",
}
"""Where the key is read from unless the option ``key`` names another variable. The other providers may need none."""

_OUTPUTS = {Provider.OLLAMA: Output.NATIVE, Provider.VLLM: Output.NATIVE}
_ADDRESS_NEEDED = frozenset({Provider.COMPATIBLE, Provider.OLLAMA, Provider.VLLM})
_KEY_PLACE = "Put keys into variables of the environment (OPENAI_API_KEY and so on), and change one that was shown."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,119}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_ADDRESS = re.compile(r"https?://[^\s,;?@]{1,400}")
_OPTIONS = ("as", "key", "output", "price", "window", "family", "first", "total")
_FIRST_TOKEN_S = 45.0
_TOTAL_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One model as it was configured. ``key_variable`` names a variable; no key is ever held here."""

    provider: Provider
    model: str
    alias: str | None = None
    address: str | None = None
    key_variable: str | None = None
    output: Output = Output.TOOL
    price: Price | None = None
    window: int | None = None
    family: str
    first_token_s: float = _FIRST_TOKEN_S
    total_s: float = _TOTAL_S

    @property
    def name(self) -> str:
        """What logs, events and lists call it."""
        return f"{self.provider.value}:{self.alias or self.model}"


Chains = Mapping[Routing, tuple[Listed, ...]]


def read_models(text: str) -> Chains:
    """The chain of each class of work. Raises ModelsSettingError."""
    chains: dict[Routing, tuple[Listed, ...]] = {}
    rest: tuple[Listed, ...] | None = None
    for entry in filter(None, map(str.strip, text.split(";"))):
        classes, models = _entry(entry)
        for routing in classes:
            if routing in chains:
                raise ModelsSettingError(f"The class {routing.value} is given twice.")
            chains[routing] = models
        if not classes:
            if rest is not None:
                raise ModelsSettingError("The models for all other classes (*) are given twice.")
            rest = models
    for routing in Routing:
        if routing not in chains:
            if rest is None:
                raise ModelsSettingError(f"No model is given for the class {routing.value}: name one, or give *=….")
            chains[routing] = rest
    _check_one_meaning(chains)
    return chains


def keys_missing(chains: Chains, keys: Mapping[str, str]) -> Mapping[str, str]:
    """The models that cannot answer for want of a key: the variable that is not set, by the model's name."""
    listed = [model for chain in chains.values() for model in chain]
    return {
        model.name: model.key_variable
        for model in listed
        if model.key_variable is not None and model.key_variable not in keys and _is_key_needed(model)
    }


def _is_key_needed(model: Listed) -> bool:
    """A server of one's own may stand at an address and ask for none, unless its key was named."""
    return model.address is None or model.key_variable != KEY_VARIABLES.get(model.provider)


def _check_one_meaning(chains: Chains) -> None:
    """One name is one model: events and lists know models by their names alone."""
    known: dict[str, Listed] = {}
    for model in (model for chain in chains.values() for model in chain):
        if known.setdefault(model.name, model) != model:
            raise ModelsSettingError(
                f"{model.name} is given twice, with another address or other options. Where these are two models, give"
                " one of them a name of its own with the option as: as=NAME."
            )


def _entry(entry: str) -> tuple[tuple[Routing, ...], tuple[Listed, ...]]:
    head, mark, tail = entry.partition("=")
    if not mark or ":" in head:  # a "=" of an option, after a model's name
        head, tail = "*", entry
    classes: tuple[Routing, ...] = ()
    if head.strip() != "*":
        classes = tuple(_routing(name.strip()) for name in head.split("+"))
    models = tuple(_model(one.strip()) for one in tail.split(","))
    if len({model.name for model in models}) != len(models):
        raise ModelsSettingError(
            f"A model stands twice in “{entry}”. Where these are two, give one a name of its own: as=NAME."
        )
    return classes, models


def _routing(name: str) -> Routing:
    try:
        return Routing(name)
    except ValueError:
        known = ", ".join(routing.value for routing in Routing)
        raise ModelsSettingError(f"There is no class “{name[:40]}”; there are {known}, and * for the rest.") from None


def _model(text: str) -> Listed:
    spec, _, query = text.partition("?")
    head, at, address = spec.partition("@")
    word, colon, model = head.partition(":")
    if looks_like_key(model if colon else head):
        where = f"After {word}:" if word in set(Provider) else "In FUTURONE_MODELS"
        raise ModelsSettingError(f"{where} stands what looks like a key, not the name of a model. {_KEY_PLACE}")
    if not colon or word not in set(Provider):
        known = ", ".join(provider.value for provider in Provider)
        raise ModelsSettingError(f"“{text[:60]}” must be provider:model, with a provider out of {known}.")
    provider = Provider(word)
    if not _NAME.fullmatch(model):
        raise ModelsSettingError(f"“{text[:60]}” needs the model's name after {word}: — letters, digits and ._:/+-.")
    if at and not _ADDRESS.fullmatch(address):
        raise ModelsSettingError(
            f"The address of {head} must begin with http:// or https:// and hold no user or query."
        )
    if not at and provider in _ADDRESS_NEEDED:
        raise ModelsSettingError(f"{head} needs its address: {head}@http://host:port/v1.")
    return _with_options(provider, model, address or None, _options(head, query))


def _options(head: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        if name not in _OPTIONS or not value:
            raise ModelsSettingError(
                f"{head} has no option “{name[:40]}”; there are {', '.join(_OPTIONS)} (name=value)."
            )
        options[name] = value
    return options


def _with_options(provider: Provider, model: str, address: str | None, options: Mapping[str, str]) -> Listed:
    key = options.get("key", KEY_VARIABLES.get(provider))
    if key is not None and not _VARIABLE.fullmatch(key):
        raise ModelsSettingError("The option key takes the name of an environment variable, never the key itself.")
    alias = options.get("as")
    if alias is not None and not _NAME.fullmatch(alias):
        raise ModelsSettingError("The option as is a name for logs and lists, of letters, digits and ._:/+-: as=NAME.")
    output = options.get("output", _OUTPUTS.get(provider, Output.TOOL))
    if output not in set(Output):
        raise ModelsSettingError("The option output is one of tool, native, prompted.")
    return Listed(
        provider=provider,
        model=model,
        alias=alias,
        address=address,
        key_variable=key,
        output=Output(output),
        price=_price(options.get("price")),
        window=_count(options.get("window")),
        family=options.get("family") or family_of(provider, model),
        first_token_s=_seconds("first", options.get("first"), _FIRST_TOKEN_S),
        total_s=_seconds("total", options.get("total"), _TOTAL_S),
    )


def family_of(provider: Provider, model: str) -> str:
    """Which models judge alike: by the first word of the name (``claude``, ``gpt``, ``qwen``), else by the provider."""
    found = re.match(r"[a-z]+", model.rpartition("/")[2].lower())
    return found[0] if found else provider.value


def _price(text: str | None) -> Price | None:
    if text is None:
        return None
    given, slash, made = text.partition("/")
    try:
        both = Decimal(given), Decimal(made)
        is_sound = bool(slash) and all(0 <= one <= 100_000 for one in both)
    except InvalidOperation:
        is_sound, both = False, (Decimal(0), Decimal(0))
    if not is_sound:
        raise ModelsSettingError("The option price is dollars per million tokens in and out: price=1.25/10.")
    return Price(input_usd=both[0], output_usd=both[1], source="setting")


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not 1_000 <= int(text) <= 100_000_000:
        raise ModelsSettingError("The option window is how many tokens the model can take: window=128000.")
    return int(text)


def _seconds(name: str, text: str | None, usual: float) -> float:
    if text is None:
        return usual
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.05 <= seconds <= 7200:
        raise ModelsSettingError(f"The option {name} is seconds, at most 7200: {name}=30.")
    return seconds
