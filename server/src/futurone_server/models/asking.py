"""One thing asked, by way of an agent: tools, an answer that fits its schema, bounded repair, the next model."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic_ai import Agent, ModelRetry, StructuredDict, Tool, UsageLimits
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.exceptions import IncompleteToolCall, UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.settings import ModelSettings

from futurone_server.kit import json
from futurone_server.models.breaker import Breaker
from futurone_server.models.chain import Chain, ChainFailedError, Link
from futurone_server.models.port import Answer, Ask, Listener, ModelError
from futurone_server.models.traced import traced
from futurone_server.tools import port
from futurone_server.tools.schemas import check

_ANSWER = "answer"


async def ask_chain(links: Sequence[Link], breaker: Breaker, ask: Ask, listener: Listener) -> Answer:
    """An answer from the first model that gives a usable one. Raises ModelError, and what the listener raised."""
    seen, spans = traced(links)
    left = list(seen)
    while True:
        chain = Chain(left, breaker, ask, listener)
        try:
            return await _ask(chain, ask, listener, spans)
        except ChainFailedError as error:
            raise error.error from error
        except UsageLimitExceeded as error:
            raise ModelError("MODEL_WENT_ON", "The model asked for tools again and again without an answer.") from error
        except UnexpectedModelBehavior as error:
            listener.reset()
            left = [link for link in left if link.name != chain.answering.name]
            if not left:
                raise ModelError(
                    "MODEL_ANSWER_INVALID", "No model of this class gave an answer of the form that was asked for."
                ) from error
            is_cut = isinstance(error, IncompleteToolCall)
            reason = "ANSWER_CUT_OFF" if is_cut else "ANSWER_INVALID"
            listener.substituted(chain.answering.name, left[0].name, reason)


async def _ask(chain: Chain, ask: Ask, listener: Listener, spans: Sequence[AbstractCapability[None]]) -> Answer:
    output: Any = str if ask.schema is None else StructuredDict(dict(ask.schema), name=_ANSWER)
    agent: Agent[None, Any] = Agent(
        chain,
        output_type=output,
        instructions=ask.instructions,
        tools=[_tool(one, listener) for one in ask.tools],
        retries={"output": ask.repairs_max, "tools": ask.repairs_max},
        name="ask",
        capabilities=spans,
    )

    @agent.output_validator
    def fits(value: Any) -> Any:
        wrong = _no_json(value)
        if ask.schema is not None:
            wrong = wrong or check(ask.schema, value)
        wrong = wrong or ask.check(value)
        if wrong is not None:
            raise ModelRetry(wrong)
        return value

    result = await agent.run(
        ask.prompt,
        usage_limits=UsageLimits(request_limit=ask.requests_max),
        model_settings=ModelSettings(max_tokens=ask.answer_tokens_max),
    )
    last = result.response
    return Answer(
        value=result.output,
        model=chain.answering.name,
        family=chain.answering.listed.family,
        is_cut=last.finish_reason == "length",
    )


def _no_json(value: object) -> str | None:
    """What is wrong with a value that nobody could store or send on; None if nothing is."""
    try:
        json.dump(value)
    except TypeError:
        return "This is no JSON that can be used: too deep, a number beyond 64 bits, or broken characters."
    return None


def _tool(tool: port.Tool, listener: Listener) -> Tool[None]:
    return Tool.from_schema(
        _using(tool, listener),
        name=tool.name.replace(".", "_"),
        description=tool.description,
        json_schema=dict(tool.args),
    )


def _using(tool: port.Tool, listener: Listener) -> Callable[..., Awaitable[object]]:
    async def use(**args: Mapping[str, object]) -> object:
        wrong = _no_json(args) or check(tool.args, args)
        if wrong is not None:
            raise ModelRetry(wrong)
        return await listener.use(tool, args)

    return use
