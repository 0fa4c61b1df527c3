"""Reviews: people decide over what is held, say of what was delivered whether it was right, and verifiers learn."""

from futurone_server.features.reviews.deciding import DecisionService
from futurone_server.features.reviews.labels.service import CalibrationService
from futurone_server.features.reviews.labels.types import AtThreshold, InForce, Kind, Report
from futurone_server.features.reviews.queue import expiring, opening
from futurone_server.features.reviews.service import ReviewService, Said
from futurone_server.features.reviews.types import (
    Comment,
    Decision,
    Deliverable,
    Disposition,
    Filter,
    Judgement,
    Review,
    ReviewStatus,
    Ruling,
    Shown,
)

__all__ = [
    "AtThreshold",
    "CalibrationService",
    "Comment",
    "Decision",
    "DecisionService",
    "Deliverable",
    "Disposition",
    "Filter",
    "InForce",
    "Judgement",
    "Kind",
    "Report",
    "Review",
    "ReviewService",
    "ReviewStatus",
    "Ruling",
    "Said",
    "Shown",
    "expiring",
    "opening",
]
