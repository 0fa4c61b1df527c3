"""What may leave in a span: named attributes with values of a known form; nothing else, whoever wrote it.

Messages, stack traces, events, links and the words of a status never leave. Nor does a name that a model or a provider
chose: the id of a tool call, a provider's own name for its model.
"""

import re
from collections.abc import Callable, Mapping

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status
from opentelemetry.util.types import AttributeValue

ERROR = "error.type"
_SCOPE = InstrumentationScope("futurone")


def _form(pattern: str) -> Callable[[object], bool]:
    form = re.compile(pattern)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _are(*words: str) -> Callable[[object], bool]:
    known = frozenset(words)
    return lambda value: isinstance(value, tuple) and known.issuperset(value)


_ID = _form(r"[a-z]{2,8}_(?:[a-z]{2,8}_)?[0-9a-z]{26}")
_NAME = _form(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MODEL = _form(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
_WORD = _form(r"[a-z_]{1,40}")
_REASON = _form(r"[A-Z][A-Z0-9_]{1,63}")
_CLASS = _form(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")

RULES: Mapping[str, Callable[[object], bool]] = {
    "futurone.run.id": _ID,
    "futurone.workspace.id": _ID,
    "futurone.agent": _NAME,
    "futurone.segment": _is_number,
    "futurone.step.id": _NAME,
    "futurone.step.kind": _WORD,
    "futurone.step.attempt": _is_number,
    "futurone.outcome": _WORD,
    "futurone.reason": _REASON,
    ERROR: _CLASS,
    "gen_ai.operation.name": _form("chat|execute_tool|invoke_agent"),
    "gen_ai.agent.name": _NAME,
    "gen_ai.tool.name": _NAME,
    "gen_ai.provider.name": _NAME,
    "gen_ai.request.model": _MODEL,
    "gen_ai.request.max_tokens": _is_number,
    "gen_ai.usage.input_tokens": _is_number,
    "gen_ai.usage.output_tokens": _is_number,
    "gen_ai.usage.cache_read.input_tokens": _is_number,
    "gen_ai.usage.cache_creation.input_tokens": _is_number,
    "gen_ai.aggregated_usage.input_tokens": _is_number,
    "gen_ai.aggregated_usage.output_tokens": _is_number,
    "gen_ai.client.operation.time_to_first_chunk": _is_number,
    "gen_ai.response.finish_reasons": _are("stop", "length", "content_filter", "tool_call", "error"),
    "operation.cost": _is_number,
    "pydantic_ai.tool.failure_stage": _WORD,
    "pydantic_ai.tool.retry.cause": _WORD,
    "pydantic_ai.tool.retry.attempt": _is_number,
}
"""Every attribute that leaves, and the form of its value."""

_OWN_NAMES = frozenset({"run", "step"})
_TARGETS = {"chat": "gen_ai.request.model", "execute_tool": "gen_ai.tool.name", "invoke_agent": "gen_ai.agent.name"}


def cleaned(span: ReadableSpan, resource: Resource) -> ReadableSpan:
    """The same span with what may leave of it, and nothing beside."""
    told = {**_error(span), **(span.attributes or {})}
    kept = {name: value for name, value in told.items() if name in RULES and RULES[name](value)}
    return ReadableSpan(
        name=_name(span.name, kept),
        context=_place(span.context),
        parent=_place(span.parent),
        resource=resource,
        attributes=kept,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=_SCOPE,
    )


def _name(name: str, kept: Mapping[str, AttributeValue]) -> str:
    """One of ours, or made anew of attributes that may leave."""
    if name in _OWN_NAMES:
        return name
    operation = str(kept.get("gen_ai.operation.name", "other"))
    target = kept.get(_TARGETS.get(operation, ""))
    return operation if target is None else f"{operation} {target}"


def _error(span: ReadableSpan) -> Mapping[str, AttributeValue]:
    """Of the last exception that was recorded, its class."""
    for event in reversed(span.events):
        kind = (event.attributes or {}).get("exception.type")
        if isinstance(kind, str):
            return {ERROR: kind.rpartition(".")[2]}
    return {}


def _place(context: SpanContext | None) -> SpanContext | None:
    """Where a span stands, without what travelled along."""
    return context and SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
