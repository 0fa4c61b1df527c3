"""What tests of retention do: order runs, let hours pass, look at keys."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from futurone_server.eventlog import Content, EpochKeys, Seals
from futurone_server.features.runs import Budget, Order, Retention, Run
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit.clock import ManualClock
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from futurone_server.store.keyfiles import KeyFiles
from futurone_server.store.rootkey import epochs_in
from house import ROOT_KEY, Tenant, data_dir

ZERO = Retention(mode=RetentionMode.ZERO, window_s=86_400)
STRICT = Retention(mode=RetentionMode.ZERO, window_s=0)
KEEP = Retention(mode=RetentionMode.KEEP, window_s=86_400)


async def order(
    house: Server, tenant: Tenant, task: str = "[test:complete]", *, retention: Retention | None = None
) -> Run:
    """A new run of the tenant's test key."""
    caller = await house.desk.keys.authenticate(tenant.test)
    wanted = Order(
        agent="research", brief=Content({"task": task}), metadata={}, budget=Budget(), retention=retention or ZERO
    )
    return (await house.desk.runs.create(caller, wanted, request_id="req_1")).run


async def hours_pass(house: Server, clock: ManualClock, hours: float = 1) -> None:
    """The clock moves, and the background work looks often enough to end what has begun."""
    clock.advance(hours * 3_600)
    for _ in range(2):
        await house.worker.retention.round()
        clock.advance(120)
    await house.worker.retention.round()


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the database says of a run's key."""

    sealed_key: bytes | None
    key_epoch: str | None
    sample: bytes | None


async def head_of(house: Server, run_id: str) -> Head:
    """What the database says of a run's key now."""
    async with house.desk.db.transaction(SYSTEM) as tx:
        query = text("SELECT sealed_key, key_epoch, sample FROM log_heads WHERE run_id = :run")
        return Head(**(await tx.execute(query, {"run": run_id})).one()._asdict())


def key_dir(url: str) -> Path:
    """Where the keys of hours of a database are."""
    return epochs_in(data_dir(url))


def key_files(url: str) -> set[str]:
    """Which keys of hours are there."""
    return set(KeyFiles(key_dir(url)).names())


def another_process(directory: Path) -> Seals:
    """The keys as a process has them that has just started, from a directory of keys of hours."""
    return Seals(ROOT_KEY, EpochKeys(KeyFiles(directory), ROOT_KEY))


async def task_of(house: Server, tenant: Tenant, run: Run) -> object:
    """The order of a run, opened by a process that knows no key yet."""
    head = await head_of(house, run.id)
    seal = another_process(key_dir(house.desk.db.url)).of_run(tenant.workspace_id, run.id, head.sealed_key)
    async with house.desk.db.transaction(SYSTEM) as tx:
        return await house.desk.log.contents.get(tx, seal, "brief")
