"""Every kind of step by name."""

from collections.abc import Mapping

from futurone_server.pipelines.steps import human, research, scripted
from futurone_server.pipelines.steps.context import Step

STEPS: Mapping[str, Step] = {
    "scripted": scripted.run,
    "approval": human.approval,
    "form": human.form,
    "gather": research.gather,
    "question": research.question,
    "compose": research.compose,
    "verify": research.verify,
}
