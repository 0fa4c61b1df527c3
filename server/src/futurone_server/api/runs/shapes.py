"""The run object and its parts, as the reference shows them."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.runs.waits import Awaiting
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Status

RunId = Annotated[str, Field(json_schema_extra=an_id("fo_run_"))]


class Rubric(Shape):
    """What the run was verified with."""

    id: str | None
    version: int | None


class ProvenanceSource(Shape):
    """A source that was read."""

    name: str
    sha256: Annotated[str, Field(description="Of its bytes, in hex.")]
    media_type: str | None


class Provenance(Shape):
    """What made an artifact, and of what. Exported files carry the same in their metadata."""

    engine: Annotated[Literal["model", "deterministic", "scripted", "human"], Field(description="As of the artifact.")]
    models: Annotated[list[str], Field(description="The language models that wrote in it.")]
    sources: Annotated[
        list[ProvenanceSource] | None,
        Field(description="What it was made from. Null once the content is erased."),
    ]
    rubric: Annotated[Rubric | None, Field(description="What it was verified with; null until then.")]
    step: Annotated[str | None, Field(description="The step of the plan that made it.")]
    version: Annotated[str | None, Field(description="The version of the server that made it.")]


class Artifact(Shape):
    """A deliverable, or a part of one, without its content."""

    id: Annotated[str, Field(json_schema_extra=an_id("art_"))]
    type: Annotated[str, Field(description="`report`, …")]
    label: Annotated[str | None, Field(description="For people. Null once the content is erased.")]
    media_type: Annotated[str, Field(examples=["text/markdown"])]
    bytes: int
    sha256: Annotated[str | None, Field(description="Of the content, in hex. Null once the content is erased.")]
    citations: Annotated[int, Field(description="How many sources it cites.")]
    engine: Annotated[
        Literal["model", "deterministic", "scripted", "human"],
        Field(
            description="What wrote it: a language model, rules over the sources, test mode's script, or a reviewer."
        ),
    ]
    final: Annotated[bool, Field(description="True once verification has passed, or a reviewer has accepted it.")]
    provenance: Provenance


class RunError(Shape):
    """Why a run failed."""

    reason_code: Annotated[str, Field(examples=["LIMIT_EXCEEDED"])]
    message: str
    step: Annotated[str | None, Field(description="The step that failed, where it was one.")]


class Escalation(Shape):
    """Why a run is held for a person, and what would resolve it."""

    reason_code: Annotated[
        str,
        Field(
            description="`VERIFICATION_BELOW_THRESHOLD`, `NO_EVIDENCE`, `NO_SOURCES`, `MODEL_REQUIRED` "
            "or `STEP_UNRESOLVED`."
        ),
    ]
    message: Annotated[str, Field(description="Names the remedy.")]
    checks: Annotated[list[str], Field(description="The checks that did not pass.")]
    needs: Annotated[list[str], Field(description="What would resolve each.")]
    review_id: Annotated[
        str | None, Field(description="The review it is held for; null where it ended before there were reviews.")
    ]


class StepWait(Shape):
    """What a step that is under way waits for. The planner is called `plan`."""

    step: str
    kind: Annotated[
        Literal["model", "tool", "pause", "work"],
        Field(description="An answer, a result, the time of the next attempt, or nothing but its own work."),
    ]
    waiting_for: str
    routing: Annotated[str | None, Field(description="The class of models that is asked.")]
    model: Annotated[str | None, Field(description="The model of the class that is asked now.")]
    tool: str | None
    attempt: Annotated[int, Field(description="The attempt that is under way, or that comes after the pause.")]
    since: Moment
    next_at: Annotated[Moment | None, Field(description="When the next attempt begins.")]


class Why(Shape):
    """Why a run has not ended yet."""

    waiting_for: str
    since: Moment
    worker: Annotated[str | None, Field(description="The worker that holds it.")]
    next_wake_at: Annotated[Moment | None, Field(description="When it is looked at next, whatever happens.")]
    recoveries: Annotated[int, Field(description="How often its worker was lost.")]
    steps: Annotated[
        list[StepWait], Field(description="What each step waits for that is under way; empty in lists of runs.")
    ]


class Usage(Shape):
    """What the run used. A failed run is not billed."""

    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[str, Field(description="A decimal number.", examples=["0.0312"])]
    priced: Annotated[bool, Field(description="False when the price of a model is not known; then the cost is not 0.")]
    billed: bool


class Origin(Shape):
    """Where a run comes from."""

    kind: Annotated[str, Field(description="`api`, `rerun`, `schedule` or `review`.")]
    trigger_id: Annotated[str | None, Field(description="The schedule that made it.")]
    parent_run_id: RunId | None
    attempt: int


class ContentState(Shape):
    """Whether what the run was given and produced can still be read."""

    state: Literal["available", "erased"]
    erased_at: Moment | None
    erases_at: Annotated[Moment | None, Field(description="When it will be erased; null while that is open, or never.")]


class Run(Shape):
    """A run. Its task, input and files are content and never echoed."""

    id: RunId
    object: Literal["run"]
    mode: Annotated[Mode, Field(description="`test` for runs of `fo_test_` keys.")]
    agent: str
    status: Annotated[Status, Field(description="The last four are terminal: exactly one of them, for ever.")]
    confidence: Annotated[float | None, Field(ge=0, le=1, description="The verifier's; null until it has spoken.")]
    threshold: Annotated[float, Field(ge=0, le=1, description="Below this confidence the run is escalated.")]
    steps_completed: int
    steps_total: int
    artifacts: list[Artifact]
    awaiting: Awaiting | None
    error: Annotated[RunError | None, Field(description="Of a failed run.")]
    escalation: Annotated[Escalation | None, Field(description="Of an escalated run.")]
    why: Annotated[Why | None, Field(description="Of a run that has not ended.")]
    usage: Usage
    origin: Origin
    content: ContentState
    last_event_id: Annotated[int, Field(description="The number of its newest event.")]
    project_id: Annotated[str, Field(json_schema_extra=an_id("prj_"))]
    workspace_id: Annotated[str | None, Field(description="The caller's own label.")]
    subject_id: Annotated[str | None, Field(description="The caller's own label.")]
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    metadata: dict[str, str | int | float | bool]
    request_id: Annotated[str, Field(json_schema_extra=an_id("req_"), description="Of the request that created it.")]


class Timings(Shape):
    """When a step began, and how long its last attempt worked."""

    started_at: Moment | None
    took_ms: int | None


class PlannedStep(Shape):
    """One step of a plan, and how it stands."""

    id: str
    label: str | None
    kind: str
    depends_on: list[str]
    inputs: list[str]
    outputs: list[str]
    success_criteria: list[str]
    state: Literal["pending", "running", "waiting", "done", "failed"]
    attempts: int
    timings: Timings
    model: str | None
    substitutions: list[object]


class Plan(Shape):
    """The graph of steps. Its words are null once the content is erased."""

    goal: str | None
    constraints: list[str]
    success_criteria: list[str]
    steps: list[PlannedStep]
    revision: Annotated[int, Field(description="0 as long as there is no plan.")]
    redacted: bool


class Check(Shape):
    """One check of the verifier."""

    name: str
    kind: Annotated[
        Literal["gate", "dimension"] | None, Field(description="A gate must hold; a dimension is graded.")
    ] = None
    passed: bool
    score: Annotated[float | None, Field(ge=0, le=1)] = None
    grade: Annotated[int | None, Field(ge=0, le=4, description="Of a dimension.")] = None
    reason: Annotated[str | None, Field(description="Gone once the content is erased.")] = None


class SectionConfidence(Shape):
    """How likely one section answers its question, and each of its claims alone."""

    number: int
    question: str
    is_answered: bool
    confidence: Annotated[float, Field(ge=0, le=1)]
    claims: list[float]
    reason: str


class Calibrated(Shape):
    """What people's decisions made of the verifier's own confidence."""

    fit_id: Annotated[str | None, Field(description="The curve that was applied; null where there was none yet.")]
    labels: Annotated[int, Field(description="How many deliverables of this kind people had judged by then.")]
    raw_confidence: Annotated[float | None, Field(description="The confidence before calibration.")]


class Verification(Shape):
    """How the run was verified. Reasons go when the content goes; results stay."""

    rubric: Rubric
    passed: int | None
    total: int | None
    checks: list[Check]
    sections: Annotated[list[SectionConfidence], Field(description="Empty once the content is erased.")]
    confidence: float | None
    threshold: float
    calibrated: Annotated[bool, Field(description="Whether reviewed deliverables have calibrated the confidence.")]
    calibration: Calibrated
    verification: Literal["none", "done"]
    redacted: bool
