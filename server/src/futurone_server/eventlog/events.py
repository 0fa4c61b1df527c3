"""What can happen to a run: the closed list of event types, and the shape of one event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventType(StrEnum):
    """The catalogue. Adding a type breaks the build until every stream has a word (or an explicit None) for it."""

    CREATED = "created"
    WORKER_STARTED = "worker_started"
    NARRATION = "narration"
    PLAN = "plan"
    STEP_STARTED = "step_started"
    STEP_DONE = "step_done"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    FINDING = "finding"
    DELTA = "delta"
    DELTA_RESET = "delta_reset"
    ARTIFACT = "artifact"
    AWAITING_INPUT = "awaiting_input"
    INPUT_RECEIVED = "input_received"
    MODEL_CALL = "model_call"
    SUBSTITUTION = "substitution"
    STALLED = "stalled"
    RESUMED = "resumed"
    ERROR = "error"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An event that has no number yet.

    ``facts`` is content-free by construction: ids, enums, numbers, times. ``content`` is everything a person wrote or
    a tool returned; it is sealed before it leaves the process. ``name`` is what makes it happen once: a second draft of
    the same name in the same run is dropped. Without one it gets a name of its own.
    """

    type: EventType
    facts: Mapping[str, object] = field(default_factory=dict)
    content: Mapping[str, object] | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event as it stands in the log: number ``seq`` (1..n, dense) of its run."""

    run_id: str
    seq: int
    type: EventType
    at: datetime
    facts: Mapping[str, object]
    content: Mapping[str, object] | None
    redacted: bool
    """True when there was content and it has been erased."""
    frames: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """What streams have made of it, by their name: a hundred readers of one run share the work."""
