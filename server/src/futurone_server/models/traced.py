"""Spans of asking: one for the asking itself, one for each request to a model, failed or not, one for each tool."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import TracerProvider
from pydantic_ai.capabilities import AbstractCapability, Instrumentation
from pydantic_ai.capabilities.abstract import WrapModelRequestHandler
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.models.instrumented import InstrumentationSettings, InstrumentedModel
from pydantic_ai.tools import RunContext

from futurone_server.models.chain import Link
from futurone_server.telemetry import at_work

CONTENT_FREE: dict[str, Any] = {
    "include_content": False,
    "include_binary_content": False,
    "include_model_request_parameters": False,
}
"""What is told of a conversation in the first place; what then leaves, a list of our own decides."""


def traced(links: Sequence[Link]) -> tuple[Sequence[Link], Sequence[AbstractCapability[None]]]:
    """The models with a span around each request, and what an agent needs for its own; as they were without traces."""
    provider = at_work().provider
    if provider is None:
        return links, ()
    settings = InstrumentationSettings(
        tracer_provider=cast(TracerProvider, provider), meter_provider=NoOpMeterProvider(), version=6, **CONTENT_FREE
    )
    return [replace(link, model=InstrumentedModel(link.model, settings)) for link in links], (_Asking(settings),)


class _Asking(Instrumentation):
    """The spans of an agent and its tools; those of the models are made where each of them is asked."""

    async def wrap_model_request(
        self, ctx: RunContext[Any], *, request_context: ModelRequestContext, handler: WrapModelRequestHandler
    ) -> ModelResponse:
        return await handler(request_context)
