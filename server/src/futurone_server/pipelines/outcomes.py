"""How work ends early: the few exceptions that a planner or a step raises, and what the conductor makes of them."""

from futurone_server.features.runs import Escalation, Question


class StepFailedError(Exception):
    """The step cannot be done; the run fails. The message is fixed text, never what a tool or a person wrote."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class TransientError(StepFailedError):
    """The step may succeed when tried again; ``after_s`` where it is known when."""

    after_s: float | None = None


class ReplanError(StepFailedError):
    """The plan cannot go on as it is: what is left of it has to be planned anew, around what is done.

    ``without`` names the tools that are no longer to be counted on.
    """

    def __init__(self, reason: str, message: str, *, without: frozenset[str] = frozenset()) -> None:
        super().__init__(reason, message)
        self.without = without


class LimitExceededError(StepFailedError):
    """A limit of the run's own is reached; the run ends with ``LIMIT_EXCEEDED``."""

    def __init__(self, message: str) -> None:
        super().__init__("LIMIT_EXCEEDED", message)


class EscalatedError(Exception):
    """A person has to take over: what is missing, and what would resolve it."""

    def __init__(self, escalation: Escalation) -> None:
        super().__init__(escalation.reason)
        self.escalation = escalation


class AskedError(Exception):
    """The step waits for a person: the segment ends here and the answer starts the next one."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.step_id)
        self.question = question
