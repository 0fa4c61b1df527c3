"""Webhooks: who is told what happened, the outbox it is told from, and what became of every telling."""

from futurone_server.features.webhooks.letters.service import DeliveryService, Replayed
from futurone_server.features.webhooks.letters.store import DeliveryFilter, Which
from futurone_server.features.webhooks.outbox import abandoning, announcing
from futurone_server.features.webhooks.posting.work import Posting
from futurone_server.features.webhooks.service import CheckUrl, EndpointService, Rotation
from futurone_server.features.webhooks.trials import TrialService
from futurone_server.features.webhooks.types import (
    OUTCOMES,
    TEST,
    Announcement,
    Attempt,
    Because,
    Change,
    Delivery,
    Endpoint,
    EndpointStatus,
    Fault,
    Health,
    Letter,
    Made,
    Parcel,
    State,
    Told,
)

__all__ = [
    "OUTCOMES",
    "TEST",
    "Announcement",
    "Attempt",
    "Because",
    "Change",
    "CheckUrl",
    "Delivery",
    "DeliveryFilter",
    "DeliveryService",
    "Endpoint",
    "EndpointService",
    "EndpointStatus",
    "Fault",
    "Health",
    "Letter",
    "Made",
    "Parcel",
    "Posting",
    "Replayed",
    "Rotation",
    "State",
    "Told",
    "TrialService",
    "Which",
    "abandoning",
    "announcing",
]
