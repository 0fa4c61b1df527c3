"""What the routes call: every service by name, put together by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from futurone_server.api.offers import Exports, Model
from futurone_server.eventlog import EventLog
from futurone_server.features.audit import AuditService
from futurone_server.features.connections import ConnectionService
from futurone_server.features.keys import KeyService
from futurone_server.features.people import People
from futurone_server.features.reviews import CalibrationService, DecisionService, ReviewService
from futurone_server.features.runs import (
    DeliverableService,
    ErasureService,
    RetentionService,
    RunService,
    SignalService,
)
from futurone_server.features.schedules import ScheduleService
from futurone_server.features.settings import SettingsService
from futurone_server.features.usage import BudgetService, UsageService
from futurone_server.features.vault import VaultService
from futurone_server.features.webhooks import DeliveryService, EndpointService, TrialService
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit.clock import Clock
from futurone_server.kit.page import Cursors
from futurone_server.store.database import Database
from futurone_server.web.guesses import Guesses
from futurone_server.web.logins import LogIns
from futurone_server.web.rate_limit import RateLimiter
from futurone_server.web.streams import Streams


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The services that routes use."""

    db: Database
    clock: Clock
    log: EventLog
    workspaces: WorkspaceService
    keys: KeyService
    people: People
    rates: RateLimiter
    guesses: Guesses
    logins: LogIns
    runs: RunService
    signals: SignalService
    erasure: ErasureService
    retention: RetentionService
    audit: AuditService
    settings: SettingsService
    deliverables: DeliverableService
    reviews: ReviewService
    decisions: DecisionService
    calibration: CalibrationService
    vault: VaultService
    schedules: ScheduleService
    webhooks: EndpointService
    deliveries: DeliveryService
    connections: ConnectionService
    trials: TrialService
    usage: UsageService
    budgets: BudgetService
    exports: Exports
    models: Callable[[], Sequence[Model]]
    cursors: Cursors
    fingerprints: bytes
    public_url: str
    streams: Streams = field(default_factory=Streams)
