"""What planners need and may not have: refusals that several of them share."""

from futurone_server.features.runs import Escalation
from futurone_server.pipelines.outcomes import EscalatedError


def model_required(what: str) -> EscalatedError:
    """What cannot be done without a model is held for a person, who can configure one."""
    return EscalatedError(
        Escalation(
            reason="MODEL_REQUIRED",
            message=f"{what} needs a language model, and none is configured.",
            needs=("Configure a model on the server (FUTURONE_MODELS), then run the task again.",),
        )
    )
