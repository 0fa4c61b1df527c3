"""The events of a run, as the reference shows them: the data of each event of projection A, the envelope of B."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.runs.waits import FormField, InputId
from futurone_server.api.shapes import Moment, Shape
from futurone_server.features.runs import Action, InputKind

StepId = Annotated[str, Field(examples=["s1"])]


class EventData(Shape):
    """Data of one event. What is content is absent, and ``redacted`` true, once the content is erased."""

    redacted: Annotated[Literal[True] | None, Field(description="Present once the content is erased.")] = None


class StatusData(EventData):
    """Words for people on what is happening."""

    text: str | None = None


class PlanStepData(Shape):
    """One step of the plan."""

    id: StepId
    label: str | None
    kind: str
    depends_on: list[StepId]


class PlanData(EventData):
    """The plan is made, or made anew."""

    steps: list[PlanStepData]
    revision: int
    goal: str | None = None


class StepStartData(EventData):
    """A step begins, or begins again."""

    step: StepId


class StepDoneData(EventData):
    """A step has ended, or an attempt at it."""

    step: StepId
    took: Annotated[str, Field(examples=["6.1s"])]
    took_ms: int
    outcome: Literal["succeeded", "retry_step", "fail_run"]


class ToolCallData(EventData):
    """A step uses a tool."""

    id: str
    step: StepId
    tool: str
    args: dict[str, object] | None = None


class ToolResultData(EventData):
    """What the tool answered."""

    call: Annotated[str, Field(description="The `id` of the `tool_call`.")]
    step: StepId
    latency: Annotated[str, Field(examples=["0.8s"])]
    latency_ms: int
    ok: bool
    result: object = None


class FindingData(EventData):
    """Something the work has found."""

    severity: Literal["critical", "warning", "info", "pass"]
    step: StepId
    title: str | None = None
    detail: str | None = None
    location: str | None = None


class DeltaData(EventData):
    """A piece of streamed text; with ``reset``, what was streamed for the step is superseded."""

    step: StepId
    text: str | None = None
    reset: Literal[True] | None = None


class ArtifactData(EventData):
    """A deliverable, or a section of one as it is produced. Not final until verification has passed."""

    id: Annotated[str, Field(description="The artifact's id; sections have the name of what they are a part of.")]
    type: str
    step: Annotated[str | None, Field(description="The step that made it.")] = None
    media_type: str
    final: bool
    section: int | None = None
    label: str | None = None
    content: str | None = None


class AwaitingInputData(EventData):
    """The run waits for a person."""

    input_id: InputId
    kind: InputKind
    expires_at: Moment
    prompt: str | None = None
    fields: list[FormField] | None = None


class InputReceivedData(EventData):
    """A person has answered."""

    input_id: InputId
    action: Action


class SubstitutionData(EventData):
    """Another model took over."""

    step: StepId
    from_: Annotated[str, Field(alias="from")]
    to: str
    reason: str


class ErrorData(EventData):
    """Why the run fails; `run_done` follows."""

    reason_code: str
    message: str
    step: StepId | None = None


class VerificationCount(Shape):
    """The verifier's result in numbers."""

    rubric: str
    passed: int
    total: int


class RunDoneUsage(Shape):
    """What the run used."""

    input_tokens: int
    output_tokens: int
    cost_usd: str
    priced: bool
    billed: bool


class RunDoneData(EventData):
    """The last event of every run."""

    status: Literal["completed", "escalated", "failed", "cancelled"]
    confidence: float | None
    reason_code: Annotated[str | None, Field(description="Of a failed or escalated run.")]
    verification: VerificationCount | None
    usage: RunDoneUsage
    summary: str | None = None


DATA: Mapping[str, type[EventData]] = {
    "status": StatusData,
    "plan": PlanData,
    "step_start": StepStartData,
    "step_done": StepDoneData,
    "tool_call": ToolCallData,
    "tool_result": ToolResultData,
    "finding": FindingData,
    "delta": DeltaData,
    "artifact": ArtifactData,
    "awaiting_input": AwaitingInputData,
    "input_received": InputReceivedData,
    "substitution": SubstitutionData,
    "error": ErrorData,
    "run_done": RunDoneData,
}
"""Projection A: the data of each event, by its name."""

TypeB = Literal[
    "run.created",
    "run.worker.started",
    "step.started",
    "step.progress",
    "step.done",
    "run.awaiting_input",
    "run.input_received",
    "run.stalled",
    "run.resumed",
    "run.worker.succeeded",
    "run.worker.failed",
    "run.cancelled",
    "run.limit_exceeded",
]


class Payload(Shape):
    """The value of an event, and whether something is left out."""

    redacted: Annotated[bool, Field(description="True when content is left out: erased, or never shown (`input`).")]
    value: Annotated[
        dict[str, object],
        Field(
            description="The data of the same event in the other stream. In `step.progress`, `kind` says which: "
            "`content_delta` (in the member of that name), `narration`, `tool_call`, `tool_result`, `finding`, `plan`, "
            "`artifact`, `model_call`, `substitution`, `error`, `content_reset`."
        ),
    ]


class RunEvent(Shape):
    """Projection B: one envelope for every event."""

    seq: Annotated[int, Field(ge=1, description="1, 2, 3 … without a gap.")]
    type: Annotated[TypeB, Field(description="The last four end the run.")]
    timestamp: Annotated[
        str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", examples=["2026-06-09T14:22:31.042Z"])
    ]
    payload: Payload
