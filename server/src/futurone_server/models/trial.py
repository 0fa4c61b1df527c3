"""A short question to one model, to find out whether it answers at all: its key, its address, its name."""

from collections.abc import Mapping
from dataclasses import dataclass

from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.diagnosis import diagnosis
from futurone_server.models.port import Ask, Call, Estimate, ModelError, Routing
from futurone_server.tools.port import Tool

_SCHEMA = {
    "type": "object",
    "properties": {"sum": {"type": "integer", "description": "The sum."}},
    "required": ["sum"],
    "additionalProperties": False,
}
_BAD_ANSWER = frozenset({"ok", "ANSWER_UNREADABLE", "ANSWER_CUT_OFF", "ANSWER_INVALID"})


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it. ``error`` is None where the model answered in the form that was asked for."""

    model: str
    error: str | None
    took_ms: int
    tokens: int


async def try_model(models: ConfiguredModels, name: str) -> Trial:
    """Ask one model for the sum of two numbers, as an object: what every step of a run will ask of it."""
    hears = _Counting()
    ask = Ask(
        routing=Routing.FAST,
        instructions="Answer in the form that is asked for.",
        prompt="What is 17 + 25?",
        schema=_SCHEMA,
        answer_tokens_max=1024,
        repairs_max=1,
    )
    error = None
    listed = models.listed(name)
    try:
        await models.ask_one(listed, ask, hears)
    except ModelError as failed:
        error = diagnosis(listed, hears.outcome, has_key=models.has_key(listed)) or failed.message
        # Whatever is wrong with an answer, it is one kind of fault to whoever configures the model.
        code = "MODEL_ANSWER_INVALID" if hears.outcome in _BAD_ANSWER else failed.reason_code
        error = f"{code}: {error}"
    return Trial(model=name, error=error, took_ms=hears.took_ms, tokens=hears.tokens)


class _Counting:
    """Counts, and hears nothing else."""

    def __init__(self) -> None:
        self.took_ms = 0
        self.tokens = 0
        self.outcome = ""

    async def reserve(self, estimate: Estimate) -> None:
        del estimate

    async def settle(self, call: Call) -> None:
        self.outcome = call.outcome
        self.took_ms += call.latency_ms
        self.tokens += call.usage.input_tokens + call.usage.output_tokens

    def delta(self, text: str) -> None:
        del text

    def reset(self) -> None:
        """Nothing was shown."""

    def substituted(self, model: str, other: str, reason: str) -> None:
        del model, other, reason

    async def use(self, tool: Tool, args: Mapping[str, object]) -> object:
        del tool, args
        return None
