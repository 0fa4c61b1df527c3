"""Runs: orders, states, waits, deliverables, and the worker's side of them."""

from futurone_server.features.runs.binding import Use, approves, digest_of
from futurone_server.features.runs.deliverables import DOING, DeliverableService, PlanView
from futurone_server.features.runs.erasure import ErasureService
from futurone_server.features.runs.holds.store import Hold, all_holds, end_holds, holding
from futurone_server.features.runs.house import House
from futurone_server.features.runs.journal.work import Claimed, Question, RunWork, Work
from futurone_server.features.runs.listing.store import Filter
from futurone_server.features.runs.liveness.service import Liveness
from futurone_server.features.runs.plan import Plan, PlanError, PlanStep
from futurone_server.features.runs.provenance import Origin, Provenance, RubricRef, SourceRef, refs
from futurone_server.features.runs.restoring import Restored, RestoringService
from futurone_server.features.runs.retention.proof import Check
from futurone_server.features.runs.retention.service import RetentionService, Standing
from futurone_server.features.runs.retention.store import Cause, erasing
from futurone_server.features.runs.service import Placed, RunService
from futurone_server.features.runs.signals import SignalService
from futurone_server.features.runs.types import (
    TERMINAL,
    Action,
    Artifact,
    Budget,
    Consequences,
    Domain,
    Ending,
    Escalation,
    Failure,
    Form,
    InputKind,
    Order,
    Retention,
    Run,
    Score,
    Spent,
    Status,
    StepState,
    Wait,
)

__all__ = [
    "DOING",
    "TERMINAL",
    "Action",
    "Artifact",
    "Budget",
    "Cause",
    "Check",
    "Claimed",
    "Consequences",
    "DeliverableService",
    "Domain",
    "Ending",
    "ErasureService",
    "Escalation",
    "Failure",
    "Filter",
    "Form",
    "Hold",
    "House",
    "InputKind",
    "Liveness",
    "Order",
    "Origin",
    "Placed",
    "Plan",
    "PlanError",
    "PlanStep",
    "PlanView",
    "Provenance",
    "Question",
    "Restored",
    "RestoringService",
    "Retention",
    "RetentionService",
    "RubricRef",
    "Run",
    "RunService",
    "RunWork",
    "Score",
    "SignalService",
    "SourceRef",
    "Spent",
    "Standing",
    "Status",
    "StepState",
    "Use",
    "Wait",
    "Work",
    "all_holds",
    "approves",
    "digest_of",
    "end_holds",
    "erasing",
    "holding",
    "refs",
]
