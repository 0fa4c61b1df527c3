"""Reading one model's answer as it streams: bounded, counted, sound; what cannot be read is the model's failure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import ContentFilterError, ModelConnectionError, UnexpectedModelBehavior
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from futurone_server.models.counting import CHARS_PER_TOKEN, used
from futurone_server.models.failures import failure_of
from futurone_server.models.port import Usage

_CHARS_PER_TOKEN_MAX = 16
_CHARS_OVER = 20_000
"""An answer longer than any that has so many tokens as were asked for is not read to its end."""


class Reading:
    """Reads one streamed answer, and knows at any moment what it has cost so far."""

    def __init__(self, show: Callable[[str], None], *, given_tokens: int, answer_tokens_max: int) -> None:
        self._show = show
        self._given = given_tokens
        self._chars_max = _CHARS_OVER + _CHARS_PER_TOKEN_MAX * answer_tokens_max
        self._chars = 0
        self._is_billed = False
        self._used: Usage | None = None
        self._defect: Exception | None = None

    @property
    def usage(self) -> Usage:
        """What was used as far as the reading went: nothing where the request was refused."""
        if self._used is not None:
            return self._used
        if not self._is_billed:
            return Usage(input_tokens=0, output_tokens=0)
        made = self._chars // CHARS_PER_TOKEN + 1
        return Usage(input_tokens=self._given, output_tokens=made, is_estimated=True)

    async def read(
        self,
        model: Model,
        messages: list[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The whole answer. Raises what ``failure_of`` knows, and what ``show`` raised."""
        try:
            response = await self._follow(model, messages, settings, parameters)
            self._used = used(response, self._given)
            return _sound(response, self._used)
        except Exception as error:
            if self._defect is not None or failure_of(error) is not None:
                self._is_billed = self._is_billed or isinstance(error, UnexpectedModelBehavior)
                raise
            self._is_billed = True
            raise UnexpectedModelBehavior("The answer cannot be read.") from error
        except BaseException:
            self._is_billed = True  # given up by us: its provider has the request, and bills it
            raise

    async def _follow(
        self,
        model: Model,
        messages: list[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        async with model_request_stream(
            model, messages, model_settings=settings, model_request_parameters=parameters
        ) as stream:
            async for event in stream:
                self._is_billed = True
                text, others = _pieces(event)
                self._chars += len(text) + sum(map(len, others))
                if self._chars > self._chars_max:
                    raise UnexpectedModelBehavior("The answer does not end.")
                self._tell(sound(text))
            response = stream.get()
        if response.finish_reason is None:
            raise ModelConnectionError(model.model_name, "The stream ended without a reason to.")
        if response.finish_reason == "content_filter":
            raise ContentFilterError("The provider cut the answer off.")
        return response

    def _tell(self, text: str) -> None:
        try:
            self._show(text)
        except Exception as error:
            self._defect = error
            raise


def _pieces(event: object) -> tuple[str, list[str]]:
    """What an event adds to the answer's text, and what else it adds to the answer."""
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text, []
        case PartStartEvent(part=ThinkingPart(content=thought, signature=signature)):
            return "", [thought, signature or ""]
        case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=thought, signature_delta=signature)):
            return "", [thought or "", signature or ""]
        case PartStartEvent(part=ToolCallPart(tool_name=name, args=args)):
            return "", [name, str(args or "")]
        case PartDeltaEvent(delta=ToolCallPartDelta(tool_name_delta=name, args_delta=args)):
            return "", [name or "", str(args or "")]
        case _:
            return "", []


def sound(text: str) -> str:
    """A text that can be written down: halves of characters, which some decoders let through, are replaced."""
    return text.encode("utf-8", "replace").decode()


def _sound(response: ModelResponse, usage: Usage) -> ModelResponse:
    """An answer that can be sent back, should it have to be repaired, and that adds up.

    Adapters take what a provider sent for what it should have sent; only its writing down shows what it is.
    """
    parts = [
        replace(part, content=sound(part.content)) if isinstance(part, TextPart) else part for part in response.parts
    ]
    counted = RequestUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    whole = replace(
        response,
        parts=parts,
        usage=counted,
        model_name=_name(response.model_name),
        provider_response_id=_name(response.provider_response_id),
    )
    ModelMessagesTypeAdapter.dump_json([whole], warnings="error")
    return whole


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None
