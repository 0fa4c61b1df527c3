"""A database for tests that has the tables of the vault."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
from sqlalchemy import NullPool, create_engine, insert, text

from futurone_server.blobs import tables as _blobs  # noqa: F401 - its tables join the catalogue
from futurone_server.features.vault import tables as _vault  # noqa: F401 - its tables join the catalogue
from futurone_server.features.workspaces.tables import workspaces
from futurone_server.store import idempotency as _idempotency  # noqa: F401 - its tables join the catalogue
from futurone_server.store.database import APP_ROLE, SYSTEM, Database
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.schema import catalogue, secure, tenant_tables


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cluster = EmbeddedPostgres(tmp_path_factory.mktemp("pg"), settings={"fsync": "off"})
    url = cluster.start().url()
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS"))
        connection.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER WITH SET TRUE"))
        catalogue.create_all(connection)
        for name in tenant_tables():
            for statement in secure(name):
                connection.execute(text(statement))
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}"))
    engine.dispose()
    yield url
    cluster.stop(mode="immediate")


@pytest.fixture
async def db(template: str) -> AsyncIterator[Database]:
    database = Database(template)
    yield database
    await database.close()


async def new_workspace(db: Database, workspace_id: str, at: datetime) -> str:
    async with db.transaction(SYSTEM) as tx:
        row = {"id": workspace_id, "name": workspace_id, "default_project_id": "prj_1", "created_at": at}
        await tx.execute(insert(workspaces).values(row))
    return workspace_id
