"""A run and what belongs to it, typed with the names of the contract."""

from enum import StrEnum
from typing import Any, TypedDict

from pydantic import Field

from futurone._models import Model, Moment


class RunStatus(StrEnum):
    """The states of a run. A server may come to know more: compare, do not parse."""

    QUEUED = "queued"
    PLANNING = "planning"
    RUNNING = "running"
    AWAITING_INPUT = "awaiting_input"
    STALLED = "stalled"
    COMPLETED = "completed"
    ESCALATED = "escalated"
    FAILED = "failed"
    CANCELLED = "cancelled"


_TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.ESCALATED, RunStatus.FAILED, RunStatus.CANCELLED})


class ProvenanceSource(Model):
    """A source that a deliverable was made from."""

    name: str | None = None
    sha256: str | None = None
    media_type: str | None = None


class AppliedRubric(Model):
    """The rubric that a deliverable was verified with."""

    id: str | None = None
    version: int | None = None


class Provenance(Model):
    """What made a deliverable, and of what. ``sources`` are None once erased, ``rubric`` is None until verified."""

    engine: str | None = None
    models: list[str] = Field(default_factory=list)
    sources: list[ProvenanceSource] | None = None
    rubric: AppliedRubric | None = None
    step: str | None = None
    version: str | None = None


class Artifact(Model):
    """A deliverable of a run; its content is read with ``runs.artifact``. ``final`` once verification has passed."""

    id: str
    type: str | None = None
    label: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    citations: int | None = None
    engine: str | None = None
    final: bool | None = None
    provenance: Provenance | None = None


class FormField(Model):
    """One field of a form that a run waits for."""

    name: str
    label: str | None = None
    type: str | None = None
    required: bool | None = None


class Awaiting(Model):
    """What a run waits for from a person: an approval, a form or a choice.

    An approval is about ``binding`` and nothing else: tool, arguments, run, step. ``digest`` is of that.
    """

    input_id: str
    kind: str | None = None
    prompt: str | None = None
    fields: list[FormField] | None = None
    digest: str | None = None
    binding: dict[str, Any] | None = Field(default=None, repr=False)
    expires_at: Moment | None = None


class RunFailure(Model):
    """Why a run failed."""

    reason_code: str | None = None
    message: str | None = None
    step: str | None = None


class Escalation(Model):
    """Why a run was escalated and what would resolve it."""

    reason_code: str | None = None
    message: str | None = None
    checks: list[Any] | None = None
    needs: list[Any] | None = None
    review_id: str | None = None


class RunUsage(Model):
    """What a run used. ``cost_usd`` is a decimal in a string; without a known price ``priced`` is false."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: str | None = None
    priced: bool | None = None
    billed: bool | None = None


class Origin(Model):
    """What started a run."""

    kind: str | None = None
    trigger_id: str | None = None
    parent_run_id: str | None = None
    attempt: int | None = None


class ContentState(Model):
    """Whether a run's content still exists, and until when."""

    state: str | None = None
    erased_at: Moment | None = None
    erases_at: Moment | None = None


class Run(Model):
    """A run: a task on its way to a verified deliverable."""

    id: str
    object: str = "run"
    status: str
    mode: str | None = None
    agent: str | None = None
    confidence: float | None = None
    threshold: float | None = None
    steps_completed: int | None = None
    steps_total: int | None = None
    artifacts: list[Artifact] = Field(default_factory=list)
    awaiting: Awaiting | None = None
    error: RunFailure | None = None
    escalation: Escalation | None = None
    why: Any = None
    usage: RunUsage | None = None
    origin: Origin | None = None
    content: ContentState | None = None
    last_event_id: int | None = None
    project_id: str | None = None
    workspace_id: str | None = None
    subject_id: str | None = None
    created_at: Moment | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    request_id: str | None = None
    replayed: bool = False

    @property
    def is_terminal(self) -> bool:
        """Whether this is the end: completed, escalated, failed or cancelled."""
        return self.status in _TERMINAL

    @property
    def is_waiting(self) -> bool:
        """Whether the run waits for a person's input (``awaiting`` says for what)."""
        return self.status == RunStatus.AWAITING_INPUT


class RunEvent(Model):
    """One entry of a run's log: a dense ``seq`` from 1, and a payload that says whether its content was redacted."""

    seq: int
    type: str
    timestamp: Moment | None = None
    payload: dict[str, Any] = Field(default_factory=dict)


class PlanStep(Model):
    """One step of a plan and how far it is."""

    id: str
    label: str | None = None
    kind: str | None = None
    depends_on: list[str] = Field(default_factory=list)
    state: str | None = None
    attempts: int | None = None
    model: str | None = None


class Plan(Model):
    """What a run sets out to do: the goal and the graph of steps."""

    goal: str | None = None
    constraints: list[Any] = Field(default_factory=list)
    success_criteria: list[Any] = Field(default_factory=list)
    steps: list[PlanStep] = Field(default_factory=list)
    revision: int | None = None


class Verification(Model):
    """How a deliverable was checked: each check with result, score and reason."""

    rubric: Any = None
    checks: list[dict[str, Any]] = Field(default_factory=list)
    confidence: float | None = None
    threshold: float | None = None
    calibrated: bool | None = None
    calibration: dict[str, Any] = Field(default_factory=dict)


class Receipt(Model):
    """A signed statement of what was destroyed of a run. The signature covers ``receipt`` as canonical JSON.

    Canonical means: names sorted, no spaces, UTF-8. ``receipt`` is as it came, so that it can be checked.
    """

    receipt: dict[str, Any]
    algorithm: str | None = None
    public_key: str | None = None
    signature: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether no key is left that could open a copy of the run's key in an old backup."""
        return bool((self.receipt.get("wrapping_key") or {}).get("state") == "destroyed")


class Budget(TypedDict, total=False):
    """The limits of one run: at any of them it ends as failed."""

    max_cost_usd: float | str
    max_tokens: int
    max_tool_calls: int
    max_wall_s: float
