"""Tokens: guessed before a call, taken from the provider after it, and not believed where they cannot be true."""

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import ModelRequestParameters

from futurone_server.kit import json
from futurone_server.models.port import Usage

_CHARS_PER_TOKEN = 4
_OVERHEAD = 32
_FACTOR_MAX = 8
"""A provider may count this many times what we guess (other scripts, thinking that does not show), and no more."""


def estimated_tokens(messages: list[ModelMessage], parameters: ModelRequestParameters) -> int:
    """How many tokens a request has, roughly and rather too many."""
    chars = len(ModelMessagesTypeAdapter.dump_json(messages))
    for tool in (*parameters.function_tools, *parameters.output_tools):
        chars += len(tool.name) + len(tool.description or "") + len(json.dump(tool.parameters_json_schema))
    if parameters.output_object is not None:
        chars += len(json.dump(parameters.output_object.json_schema))
    return chars // _CHARS_PER_TOKEN + _OVERHEAD


def used(response: ModelResponse, given: int) -> Usage:
    """What a call used: the provider's numbers, or our guess where they are missing or absurd."""
    said = response.usage
    made = sum(len(str(part)) for part in response.parts) // _CHARS_PER_TOKEN + 1
    is_sound_in = 0 < said.input_tokens <= given * _FACTOR_MAX + 1000
    is_sound_out = 0 < said.output_tokens <= made * _FACTOR_MAX + 100_000
    return Usage(
        input_tokens=said.input_tokens if is_sound_in else given,
        output_tokens=said.output_tokens if is_sound_out else made,
        is_estimated=not (is_sound_in and is_sound_out),
    )
