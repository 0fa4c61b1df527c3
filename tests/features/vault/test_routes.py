"""The vault's routes from within: a server whose time, limits and database the test owns."""

import tempfile
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from futurone_server.api.app import make_app
from futurone_server.api.vault.routes import is_upload
from futurone_server.kit import limits
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.main import Server
from futurone_server.store.database import APP_ROLE, SYSTEM, Database, of_workspace
from futurone_server.web.door import Door
from house import Tenant, add_tenant, open_server

pytestmark = pytest.mark.anyio
FILES = "/v1/vault/files"
LARGE = bytes(range(256)) * 4 * 1024 * 2  # two MiB: more than a JSON body may have


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def house(vault_database: str, clock: ManualClock) -> AsyncIterator[Server]:
    """A server whose time the test owns; every test has a workspace of its own."""
    async with open_server(vault_database, APP_ROLE, clock=clock) as found:
        yield found


@pytest.fixture
def db(house: Server) -> Database:
    return house.desk.db


@pytest.fixture
def app(house: Server) -> Door:
    return make_app(house.desk)


@pytest.fixture
async def tenant(house: Server) -> Tenant:
    return await add_tenant(house)


@pytest.fixture
async def client(tenant: Tenant, app: Door) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {tenant.live}"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://server", headers=headers
    ) as found:
        yield found


async def upload(client: httpx2.AsyncClient, content: bytes) -> httpx2.Response:
    return await client.post(FILES, files={"file": ("notes.md", content)})


async def link_to(client: httpx2.AsyncClient, content: bytes) -> tuple[str, str]:
    """The id of a new file, and a link to it."""
    file_id = (await upload(client, content)).json()["data"]["id"]
    url = (await client.get(f"{FILES}/{file_id}/download")).json()["data"]["url"]
    return file_id, httpx2.URL(url).path


async def total(client: httpx2.AsyncClient) -> int:
    found: int = (await client.get(FILES)).json()["pagination"]["total"]
    return found


async def test_a_file_over_the_limit_is_refused_and_nothing_is_stored(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_BYTES_MAX", len(LARGE) - 1)
    answer = await upload(client, LARGE)
    assert (answer.status_code, answer.json()["reason_code"]) == (413, "FILE_TOO_LARGE")
    assert answer.json()["error"]["type"] == "too_large"
    assert await total(client) == 0


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"Content-Length": str(200 << 20)}, "FILE_TOO_LARGE"),
        ({"Idempotency-Key": "two words"}, "IDEMPOTENCY_KEY_INVALID"),
        ({"Content-Type": "application/json"}, "FIELD_INVALID"),
        ({"Authorization": "Bearer nonsense"}, "AUTH_KEY_INVALID"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_what_the_headers_rule_out_is_refused_before_the_body_is_read(
    client: httpx2.AsyncClient, header: dict[str, str], reason: str
) -> None:
    asked: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        asked.append(b"--b--")
        yield asked[-1]

    headers = {"Content-Type": "multipart/form-data; boundary=b", **header}
    answer = await client.post(FILES, content=body(), headers=headers)
    assert (answer.json()["reason_code"], asked) == (reason, [])


async def test_only_an_upload_may_be_larger_than_other_bodies() -> None:
    assert is_upload({"type": "http", "method": "POST", "path": FILES})
    assert not is_upload({"type": "http", "method": "GET", "path": FILES})
    assert not is_upload({"type": "http", "method": "POST", "path": FILES + "/x"})
    assert not is_upload({"type": "http", "method": "POST", "path": "/v1/runs"})


async def test_a_link_expires_and_a_forged_one_opens_nothing(client: httpx2.AsyncClient, clock: ManualClock) -> None:
    _, link = await link_to(client, b"x")
    clock.advance(15 * 60 - 2)
    assert (await client.get(link)).content == b"x"
    assert (await client.get(link[:-8] + "AAAAAAAA")).status_code == 404
    clock.advance(2)
    late = await client.get(link)
    assert (late.status_code, late.json()["reason_code"]) == (410, "LINK_EXPIRED")


async def test_a_damaged_file_is_an_error_and_not_a_download_that_breaks_off(
    client: httpx2.AsyncClient, db: Database
) -> None:
    file_id, link = await link_to(client, b"x")
    async with db.transaction(SYSTEM) as tx:
        await tx.execute(text("UPDATE blob_chunks SET sealed = sealed || 'x' WHERE ref = :ref"), {"ref": file_id})
    answer = await client.get(link)
    assert (answer.status_code, answer.json()["reason_code"]) == (410, "CONTENT_DAMAGED")


async def test_an_upload_never_touches_a_temporary_file(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    assert (await upload(client, LARGE)).status_code == 201


@pytest.mark.parametrize("sent", [0, 100, 70_000, 1_500_000])
async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(
    client: httpx2.AsyncClient, tenant: Tenant, app: Door, db: Database, sent: int
) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = (head + LARGE)[:sent]
    pieces = [body[at : at + 65_536] for at in range(0, sent, 65_536)]
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": one, "more_body": True} for one in pieces]
    messages.append({"type": "http.disconnect"})
    answers: list[int] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        answers.append(message.get("status", 0))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": FILES,
        "raw_path": FILES.encode(),
        "query_string": b"",
        "headers": [
            (b"content-type", b"multipart/form-data; boundary=b"),
            (b"authorization", client.headers["authorization"].encode()),
        ],
    }
    await app(scope, receive, send)
    assert not {200, 201} & set(answers)
    assert await total(client) == 0
    async with db.transaction(of_workspace(tenant.workspace_id)) as tx:
        assert (await tx.execute(text("SELECT count(*) FROM blobs"))).scalar_one() == 0
