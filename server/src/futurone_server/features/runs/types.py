"""What a run is: its order, its states, its waits, its artifacts and its end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from futurone_server.eventlog import Content, Write
from futurone_server.features.keys import Mode
from futurone_server.features.runs.provenance import Provenance
from futurone_server.features.workspaces import RetentionMode
from futurone_server.store.messages import Statement

Metadata = Mapping[str, str | int | float | bool]


class Domain(StrEnum):
    """The domain agents."""

    CODING = "coding"
    STRATEGY = "strategy"
    CONTENT = "content"
    RESEARCH = "research"


class Status(StrEnum):
    """The states of a run; ``rules.NEXT`` says which follow which."""

    QUEUED = "queued"
    PLANNING = "planning"
    RUNNING = "running"
    AWAITING_INPUT = "awaiting_input"
    STALLED = "stalled"
    COMPLETED = "completed"
    ESCALATED = "escalated"
    FAILED = "failed"
    CANCELLED = "cancelled"


class InputKind(StrEnum):
    """What a run can ask a person for."""

    APPROVAL = "approval"
    FORM = "form"
    CHOICE = "choice"


class Action(StrEnum):
    """What a person can answer."""

    APPROVE = "approve"
    REJECT = "reject"
    SUBMIT_INPUT = "submit_input"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A run's own limits. ``max_wall_s`` counts working time, not time spent waiting for a person."""

    max_cost_usd: float | None = None
    max_tokens: int | None = None
    max_tool_calls: int | None = None
    max_wall_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a run has used of models so far. ``is_priced`` is False once a call was made whose price nobody knows."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    is_priced: bool = True

    @property
    def tokens(self) -> int:
        """Tokens in both directions."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What becomes of the content: kept, or erased ``window_s`` seconds after the end."""

    mode: RetentionMode
    window_s: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is asked to do, through whatever door it came.

    ``brief`` is content: ``{"task", "input", "sensitivity_tags", "routing_hint"}``. None: the workspace's setting.
    """

    agent: str | None
    brief: Content
    files: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    deliver_to: tuple[str, ...] = ()
    webhook_url: str | None = None
    metadata: Metadata
    project_id: str | None = None
    threshold: float | None = None
    budget: Budget
    retention: Retention | None = None
    rubric: str | None = None
    caller_workspace_id: str | None = None
    subject_id: str | None = None
    origin: str = "api"
    trigger_id: str | None = None
    parent_run_id: str | None = None
    attempt: int = 1
    priority: int = 100


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a run failed. The message is fixed text about the code, never what a tool or a person wrote."""

    reason: str
    message: str
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Why a run is held for a person: which checks failed, and what would resolve each."""

    reason: str
    message: str
    checks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Score:
    """The verifier's result without its words: rubric, how many checks passed, and which.

    ``raw`` is the confidence before calibration, ``labels`` how many of people's decisions there were at that time, and
    ``fit`` the id of what was made of them; None where they were too few.
    """

    rubric: str
    version: int
    passed: int
    total: int
    checks: tuple[Mapping[str, object], ...] = ()
    raw: float | None = None
    fit: str | None = None
    labels: int = 0


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ends: one of the four terminal states, with what belongs to it. ``summary`` is content."""

    status: Status
    summary: str
    confidence: float | None = None
    score: Score | None = None
    failure: Failure | None = None
    escalation: Escalation | None = None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What a run waits for a person to say. ``shown`` is content: ``{"prompt", "fields"}``.

    ``digest`` is of what an approval is bound to.
    """

    id: str
    run_id: str
    step_id: str
    kind: InputKind
    state: str
    expires_at: datetime
    shown: Mapping[str, object] | None
    digest: str | None = None

    @property
    def planned_step(self) -> str:
        """The step of the plan that asks: what is asked in the middle of one bears a name of its own after a ``!``."""
        return self.step_id.partition("!")[0]


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A deliverable or a part of one. ``label`` and ``sha256`` are content and go when the content goes."""

    id: str
    type: str
    media_type: str
    bytes: int
    citations: int
    engine: str
    final: bool
    label: str | None
    sha256: str | None
    provenance: Provenance


class Form(StrEnum):
    """The forms that are made of a deliverable when somebody asks for them."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


@dataclass(frozen=True, kw_only=True)
class StepState:
    """How one step of the plan stands. Times are aware UTC, ``took_ms`` is working time of the last attempt."""

    id: str
    kind: str
    position: int
    state: str
    attempts: int
    depends_on: tuple[str, ...]
    started_at: datetime | None
    took_ms: int | None
    models: tuple[str, ...] = ()
    substitutions: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as its row tells it. Content (task, input, plan, artifacts' text) lives sealed in the log."""

    id: str
    workspace_id: str
    project_id: str
    mode: Mode
    agent: str
    status: Status
    threshold: float
    confidence: float | None
    steps_completed: int
    steps_total: int
    budget: Budget
    retention: Retention
    rubric: str | None
    webhook_url: str | None
    deliver_to: tuple[str, ...]
    metadata: Metadata
    caller_workspace_id: str | None
    subject_id: str | None
    origin: str
    trigger_id: str | None
    parent_run_id: str | None
    attempt: int
    files: tuple[str, ...]
    tool_calls: int
    spent: Spent
    error: Mapping[str, object] | None
    escalation: Mapping[str, object] | None
    score: Mapping[str, object] | None
    segment: int
    recoveries: int
    worked_ms: int
    ready_at: datetime | None
    worker_id: str | None
    input_id: str | None
    last_event_id: int
    is_erased: bool
    erased_at: datetime | None
    erases_at: datetime | None
    since: datetime
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    request_id: str
    created_by: str
    held_by: str | None = None
    """What keeps it queued though workers may be free; known where one run is looked up."""
    held_until: datetime | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended, for good."""
        return self.status in TERMINAL


TERMINAL = frozenset({Status.COMPLETED, Status.ESCALATED, Status.FAILED, Status.CANCELLED})


Consequences = Callable[[Run, Ending, datetime], Sequence[Write]]
"""What else happens when a run ends: the row changes that belong in the same commit (``reactions.py``)."""

Askings = Callable[[Run, str, datetime], Sequence[Write]]
"""The same for a run that begins to wait for a person; the text is the id of what it waits for."""

Erasures = Callable[[str, datetime], Sequence[Statement]]
"""The same for a run, by its id, whose content is erased before anybody asked for that with its end."""

Gate = Callable[[Run], Awaitable[None]]
"""Whether a new run may be taken at all; raises RateLimited where not."""
