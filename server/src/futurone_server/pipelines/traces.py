"""Spans of runs: one for each segment, one for each attempt at a step, with ids, kinds and how it ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from futurone_server.features.runs import Ending, PlanStep, Run
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.outcomes import AskedError, EscalatedError, StepFailedError
from futurone_server.telemetry import Span, Tracing, Value

_OUTCOME = "futurone.outcome"
_REASON = "futurone.reason"


class Segment:
    """The span of a segment, while it is carried out."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def ends(self, ending: Ending | None) -> None:
        """How the segment ends: with the run, or in a wait for a person."""
        self._span.tell({_OUTCOME: "awaiting_input" if ending is None else ending.status.value})
        if ending is not None and ending.escalation is not None:
            self._span.tell({_REASON: ending.escalation.reason})
        if ending is not None and ending.failure is not None:
            self._span.tell({_REASON: ending.failure.reason})
            self._span.fail(ending.failure.reason)


@contextmanager
def segment_span(tracing: Tracing, run: Run) -> Iterator[Segment]:
    """The span of one segment of a run."""
    known: dict[str, Value] = {
        "futurone.run.id": run.id,
        "futurone.workspace.id": run.workspace_id,
        "futurone.agent": run.agent,
        "futurone.segment": run.segment,
    }
    with tracing.span("run", known) as span:
        try:
            yield Segment(span)
        except BaseException as error:
            span.tell({_OUTCOME: "dropped"})
            span.fail(type(error).__name__)
            raise


@contextmanager
def attempt_span(hand: InHand, step: PlanStep, *, attempt: int) -> Iterator[None]:
    """The span of one attempt at a step."""
    known: dict[str, Value] = {
        "futurone.run.id": hand.work.run.id,
        "futurone.step.id": step.id,
        "futurone.step.kind": step.kind,
        "futurone.step.attempt": attempt,
    }
    with hand.equipment.tracing.span("step", known) as span:
        try:
            yield
            span.tell({_OUTCOME: "succeeded"})
        except BaseException as error:
            _tell_why(span, error)
            raise


def _tell_why(span: Span, error: BaseException) -> None:
    """Codes and classes: what an exception says for itself is not asked for."""
    if isinstance(error, AskedError):
        span.tell({_OUTCOME: "awaiting_input"})
        return
    if isinstance(error, EscalatedError):
        span.tell({_OUTCOME: "escalated", _REASON: error.escalation.reason})
        return
    span.tell({_OUTCOME: "failed" if isinstance(error, Exception) else "dropped"})
    if isinstance(error, StepFailedError):
        span.tell({_REASON: error.reason})
    span.fail(type(error).__name__)
