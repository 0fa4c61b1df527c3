"""The assembly: services on one database, the desk that routes use, the worker behind it."""

from futurone_server.api.desk import Desk
from futurone_server.config import Config
from futurone_server.egress import read_allow
from futurone_server.eventlog import EpochKeys, EventLog, Seals
from futurone_server.features.audit import AuditService
from futurone_server.features.connections import ConnectionService
from futurone_server.features.keys import KeyService, RateLimits
from futurone_server.features.people import gather
from futurone_server.features.reviews import CalibrationService, DecisionService, ReviewService
from futurone_server.features.runs import (
    DeliverableService,
    ErasureService,
    House,
    RetentionService,
    RunService,
    RunWork,
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
from futurone_server.kit.signing import Signer
from futurone_server.main.server import Server
from futurone_server.main.trials import configured
from futurone_server.main.working import open_worker
from futurone_server.models.port import Models
from futurone_server.pipelines.channels import Channels
from futurone_server.pipelines.deliverables.exports import Exports
from futurone_server.pipelines.destinations import Destinations
from futurone_server.pipelines.toolbox import Toolbox, open_toolbox
from futurone_server.reactions import when_connection_goes, when_run_ends, when_run_is_erased, when_run_waits
from futurone_server.store import rootkey
from futurone_server.store.database import Database
from futurone_server.store.keyfiles import KeyFiles
from futurone_server.web.guesses import Guesses
from futurone_server.web.logins import LogIns
from futurone_server.web.rate_limit import RateLimiter
from futurone_server.web.streams import Streams


def assemble(
    config: Config,
    *,
    url: str,
    role: str | None,
    root_key: bytes,
    clock: Clock,
    models: Models | None = None,
    tools: Toolbox | None = None,
) -> Server:
    """Put all parts together. Nothing is started, nothing is asked of the database.

    ``models`` and ``tools`` stand in for the configured ones.
    """
    db = Database(url, role=role)
    workspaces = WorkspaceService(db, clock)
    budgets = BudgetService(db, clock, workspaces)
    house = _house(config, db, root_key, clock, workspaces=workspaces, budgets=budgets)
    models = models or configured(config, clock)
    desk = _desk(config, house, models, budgets)
    tools = tools or open_toolbox(config.search, config.egress_allow, clock)
    return Server(desk=desk, worker=open_worker(config, desk, RunWork(house), models, tools, url))


def _house(
    config: Config,
    db: Database,
    root_key: bytes,
    clock: Clock,
    *,
    workspaces: WorkspaceService,
    budgets: BudgetService,
) -> House:
    """What the use cases of runs stand on: one database, its log, the keys that seal it."""
    seals = Seals(root_key, EpochKeys(KeyFiles(rootkey.epochs_in(config.data_dir)), root_key))
    return House(
        db=db,
        log=EventLog(db, seals, clock),
        seals=seals,
        clock=clock,
        workspaces=workspaces,
        consequences=when_run_ends,
        askings=when_run_waits,
        erasures=when_run_is_erased,
        gate=budgets.admit,
    )


def _desk(config: Config, house: House, models: Models, budgets: BudgetService) -> Desk:
    """Every service that routes use."""
    db, clock, seals = house.db, house.clock, house.seals
    usual = RateLimits(standard=config.rate_limit_standard, execution=config.rate_limit_execution)
    keys = KeyService(db, clock, seals.purpose_key("api-keys"), usual=usual)
    people = gather(db, clock, seals.purpose_key("people"), keys=keys, workspaces=house.workspaces)
    runs, vault = RunService(house), VaultService(db, clock, seals)
    deliverables, erasure = DeliverableService(house, runs), ErasureService(house, runs)
    reviews = ReviewService(house, people.holders, runs, deliverables)
    calibration = CalibrationService(db, clock)
    allow = read_allow(config.egress_allow)
    connections = ConnectionService(db, clock, seals, check=Channels(allow).check, goings=when_connection_goes)
    return Desk(
        db=db,
        clock=clock,
        log=house.log,
        workspaces=house.workspaces,
        keys=keys,
        people=people,
        rates=RateLimiter(db),
        guesses=Guesses(clock),
        logins=LogIns(clock),
        runs=runs,
        signals=SignalService(house, runs),
        erasure=erasure,
        retention=RetentionService(house, runs, rootkey.path_in(config.data_dir).parent),
        settings=SettingsService(db, clock, house.workspaces),
        audit=AuditService(db, clock, Signer(seals.purpose_key("audit-anchors"))),
        deliverables=deliverables,
        reviews=reviews,
        decisions=DecisionService(
            house, runs, reviews=reviews, deliverables=deliverables, erasure=erasure, calibration=calibration
        ),
        calibration=calibration,
        vault=vault,
        schedules=ScheduleService(db, clock, seals, runs=runs, vault=vault),
        webhooks=EndpointService(db, clock, seals, Destinations(allow).check),
        deliveries=DeliveryService(db, clock),
        connections=connections,
        trials=TrialService(db, clock, connections),
        usage=UsageService(db),
        budgets=budgets,
        models=models.offered,
        cursors=Cursors(seals.purpose_key("cursors")),
        fingerprints=seals.purpose_key("idempotency"),
        exports=Exports(),
        streams=Streams(config.streams_per_key),
        public_url=config.public_url or f"{config.scheme}://{config.host}:{config.port}",
    )
