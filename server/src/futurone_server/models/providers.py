"""From a listed model to one that can be asked: the adapters of pydantic-ai, with retries of their own switched off."""

from typing import Any

from pydantic_ai.models import Model
from pydantic_ai.profiles import ModelProfile, merge_profile
from pydantic_ai.settings import ModelSettings

from futurone_server.models.listed import Listed, Provider

_NO_KEY = "none"  # servers on one's own machine often ask for none, and the client insists on some


def build_model(listed: Listed, key: str | None) -> Model:
    """The adapter of a model. Nothing is sent. Raises ImportError where the provider's library is not installed."""
    settings = ModelSettings(
        max_retries=0,
        request_timeout=listed.total_s,
        first_event_timeout=listed.first_token_s,
        timeout=listed.total_s,
    )
    profile = ModelProfile(default_structured_output_mode=listed.output.value)
    match listed.provider:
        case Provider.ANTHROPIC:
            return _anthropic(listed, key or _NO_KEY, settings, profile)
        case Provider.GOOGLE:
            return _google(listed, key or _NO_KEY, settings, profile)
        case Provider.OPENAI | Provider.COMPATIBLE | Provider.OLLAMA | Provider.VLLM:
            return _openai(listed, key or _NO_KEY, settings, profile)


def _openai(listed: Listed, key: str, settings: ModelSettings, profile: ModelProfile) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - only what is configured is loaded
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415
    from pydantic_ai.providers import Provider as Adapter  # noqa: PLC0415

    # A server that is killed may end the body in good order: without a reason to stop, the answer is a stump.
    profile = merge_profile(profile, OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True))
    if listed.provider is Provider.OLLAMA:
        from pydantic_ai.models.ollama import OllamaModel  # noqa: PLC0415
        from pydantic_ai.providers.ollama import OllamaProvider  # noqa: PLC0415

        ollama = OllamaProvider(base_url=listed.address, api_key=key)
        return OllamaModel(listed.model, provider=ollama, settings=settings, profile=profile)
    adapter: Adapter[Any]  # of a client whose library only its adapter knows
    if listed.provider is Provider.VLLM:
        from pydantic_ai.providers.vllm import VLLMProvider  # noqa: PLC0415

        adapter = VLLMProvider(base_url=listed.address, api_key=key)
    elif listed.provider is Provider.OPENAI:
        from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

        adapter = OpenAIProvider(base_url=listed.address, api_key=key)
    else:
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider  # noqa: PLC0415

        adapter = OpenAICompatibleProvider("compatible", base_url=str(listed.address), api_key=key)
    return OpenAIChatModel(listed.model, provider=adapter, settings=settings, profile=profile)


def _anthropic(listed: Listed, key: str, settings: ModelSettings, profile: ModelProfile) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    provider = AnthropicProvider(api_key=key, base_url=listed.address)
    return AnthropicModel(listed.model, provider=provider, settings=settings, profile=profile)


def _google(listed: Listed, key: str, settings: ModelSettings, profile: ModelProfile) -> Model:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

    provider = GoogleProvider(api_key=key, base_url=listed.address)
    return GoogleModel(listed.model, provider=provider, settings=settings, profile=profile)
