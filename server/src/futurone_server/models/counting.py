"""Tokens: guessed before a call, taken from the provider after it, and not believed where they cannot be true."""

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import ModelRequestParameters

from futurone_server.kit import json
from futurone_server.models.port import Usage

CHARS_PER_TOKEN = 4
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
    return chars // CHARS_PER_TOKEN + _OVERHEAD


def used(response: ModelResponse, given: int) -> Usage:
    """What a call used: the provider's numbers, or our guess where they are missing or absurd."""
    said = response.usage
    made = sum(len(str(part)) for part in response.parts) // CHARS_PER_TOKEN + 1
    given_said = _count(said.input_tokens, given * _FACTOR_MAX + 1000)
    made_said = _count(said.output_tokens, made * _FACTOR_MAX + 100_000)
    return Usage(
        input_tokens=given_said or given,
        output_tokens=made_said or made,
        is_estimated=given_said is None or made_said is None,
    )


def _count(said: object, most: int) -> int | None:
    """A provider's number, which may be anything at all; None where it can be no count of tokens."""
    return said if type(said) is int and 0 < said <= most else None
