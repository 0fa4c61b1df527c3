"""Messages on a real connection: one that is refused leaves nothing behind that later ones would fail by."""

import psycopg
import pytest

from futurone_server.store.database import plain_url
from futurone_server.store.messages import Statement, pipelined

pytestmark = pytest.mark.anyio

NOTE: Statement = ("SELECT pg_notify('nobody', %(what)s)", {"what": "news"})
TAKE: Statement = ("INSERT INTO taken VALUES (%(id)s)", {"id": 1})


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_what_comes_after_a_refused_statement_can_be_sent_again(database: str, times: int) -> None:
    """Also when it was carried out before by itself, which is when the driver takes it for prepared."""
    async with await psycopg.AsyncConnection.connect(plain_url(database), autocommit=True) as driver:
        await driver.execute("CREATE TEMP TABLE taken (id int PRIMARY KEY)")
        await pipelined(driver, [TAKE])
        for _ in range(times):
            await driver.execute(NOTE[0].encode(), NOTE[1])
            with pytest.raises(psycopg.errors.UniqueViolation):
                await pipelined(driver, [TAKE, NOTE])
            (rows,) = await pipelined(driver, [NOTE])
            assert len(rows) == 1
