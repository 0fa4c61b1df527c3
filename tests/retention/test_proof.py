"""The proof of an erasure finds whatever is put back: a key, a wrapped key, a ciphertext."""

import pytest
from sqlalchemy import text

from futurone_server.kit.clock import ManualClock
from futurone_server.kit.errors import NotFound
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from house import Tenant, carry_out, data_dir
from retention.acts import KEEP, STRICT, ZERO, another_process, head_of, hours_pass, key_dir, order

pytestmark = pytest.mark.anyio


async def failing(house: Server, run_id: str) -> set[str]:
    """What the proof finds fault with."""
    return {check.name for check in await house.desk.retention.verify(run_id) if not check.is_well}


async def set_key(house: Server, run_id: str, wrapped: bytes | None) -> None:
    async with house.desk.db.transaction(SYSTEM) as tx:
        changed = text("UPDATE log_heads SET sealed_key = :wrapped WHERE run_id = :run")
        await tx.execute(changed, {"wrapped": wrapped, "run": run_id})


@pytest.mark.parametrize("retention", [ZERO, STRICT])
async def test_it_holds_once_the_hour_is_over_and_says_until_then_what_is_to_come(
    house: Server, tenant: Tenant, clock: ManualClock, retention: object
) -> None:
    run = await order(house, tenant, retention=retention)  # type: ignore[arg-type]  # one of two
    other = await order(house, tenant)
    await carry_out(house)
    with pytest.raises(NotFound):
        await house.desk.retention.verify(other.id)
    clock.advance(86_401)
    await house.worker.due.round()
    assert await failing(house, run.id) == {"wrapping key"}
    await hours_pass(house, clock)
    assert await failing(house, run.id) == set()


async def test_it_finds_the_key_in_a_file_a_wrapped_key_in_a_row_and_a_ciphertext(
    house: Server, tenant: Tenant, clock: ManualClock, database: str
) -> None:
    run, _ = await order(house, tenant), await order(house, tenant, "[test:input]")
    await carry_out(house)
    head = await head_of(house, run.id)
    key = another_process(key_dir(database)).key_of(tenant.workspace_id, run.id, head.sealed_key or b"")
    clock.advance(86_401)
    await house.worker.due.round()
    await hours_pass(house, clock)
    assert await failing(house, run.id) == set()

    keys = data_dir(database) / "keys"
    (keys / "old.key").write_bytes(b"\0" * 7 + key + b"\0")
    assert await failing(house, run.id) == {"key scan"}
    (keys / "old.key").unlink()

    seals = another_process(key_dir(database))
    await set_key(house, run.id, seals.wrap(key, f"{tenant.workspace_id}|{run.id}|key"))
    assert await failing(house, run.id) == {"log_heads.sealed_key", "key scan"}
    await set_key(house, run.id, None)

    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text("UPDATE events SET content = '\\x00' WHERE run_id = :run AND seq = 1"), {"run": run.id})
    assert await failing(house, run.id) == {"events.content"}


async def test_what_was_to_be_kept_is_not_proven_gone_from_backups(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    run = await order(house, tenant, retention=KEEP)
    await carry_out(house)
    caller = await house.desk.keys.authenticate(tenant.test)
    await house.desk.erasure.acknowledge(caller, run.id)
    await hours_pass(house, clock)
    assert await failing(house, run.id) == {"wrapping key"}
