"""Row-level security: the second wall between workspaces, also for SQL that forgot to ask whose rows they are."""

import re
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from futurone_server.eventlog import Content
from futurone_server.features.runs import Budget, Order
from futurone_server.features.vault import Label
from futurone_server.main import Server
from futurone_server.store.database import APP_ROLE, SYSTEM, Scope, of_workspace, plain_url
from futurone_server.store.idempotency import Once
from futurone_server.store.schema import catalogue, tenant_tables
from house import Tenant, add_tenant, carry_out, order

pytestmark = pytest.mark.anyio
SHARED = {"key_epochs", "workspaces", "workers"}
"""Tables whose rows belong to no single workspace, or are one."""
OF_SEVERAL = {"users"}
"""Tables whose rows several workspaces may see, and none of them change: under a rule of their own."""
FILLED = (
    "api_keys", "due", "events", "idempotency", "log_heads", "projects", "run_contents", "run_inputs", "run_steps",
    "runs", "vault_files",
)  # fmt: skip
"""Tables in which both workspaces have rows here; the catalogue answers for the others."""


@pytest.fixture
async def tenants(house: Server) -> tuple[Tenant, Tenant]:
    """Two workspaces with something in every table: the first has a run that waits, and one that has ended."""
    found = await add_tenant(house, "One"), await add_tenant(house, "Two")
    for tenant in found:
        caller = await house.desk.keys.authenticate(tenant.test)
        for number, task in enumerate(("[test:input]", "[test:complete]")):
            wanted = Order(agent="research", brief=Content({"task": task}), metadata={}, budget=Budget())
            once = Once(operation="runs.create", key=f"k{number}", fingerprint=b"f")
            await house.desk.runs.create(caller, wanted, request_id="req_1", once=once)
        await carry_out(house)
        await house.desk.vault.upload(tenant.owner, pieces(), lambda digest: label())
    return found


async def pieces() -> AsyncIterator[bytes]:
    yield b"some words"


def label() -> Label:
    return Label(name="x.md", declared_type=None, folder_id=None)


async def count(house: Server, scope: Scope | None, sql: str) -> int:
    async with house.desk.db.transaction(scope or of_workspace("none")) as tx:
        if scope is None:
            await tx.execute(text("RESET futurone.scope"))
        return int((await tx.execute(text(sql))).scalar_one())


async def test_every_table_with_a_workspace_is_under_row_level_security(house: Server) -> None:
    sql = text("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r'"
               " AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'")  # fmt: skip
    async with house.desk.db.transaction(SYSTEM) as tx:
        secured = {row[0]: row[1] for row in await tx.execute(sql)}
    assert set(secured) == set(catalogue.tables)
    assert {name for name, is_secured in secured.items() if not is_secured} == SHARED
    assert set(tenant_tables()) == set(secured) - SHARED - OF_SEVERAL
    assert all("workspace_id" in catalogue.tables[name].c for name in tenant_tables())


async def test_a_transaction_of_one_workspace_sees_nothing_of_another(
    house: Server, tenants: tuple[Tenant, Tenant]
) -> None:
    one, other = (tenant.workspace_id for tenant in tenants)
    assert set(FILLED) <= set(tenant_tables())
    for table in FILLED:
        of_other = f"SELECT count(*) FROM {table} WHERE workspace_id = '{other}'"
        assert await count(house, SYSTEM, of_other) > 0, f"{table} is empty: the test looks at nothing"
        assert await count(house, of_workspace(one), of_other) == 0, table
        assert await count(house, of_workspace(other), of_other) > 0, table
        everything = f"SELECT count(*) FROM {table}"
        mine = f"SELECT count(*) FROM {table} WHERE workspace_id = '{one}'"
        assert await count(house, of_workspace(one), everything) == await count(house, SYSTEM, mine), table


async def test_a_transaction_that_does_not_say_whose_rows_sees_none(
    house: Server, tenants: tuple[Tenant, Tenant]
) -> None:
    for table in tenant_tables():
        assert await count(house, None, f"SELECT count(*) FROM {table}") == 0, table
        assert await count(house, of_workspace("ws_nobody"), f"SELECT count(*) FROM {table}") == 0, table


async def test_rows_of_another_workspace_can_be_neither_changed_nor_deleted_nor_made(
    house: Server, tenants: tuple[Tenant, Tenant]
) -> None:
    one, other = (tenant.workspace_id for tenant in tenants)
    for table in FILLED:
        async with house.desk.db.transaction(of_workspace(one)) as tx:
            changed = await tx.execute(
                text(f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id = :o"), {"o": other}
            )
            deleted = await tx.execute(text(f"DELETE FROM {table} WHERE workspace_id = :o"), {"o": other})
        assert (changed.rowcount, deleted.rowcount) == (0, 0), table
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with house.desk.db.transaction(of_workspace(one)) as tx:
                await tx.execute(text(f"UPDATE {table} SET workspace_id = :o"), {"o": other})


async def test_a_scope_lasts_as_long_as_its_transaction(house: Server, tenants: tuple[Tenant, Tenant]) -> None:
    for _ in range(20):
        for tenant in tenants:
            async with house.desk.db.transaction(of_workspace(tenant.workspace_id)) as tx:
                found = (await tx.execute(text("SELECT DISTINCT workspace_id FROM runs"))).scalars().all()
            assert found == [tenant.workspace_id]


async def test_statements_run_under_a_role_that_owns_nothing_and_bypasses_nothing(house: Server) -> None:
    sql = text("SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
               " WHERE rolname = current_user")  # fmt: skip
    owned = text(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    )
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert tuple((await tx.execute(sql)).one()) == (APP_ROLE, False, False, False, False)
        assert (await tx.execute(owned)).scalar_one() == 0
    for connection in (await house.desk.db.connection(), await house.desk.db.writer()):
        row = await (await connection.execute("SELECT current_user")).fetchone()
        assert row == (APP_ROLE,)
        await connection.close()


@pytest.mark.parametrize(
    "statement", ["DROP TABLE runs", "ALTER TABLE runs DISABLE ROW LEVEL SECURITY", "TRUNCATE runs"]
)
async def test_the_role_cannot_take_the_wall_down(statement: str, house: Server) -> None:
    connection = await house.desk.db.connection()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await connection.execute(statement.encode())
    await connection.close()


async def test_the_owner_of_the_tables_is_bound_too(house: Server, tenants: tuple[Tenant, Tenant]) -> None:
    async with await psycopg.AsyncConnection.connect(plain_url(house.desk.db.url)) as owner:
        for table in tenant_tables():
            row = await (await owner.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
            assert row == (0,), table


async def test_a_workspace_cannot_pass_for_the_system(house: Server) -> None:
    for forged in ("system'; DROP TABLE runs; --", "ws 1", "", "SYSTEM", "x" * 61):
        with pytest.raises(AssertionError):
            await count(house, of_workspace(forged), "SELECT 1")
    assert re.fullmatch(r"[a-z0-9_]+", SYSTEM.setting)


async def test_a_key_of_one_workspace_is_not_found_through_another(
    house: Server, tenants: tuple[Tenant, Tenant]
) -> None:
    minted = await house.desk.keys.create(tenants[0].owner, order())
    async with house.desk.db.transaction(of_workspace(tenants[1].workspace_id)) as tx:
        found = await tx.execute(text("SELECT 1 FROM api_keys WHERE id = :id"), {"id": minted.key.id})
        assert found.one_or_none() is None
