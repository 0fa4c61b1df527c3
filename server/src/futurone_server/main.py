"""The composition root: the one file that knows every part."""

import asyncio
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from futurone_server.api.desk import Desk
from futurone_server.api.models.views import present_model
from futurone_server.config import Config
from futurone_server.egress import Egress, read_allow
from futurone_server.engine.dbos import DbosEngine
from futurone_server.eventlog import EpochKeys, EventLog, Seals
from futurone_server.features.audit import AuditService
from futurone_server.features.keys import KeyService, Minted, RateLimits
from futurone_server.features.runs import (
    DeliverableService,
    ErasureService,
    House,
    Liveness,
    RetentionService,
    Run,
    RunService,
    RunWork,
    SignalService,
)
from futurone_server.features.vault import VaultSearch, VaultService
from futurone_server.features.webhooks import DeliveryService, EndpointService, Posting
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit.clock import Clock
from futurone_server.kit.ids import new_id
from futurone_server.kit.json import JsonObject
from futurone_server.kit.page import Cursors
from futurone_server.kit.signing import Signer
from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.port import Models
from futurone_server.models.trial import try_model
from futurone_server.pipelines.admit import Admission
from futurone_server.pipelines.anchors import Anchors
from futurone_server.pipelines.conduct import Conductor
from futurone_server.pipelines.deliverables.exports import Exports
from futurone_server.pipelines.destinations import Destinations
from futurone_server.pipelines.due import DueTable
from futurone_server.pipelines.forget import Forgetting
from futurone_server.pipelines.indexing import Indexing
from futurone_server.pipelines.inhand import Equipment
from futurone_server.pipelines.notify import Notifier
from futurone_server.pipelines.retention import RetentionWatch
from futurone_server.pipelines.rounds import Rounds
from futurone_server.pipelines.sources import Sources
from futurone_server.pipelines.sweep import Sweep
from futurone_server.pipelines.toolbox import Toolbox, open_toolbox
from futurone_server.pipelines.watch import Watch
from futurone_server.reactions import when_run_ends, when_run_waits
from futurone_server.store import rootkey
from futurone_server.store.database import SYSTEM, Database, plain_url
from futurone_server.store.keyfiles import KeyFiles
from futurone_server.telemetry import OFF, Tracing, collect
from futurone_server.web.guesses import Guesses
from futurone_server.web.rate_limit import RateLimiter
from futurone_server.web.streams import Streams

_DRAIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The parts that carry runs out."""

    desk: RunWork
    engine: DbosEngine
    conductor: Conductor
    models: Models
    tracing: Tracing
    admission: Admission
    watch: Watch
    due: DueTable
    sweep: Sweep
    anchors: Anchors
    rounds: Sequence[Rounds | Notifier]
    retention: RetentionWatch


@dataclass(frozen=True, kw_only=True)
class Server:
    """All parts of one process."""

    desk: Desk
    worker: Worker

    async def open(self) -> None:
        """Listen for news, so that orders can be taken and runs be followed."""
        await self.desk.db.warm()
        await self.desk.log.start()

    async def work(self) -> None:
        """Take part as a worker, and look for what is due."""
        worker = self.worker
        await worker.engine.launch(worker.conductor.segment)
        await worker.watch.start()
        worker.admission.start()
        worker.due.start()
        for one in worker.rounds:
            one.start()
        worker.admission.hint()

    async def stop(self) -> bool:
        """Drain: cut the streams, claim nothing more, let what is in hand come to a stop, leave.

        Returns whether no other process works on this database any more.
        """
        self.desk.streams.cut_all()
        await self.worker.admission.stop()
        await self.worker.due.stop()
        for one in self.worker.rounds:
            await one.stop()
        await self._settle()
        is_last = await self.worker.watch.stop()
        await self.desk.log.stop()
        await self.worker.engine.close(0)
        await self.worker.models.close()
        await self.worker.tracing.close()
        await self.desk.db.close()
        return is_last

    async def _settle(self) -> None:
        """Give runs in hand a moment to finish; what is left is handed on, and goes on from its journal."""
        deadline = self.desk.clock.monotonic() + _DRAIN_S
        conductor = self.worker.conductor
        while conductor.in_hand and self.desk.clock.monotonic() < deadline:  # noqa: ASYNC110 - a look now and then
            await asyncio.sleep(0.05)
        await conductor.drop_all()

    async def first_keys(self, keep: Callable[[Minted], None] = lambda owner: None) -> tuple[Minted, Minted] | None:
        """On the very first start: a workspace, its owner's key and a test key. None afterwards.

        ``keep`` is handed the owner's key before there is any: what it raises leaves no key behind.
        """
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            minted = await self.desk.keys.first(tx, workspace.id)
            if minted is not None:
                keep(minted[0])
            return minted

    @asynccontextmanager
    async def passing_key(self, name: str, *, minutes: int) -> AsyncIterator[str]:
        """A live key that is revoked when the block ends, and expires in any case."""
        expires_at = self.desk.clock.now() + timedelta(minutes=minutes)
        async with self.desk.db.transaction(SYSTEM) as tx:
            workspace = await self.desk.workspaces.first_or_new(tx)
            minted = await self.desk.keys.passing(tx, workspace.id, name, expires_at)
        try:
            yield str(minted.token)
        finally:
            async with self.desk.db.transaction(SYSTEM) as tx:
                await self.desk.keys.withdraw(tx, minted.key.id)


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
    seals = Seals(root_key, EpochKeys(KeyFiles(rootkey.epochs_in(config.data_dir)), root_key))
    log = EventLog(db, seals, clock)
    workspaces = WorkspaceService(db, clock)
    usual = RateLimits(standard=config.rate_limit_standard, execution=config.rate_limit_execution)
    keys = KeyService(db, clock, seals.purpose_key("api-keys"), usual=usual)
    vault = VaultService(db, clock, seals)
    models = models or _models(config, clock)
    house = House(
        db=db,
        log=log,
        seals=seals,
        clock=clock,
        workspaces=workspaces,
        consequences=when_run_ends,
        askings=when_run_waits,
    )
    runs = RunService(house)
    signals = SignalService(house, runs)
    desk = Desk(
        db=db,
        clock=clock,
        log=log,
        workspaces=workspaces,
        keys=keys,
        rates=RateLimiter(db),
        guesses=Guesses(clock),
        runs=runs,
        signals=signals,
        erasure=ErasureService(house, runs),
        retention=RetentionService(house, runs, rootkey.path_in(config.data_dir).parent),
        audit=AuditService(db, clock, Signer(seals.purpose_key("audit-anchors"))),
        deliverables=DeliverableService(house, runs),
        vault=vault,
        webhooks=EndpointService(db, clock, seals, Destinations(read_allow(config.egress_allow)).check),
        deliveries=DeliveryService(db, clock),
        models=models.offered,
        cursors=Cursors(seals.purpose_key("cursors")),
        fingerprints=seals.purpose_key("idempotency"),
        exports=Exports(),
        streams=Streams(config.streams_per_key),
        public_url=config.public_url or f"{config.scheme}://{config.host}:{config.port}",
    )
    tools = tools or open_toolbox(config.search, config.egress_allow, clock)
    return Server(desk=desk, worker=_worker(config, desk, RunWork(house), models, tools, url))


def list_models(config: Config, clock: Clock) -> list[JsonObject]:
    """The configured models as the API shows them."""
    return [present_model(model) for model in _models(config, clock).offered()]


def _models(config: Config, clock: Clock) -> ConfiguredModels:
    return ConfiguredModels(config.models, config.model_keys, clock.monotonic)


async def try_models(config: Config, clock: Clock) -> list[JsonObject]:
    """Ask each configured model a short question: ``model``, ``error`` or None, ``took_ms``, ``tokens`` of each."""
    models = _models(config, clock)
    try:
        trials = await asyncio.gather(*(try_model(models, model.name) for model in models.offered()))
        return [dict(vars(trial)) for trial in trials]
    finally:
        await models.close()


def _worker(config: Config, desk: Desk, work: RunWork, models: Models, tools: Toolbox, url: str) -> Worker:
    worker_id = new_id("wkr_", desk.clock.now())
    tracing = collect(config.otlp_endpoint, worker=worker_id) if config.otlp_endpoint else OFF
    engine = DbosEngine(plain_url(url), worker_id)

    search = VaultSearch(desk.db, desk.log.seals)
    indexing = Indexing(desk.vault, search)

    def sources(run: Run) -> Sources:
        return Sources(desk.vault, search, indexing, run)

    equipment = Equipment(desk=work, clock=desk.clock, models=models, sources=sources, tools=tools, tracing=tracing)
    conductor = Conductor(equipment, worker_id)
    admission = Admission(work, engine, conductor)
    watch = Watch(desk.db, work, engine, Liveness(desk.db, desk.clock, worker_id, platform.node()))
    forgetting = Forgetting(desk.db, desk.erasure, engine)
    due = DueTable(
        desk.db,
        desk.clock,
        deeds={"erase": forgetting.erase, "input": desk.signals.expire, "index": indexing.index},
        bulk={"release": forgetting.release},
    )
    posting = Posting(desk.db, desk.clock, desk.log.seals)
    notifier = Notifier(posting, desk.clock, Egress(read_allow(config.egress_allow)))
    news = desk.log.news
    news.when("queue", admission.hint)
    news.when("watch", watch.hint)
    news.when("ended", conductor.stop)
    news.when("removed", conductor.stop)
    news.when("webhooks", notifier.hint)
    news.when("key", desk.keys.forget)
    news.when("key", desk.streams.cut)
    conductor.on_free = admission.hand_free
    watch.on_requeue = admission.hint
    watch.in_hand = conductor.run_ids
    sweep = Sweep(work, desk.vault, desk.keys, desk.clock)
    anchors = Anchors(desk.audit, desk.clock, config.data_dir)
    retention = RetentionWatch(desk.log.epochs, desk.retention)
    return Worker(
        desk=work,
        engine=engine,
        conductor=conductor,
        models=models,
        tracing=tracing,
        admission=admission,
        watch=watch,
        due=due,
        sweep=sweep,
        anchors=anchors,
        retention=retention,
        rounds=(
            notifier,
            Rounds("sweep", sweep.round, every_s=600),
            Rounds("uses", desk.keys.uses.write, every_s=60),
            Rounds("webhooks", posting.clear, every_s=60),
            Rounds("anchors", anchors.round, every_s=5),
            Rounds("retention", retention.round, every_s=20),
        ),
    )
