"""Hours of keys: a copy of a wrapped key is worth nothing soon after its hour, and no run is lost on the way there."""

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.config import Config
from futurone_server.eventlog import Draft, EventType, KeyMissing
from futurone_server.eventlog.epochs import Epochs
from futurone_server.eventlog.sealing import KEPT
from futurone_server.features.runs import Status
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.errors import Conflict, Unavailable
from futurone_server.kit.ids import new_id
from futurone_server.main import Server, assemble
from futurone_server.store.database import SYSTEM, of_workspace
from futurone_server.store.keyfiles import KeyFiles
from futurone_server.store.refusals import ParentMissingError
from house import ROOT_KEY, Tenant, carry_out, open_server
from retention.acts import (
    KEEP,
    another_process,
    head_of,
    hours_pass,
    key_dir,
    key_files,
    order,
    task_of,
)

pytestmark = pytest.mark.anyio


async def test_a_new_run_hangs_on_a_key_of_the_hour_that_is_a_private_file(
    house: Server, tenant: Tenant, database: str
) -> None:
    run, other = await order(house, tenant), await order(house, tenant)
    head = await head_of(house, run.id)
    assert head.key_epoch == (await head_of(house, other.id)).key_epoch
    assert key_files(database) == {head.key_epoch}
    (path,) = key_dir(database).iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (await task_of(house, tenant, run)) is not None


async def test_a_copy_of_the_wrapped_key_opens_until_the_hours_file_is_gone_and_not_after(
    house: Server, tenant: Tenant, clock: ManualClock, database: str, tmp_path: Path
) -> None:
    run = await order(house, tenant)
    await carry_out(house)
    backup = await head_of(house, run.id)
    shutil.copytree(key_dir(database), tmp_path / "stolen in time")
    await hours_pass(house, clock)
    assert backup.key_epoch not in key_files(database)
    with pytest.raises(KeyMissing):
        another_process(key_dir(database)).of_run(tenant.workspace_id, run.id, backup.sealed_key)
    stolen = another_process(tmp_path / "stolen in time").of_run(tenant.workspace_id, run.id, backup.sealed_key)
    assert stolen.run_id == run.id
    assert (await task_of(house, tenant, run)) is not None, "the run itself is as readable as before"


async def test_the_file_stands_as_long_as_somebody_may_still_be_opening_what_it_wraps(
    house: Server, tenant: Tenant, clock: ManualClock, database: str
) -> None:
    run = await order(house, tenant)
    first = (await head_of(house, run.id)).key_epoch
    clock.advance(1_799)
    await house.worker.retention.round()
    assert (await head_of(house, run.id)).key_epoch == first, "the hour is not over"
    clock.advance(62)
    await house.worker.retention.round()
    assert (await head_of(house, run.id)).key_epoch != first
    assert first in key_files(database)
    clock.advance(61)
    await house.worker.retention.round()
    assert first not in key_files(database)


async def test_what_is_kept_hangs_on_the_long_lived_key_and_not_on_an_hour(
    house: Server, tenant: Tenant, clock: ManualClock, database: str
) -> None:
    run = await order(house, tenant, retention=KEEP)
    before = await head_of(house, run.id)
    await hours_pass(house, clock, hours=30)
    assert before == await head_of(house, run.id)
    assert before.key_epoch == KEPT
    assert key_files(database) == set()
    assert (await task_of(house, tenant, run)) is not None


async def test_runs_from_before_there_were_hours_stay_readable_and_are_moved(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    run = await order(house, tenant, retention=KEEP)
    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text("UPDATE log_heads SET key_epoch = NULL, sample = NULL"))
    old = await head_of(house, run.id)
    assert (await task_of(house, tenant, run)) is not None
    await house.worker.retention.round()
    new = await head_of(house, run.id)
    assert new.key_epoch not in (None, KEPT)
    assert new.sealed_key != old.sealed_key
    assert new.sample is not None
    assert (await task_of(house, tenant, run)) is not None


async def test_runs_are_read_and_written_while_their_keys_are_moved(
    house: Server, tenant: Tenant, clock: ManualClock, databases: Databases, database: str
) -> None:
    runs = [await order(house, tenant, "[test:input]") for _ in range(30)]
    clock.advance(3_700)
    reader = Epochs(house.desk.db, another_process(key_dir(database)), clock)
    async with open_server(database, databases.role, clock=clock) as other:

        async def look() -> None:
            for run in runs:
                assert (await task_of(house, tenant, run)) is not None
                page = await other.desk.log.page(tenant.workspace_id, run.id, 0, 100)
                assert not any(event.redacted for event in page)

        await asyncio.gather(look(), carry_out(house), house.worker.retention.round(), reader.round(), look())
    moved = {(await head_of(house, run.id)).key_epoch for run in runs}
    await house.worker.retention.round()
    assert len({(await head_of(house, run.id)).key_epoch for run in runs}) == 1, moved


async def test_processes_that_begin_an_hour_together_share_its_key(
    house: Server, tenant: Tenant, databases: Databases, database: str, clock: ManualClock
) -> None:
    async with open_server(database, databases.role, clock=clock) as other:
        runs = await asyncio.gather(*(order(one, tenant) for one in (house, other) * 5))
    assert len({(await head_of(house, run.id)).key_epoch for run in runs}) == 1
    assert len(key_files(database)) == 1


async def test_a_process_whose_clock_is_late_takes_the_key_of_the_next_hour(
    house: Server, tenant: Tenant, databases: Databases, database: str, clock: ManualClock
) -> None:
    first = await order(house, tenant)
    fast = ManualClock(clock.now())
    async with open_server(database, databases.role, clock=fast) as other:
        await hours_pass(other, fast)
    run = await order(house, tenant)
    head = await head_of(house, run.id)
    assert head.key_epoch in key_files(database)
    assert (await task_of(house, tenant, run)) is not None
    assert (await task_of(house, tenant, first)) is not None


async def test_who_has_wrapped_a_key_and_comes_too_late_with_it_stores_nothing(
    house: Server, tenant: Tenant, databases: Databases, database: str, clock: ManualClock
) -> None:
    first = Draft(type=EventType.CREATED, name="created")
    _, statements = await house.desk.log.opening(tenant.workspace_id, new_id("fo_run_", clock.now()), first)
    fast = ManualClock(clock.now())
    async with open_server(database, databases.role, clock=fast) as other:
        await hours_pass(other, fast)
    with pytest.raises(ParentMissingError):
        await house.desk.db.write(of_workspace(tenant.workspace_id), *statements)


class Died(BaseException):
    """The process is gone."""


class DyingFiles(KeyFiles):
    """A key directory on which the process dies at one of the steps of a destruction."""

    def __init__(self, directory: Path, *, at: str) -> None:
        super().__init__(directory)
        self.at = at

    def overwrite(self, name: str) -> bool:
        if self.at == "before the overwriting":
            raise Died
        done = super().overwrite(name)
        if self.at == "after the overwriting":
            raise Died
        return done

    def remove(self, name: str) -> None:
        if self.at == "before the removal":
            raise Died
        super().remove(name)
        if self.at == "after the removal":
            raise Died


@pytest.mark.parametrize(
    "at", ["before the overwriting", "after the overwriting", "before the removal", "after the removal"]
)
async def test_a_destruction_that_was_cut_off_is_ended_by_the_next_round(
    house: Server, tenant: Tenant, clock: ManualClock, database: str, at: str
) -> None:
    run = await order(house, tenant)
    first = (await head_of(house, run.id)).key_epoch
    keys = house.desk.log.seals.epochs
    keys.files, whole = DyingFiles(key_dir(database), at=at), keys.files
    with pytest.raises(Died):
        await hours_pass(house, clock)
    keys.files = whole
    keys.forget(str(first))
    await hours_pass(house, clock)
    assert first not in key_files(database)
    async with house.desk.db.transaction(SYSTEM) as tx:
        row = (await tx.execute(text("SELECT destroyed_at FROM key_epochs WHERE id = :id"), {"id": first})).one()
    assert row.destroyed_at is not None
    assert (await task_of(house, tenant, run)) is not None


async def test_another_key_directory_is_said_to_be_another_and_destroys_nothing_that_is_not_there(
    house: Server, tenant: Tenant, clock: ManualClock, database: str, databases: Databases, tmp_path: Path
) -> None:
    run = await order(house, tenant, "[test:input]")
    first = (await head_of(house, run.id)).key_epoch
    away = assemble(Config(data_dir=tmp_path), url=database, role=databases.role, root_key=ROOT_KEY, clock=clock)
    await away.desk.log.start()
    try:
        with pytest.raises(Unavailable, match="key directory"):
            await order(away, tenant)
        assert (await away.desk.retention.standing()).missing == {first: 1}
        assert (await house.desk.retention.standing()).missing == {}
        clock.advance(7_200)
        for _ in range(3):
            await away.worker.retention.round()
            clock.advance(120)
        head = await head_of(house, run.id)
        assert head.key_epoch == first, "what it cannot open it leaves alone"
        caller = await away.desk.keys.authenticate(tenant.test)
        ended, _ = await away.desk.runs.cancel(caller, run.id)
        assert ended.status is Status.CANCELLED, "a run whose key is lost can still be ended"
        await away.desk.erasure.acknowledge(caller, run.id)
    finally:
        await away.desk.log.stop()
        await away.desk.db.close()
    await hours_pass(house, clock)
    assert first not in key_files(database)


async def test_a_key_that_is_at_another_server_is_said_to_be_there_and_troubles_nobody_here(
    house: Server, tenant: Tenant, clock: ManualClock, database: str, databases: Databases, tmp_path: Path
) -> None:
    run = await order(house, tenant)
    await carry_out(house)
    caller = await house.desk.keys.authenticate(tenant.test)
    await house.desk.erasure.acknowledge(caller, run.id)
    restored = assemble(Config(data_dir=tmp_path), url=database, role=databases.role, root_key=ROOT_KEY, clock=clock)
    try:
        await restored.desk.log.epochs.leave()
        clock.advance(3 * 3_600)
        for server, state, has_end in ((house, "pending", True), (restored, "elsewhere", False)):
            receipt = await server.desk.retention.receipt(caller, run.id)
            told = receipt["receipt"]["wrapping_key"]  # type: ignore[index]  # a statement
            assert (told["state"], told["destroyed_by"] is not None) == (state, has_end)
        proof = {one.name: one.detail for one in await restored.desk.retention.verify(run.id) if not one.is_well}
        assert "is not in this key directory" in proof.pop("wrapping key")
        assert not proof
        found = await restored.desk.retention.standing()
        assert (len(found.late), len(found.elsewhere)) == (0, 1)
        found = await house.desk.retention.standing()
        assert (len(found.late), len(found.elsewhere)) == (1, 0)
    finally:
        await restored.desk.db.close()


async def test_the_answer_before_an_erasure_says_when_it_comes(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    caller = await house.desk.keys.authenticate(tenant.test)
    for retention, when in ((None, "after the run has ended"), (KEEP, "when it is acknowledged or deleted")):
        run = await order(house, tenant, "[test:input]", retention=retention)
        with pytest.raises(Conflict, match=when):
            await house.desk.retention.receipt(caller, run.id)
