"""The worker of a process: what carries runs out, and what time brings, put together."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.api.desk import Desk
from futurone_server.config import Config
from futurone_server.egress import Egress, read_allow
from futurone_server.engine.dbos import DbosEngine
from futurone_server.features.runs import Liveness, Run, RunWork
from futurone_server.features.schedules import Firing
from futurone_server.features.usage import Budgets
from futurone_server.features.vault import VaultSearch
from futurone_server.features.webhooks import Posting
from futurone_server.kit.ids import new_id
from futurone_server.main.server import Worker
from futurone_server.models.port import Models
from futurone_server.pipelines.admit import Admission
from futurone_server.pipelines.anchors import Anchors
from futurone_server.pipelines.channels import Channels
from futurone_server.pipelines.conduct import Conductor
from futurone_server.pipelines.due import DueTable
from futurone_server.pipelines.forget import Forgetting
from futurone_server.pipelines.indexing import Indexing
from futurone_server.pipelines.inhand import Equipment
from futurone_server.pipelines.notify import Notifier
from futurone_server.pipelines.retention import RetentionWatch
from futurone_server.pipelines.rounds import Rounds
from futurone_server.pipelines.sources import Sources
from futurone_server.pipelines.sweep import Sweep
from futurone_server.pipelines.toolbox import Toolbox
from futurone_server.pipelines.watch import Watch
from futurone_server.store.database import plain_url
from futurone_server.telemetry import OFF, collect


@dataclass(frozen=True, kw_only=True)
class Time:
    """What time brings: the table of what is due, and what is looked after now and then."""

    due: DueTable
    notifier: Notifier
    sweep: Sweep
    anchors: Anchors
    retention: RetentionWatch
    rounds: Sequence[Rounds | Notifier]


def open_worker(config: Config, desk: Desk, work: RunWork, models: Models, tools: Toolbox, url: str) -> Worker:
    """The parts that carry runs out, put together."""
    worker_id = new_id("wkr_", desk.clock.now())
    tracing = collect(config.otlp_endpoint, worker=worker_id) if config.otlp_endpoint else OFF
    engine = DbosEngine(plain_url(url), worker_id)
    search = VaultSearch(desk.db, desk.log.seals)
    indexing = Indexing(desk.vault, search)

    def sources(run: Run) -> Sources:
        return Sources(desk.vault, search, indexing, run)

    budgets = Budgets(desk.db, desk.clock, desk.signals.go_on)
    equipment = Equipment(
        desk=work,
        clock=desk.clock,
        models=models,
        sources=sources,
        tools=tools,
        budgets=budgets,
        calibration=desk.calibration,
        tracing=tracing,
    )
    conductor = Conductor(equipment, worker_id)
    admission = Admission(work, engine, conductor)
    watch = Watch(desk.db, work, engine, Liveness(desk.db, desk.clock, worker_id, platform.node()))
    conductor.on_free = admission.hand_free
    watch.on_requeue = admission.hint
    watch.in_hand = conductor.run_ids
    time = _time(config, desk, work, engine, indexing=indexing, budgets=budgets)
    _listen(desk, conductor, admission, watch, time.notifier)
    return Worker(
        desk=work,
        engine=engine,
        conductor=conductor,
        models=models,
        tracing=tracing,
        budgets=budgets,
        admission=admission,
        watch=watch,
        due=time.due,
        sweep=time.sweep,
        anchors=time.anchors,
        retention=time.retention,
        rounds=time.rounds,
    )


def _time(
    config: Config, desk: Desk, work: RunWork, engine: DbosEngine, *, indexing: Indexing, budgets: Budgets
) -> Time:
    forgetting = Forgetting(desk.db, desk.erasure, engine)
    firing = Firing(desk.db, desk.clock, desk.log.seals, holders=desk.people.holders, runs=desk.runs, vault=desk.vault)
    posting = Posting(desk.db, desk.clock, desk.log.seals, public_url=config.public_url)
    allow = read_allow(config.egress_allow)
    notifier = Notifier(posting, desk.clock, Egress(allow), channels=Channels(allow))
    sweep = Sweep(work, desk.vault, desk.keys, people=desk.people, firing=firing, clock=desk.clock)
    anchors = Anchors(desk.audit, desk.clock, config.data_dir)
    retention = RetentionWatch(desk.log.epochs, desk.retention)
    deeds = {
        "erase": forgetting.erase,
        "input": desk.signals.expire,
        "index": indexing.index,
        "schedule_end": firing.look_into,
    }
    bulk = {"release": forgetting.release, "schedule": firing.fire}
    rounds = (
        notifier,
        Rounds("sweep", sweep.round, every_s=600),
        Rounds("uses", desk.keys.uses.write, every_s=60),
        Rounds("webhooks", posting.clear, every_s=60),
        Rounds("budgets", budgets.round, every_s=2),
        Rounds("anchors", anchors.round, every_s=5),
        Rounds("retention", retention.round, every_s=20),
    )
    due = DueTable(desk.db, desk.clock, deeds=deeds, bulk=bulk)
    return Time(due=due, notifier=notifier, sweep=sweep, anchors=anchors, retention=retention, rounds=rounds)


def _listen(desk: Desk, conductor: Conductor, admission: Admission, watch: Watch, notifier: Notifier) -> None:
    news = desk.log.news
    news.when("queue", admission.hint)
    news.when("watch", watch.hint)
    news.when("ended", conductor.stop)
    news.when("removed", conductor.stop)
    news.when("webhooks", notifier.hint)
    news.when("key", desk.keys.forget)
    news.when("key", desk.streams.cut)
    news.when("session", desk.people.sessions.forget)
    news.when("session", desk.streams.cut)
