"""The vault over HTTP: the contract's section 7, and uploads that try to be something else."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import text

from futurone_server.api.app import make_app
from futurone_server.api.vault.routes import is_upload
from futurone_server.features.keys import Capability
from futurone_server.kit import limits
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.main import Server
from futurone_server.store.database import APP_ROLE, SYSTEM, Database, of_workspace
from futurone_server.web.door import Door
from house import Tenant, open_server, order

if TYPE_CHECKING:
    from conftest import Databases

pytestmark = pytest.mark.anyio
FILES = "/v1/vault/files"
LARGE = bytes(range(256)) * 4 * 1024 * 2  # two MiB: more than a JSON body may have
PUBLIC = "http://127.0.0.1:3000"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture(scope="module")
def vault_database(databases: "Databases") -> Iterator[str]:
    url = databases.fresh()
    yield url
    databases.drop(url)


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
async def client(tenant: Tenant, app: Door) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {tenant.live}"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://server", headers=headers
    ) as found:
        yield found


async def upload(client: httpx2.AsyncClient, content: bytes, name: str = "notes.md", **more: Any) -> httpx2.Response:
    return await client.post(FILES, files={"file": (name, content, "text/plain")}, **more)


async def key_with(house: Server, tenant: Tenant, capability: Capability) -> dict[str, str]:
    minted = await house.desk.keys.create(tenant.owner, order(capabilities=frozenset({capability})))
    return {"Authorization": f"Bearer {minted.token}"}


async def test_a_file_goes_up_is_listed_described_downloaded_and_deleted(client: httpx2.AsyncClient) -> None:
    made = await upload(client, LARGE)
    assert made.status_code == 201
    file = made.json()["data"]
    assert made.json().keys() == {"data"}
    assert file == {
        "id": file["id"],
        "name": "notes.md",
        "type": "application/octet-stream",
        "size": len(LARGE),
        "folder_id": None,
        "sha256": hashlib.sha256(LARGE).hexdigest(),
        "index_state": "pending",
        "created_at": file["created_at"],
        "updated_at": file["created_at"],
    }
    listed = (await client.get(FILES)).json()
    assert listed["data"] == [file]
    assert listed["pagination"]["total"] == 1
    single = (await client.get(f"{FILES}/{file['id']}")).json()["data"]
    assert single == {**file, "download_url": single["download_url"], "shared_with": []}
    link = (await client.get(f"{FILES}/{file['id']}/download")).json()["data"]
    assert link.keys() == {"url", "expires_at"}
    for url in (link["url"], single["download_url"]):
        assert url.startswith(f"{PUBLIC}/v1/vault/download/")
        assert (await client.get(url.removeprefix(PUBLIC), headers={"Authorization": ""})).content == LARGE
    deleted = await client.delete(f"{FILES}/{file['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for url in (f"{FILES}/{file['id']}", f"{FILES}/{file['id']}/download", link["url"].removeprefix(PUBLIC)):
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")


async def test_the_name_field_replaces_the_senders_name(client: httpx2.AsyncClient) -> None:
    made = await upload(client, b"a,b\n1,2\n", data={"name": "table.csv", "folder_id": ""})
    assert (made.json()["data"]["name"], made.json()["data"]["type"]) == ("table.csv", "text/csv")


async def test_the_same_application_answers_under_its_aliases(client: httpx2.AsyncClient) -> None:
    for path in ("/api/v1/vault/files", "/v1/vault/files/", "/api/v1/vault/files/"):
        made = await client.post(path, files={"file": ("large.bin", LARGE)})
        assert made.status_code == 201
    assert (await client.get("/api/v1/vault/files/")).json()["pagination"]["total"] == 3


async def test_lists_filter_and_page_as_they_say(client: httpx2.AsyncClient, clock: ManualClock) -> None:
    for name in ("alpha.md", "beta.md", "alphabet.csv"):
        await upload(client, b"words", name)
        clock.advance(1)
    for query, names in (
        ("search=ALPHA", ["alphabet.csv", "alpha.md"]),
        ("type=md", ["beta.md", "alpha.md"]),
        ("type=text/*&limit=1", ["alphabet.csv"]),
        ("type=text/csv&search=", ["alphabet.csv"]),
        ("limit=1&page=2", ["beta.md"]),
        ("limit=2&offset=2", ["alpha.md"]),
    ):
        answer = await client.get(f"{FILES}?{query}")
        assert [file["name"] for file in answer.json()["data"]] == names, query
    first = (await client.get(f"{FILES}?limit=2&search=a")).json()
    rest = await client.get(FILES, params={"limit": 2, "search": "a", "cursor": first["pagination"]["next_cursor"]})
    assert [file["name"] for file in rest.json()["data"]] == ["alpha.md"]
    assert rest.json()["pagination"]["hasMore"] is False


@pytest.mark.parametrize(
    ("query", "reason", "field"),
    [
        ("folder_id=folder_1", "FIELD_INVALID", "folder_id"),
        ("type=%00", "FIELD_INVALID", "type"),
        ("type=text/%00", "FIELD_INVALID", "type"),
        ("kind=md", "UNKNOWN_FIELD", "kind"),
        ("cursor=forged", "INVALID_CURSOR", "cursor"),
        ("search=" + "x" * 300, "FIELD_INVALID", "search"),
        ("limit=0", "FIELD_INVALID", "limit"),
    ],
)
async def test_a_list_that_cannot_be_is_refused_by_name(
    client: httpx2.AsyncClient, query: str, reason: str, field: str
) -> None:
    answer = await client.get(f"{FILES}?{query}")
    assert answer.status_code == 400
    assert answer.json()["reason_code"] == reason
    assert answer.json()["error"]["details"]["field"] == field


async def test_an_idempotent_upload_is_replayed_and_a_reused_key_refused(client: httpx2.AsyncClient) -> None:
    header = {"Idempotency-Key": "upload-1"}
    first = await upload(client, LARGE, headers=header)
    again = await upload(client, LARGE, headers=header)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"data": first.json()["data"], "replayed": True}
    assert again.headers["Idempotent-Replayed"] == "true"
    for other in (
        await upload(client, LARGE[:-1], headers=header),
        await upload(client, LARGE, "other.md", headers=header),
    ):
        assert (other.status_code, other.json()["reason_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    # Another spelling of the same request: the field says what the sender's name said.
    spelled = await upload(client, LARGE, "x", data={"name": "notes.md"}, headers=header)
    assert spelled.status_code == 200
    assert (await client.get(FILES)).json()["pagination"]["total"] == 1
    await client.delete(f"{FILES}/{first.json()['data']['id']}")
    gone = await upload(client, LARGE, headers=header)
    assert (gone.status_code, gone.json()["error"]["type"]) == (410, "gone")


async def test_concurrent_duplicates_collapse_into_one_file(client: httpx2.AsyncClient) -> None:
    header = {"Idempotency-Key": "upload-2"}
    answers = await asyncio.gather(*[upload(client, b"same", headers=header) for _ in range(12)])
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


async def test_a_malformed_idempotency_key_is_refused_before_the_body_is_read(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, b"x", headers={"Idempotency-Key": "two words"})
    assert (answer.status_code, answer.json()["reason_code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert (await client.get(FILES)).json()["pagination"]["total"] == 0


async def test_a_file_over_the_limit_is_refused_and_nothing_is_stored(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_BYTES_MAX", len(LARGE) - 1)
    answer = await upload(client, LARGE)
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "too_large"
    assert answer.json()["reason_code"] == "FILE_TOO_LARGE"
    assert (await client.get(FILES)).json()["pagination"]["total"] == 0


async def test_a_body_that_announces_more_than_the_limit_is_refused_unread(client: httpx2.AsyncClient) -> None:
    asked: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        asked.append(b"--b--")
        yield asked[-1]

    headers = {"Content-Length": str(200 << 20), "Content-Type": "multipart/form-data; boundary=b"}
    answer = await client.post(FILES, content=body(), headers=headers)
    assert (answer.status_code, answer.json()["reason_code"], asked) == (413, "FILE_TOO_LARGE", [])


async def test_only_an_upload_may_be_larger_than_other_bodies() -> None:
    assert is_upload({"type": "http", "method": "POST", "path": FILES})
    assert not is_upload({"type": "http", "method": "GET", "path": FILES})
    assert not is_upload({"type": "http", "method": "POST", "path": FILES + "/x"})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"file": "x"}'),
        ("application/x-www-form-urlencoded", b"file=x"),
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--other\r\n\r\n"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
    ],
)
async def test_a_body_that_is_no_upload_is_an_invalid_request(
    client: httpx2.AsyncClient, content_type: str, body: bytes
) -> None:
    answer = await client.post(FILES, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="../../etc/passwd"', "passwd"),
        (b'filename="a\x00b.txt"', "ab.txt"),
        ('filename="\u202egpj.exe"'.encode(), "gpj.exe"),
        (b"filename*=UTF-8''..%2F%E2%80%AEgpj.exe", "gpj.exe"),
        (b'filename="' + b"x" * 3_000 + b'.md"', "x" * 252 + ".md"),
        (b'filename="' + b"x" * 10_000 + b'.md"', None),
        (b'filename=""', None),
        (b'filename="\xe2\x80\x8f"', None),
    ],
)
async def test_a_hostile_file_name_becomes_harmless_or_is_refused(
    client: httpx2.AsyncClient, disposition: bytes, name: str | None
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; ' + disposition + b"\r\n\r\nx\r\n--b--\r\n"
    answer = await client.post(FILES, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    if name is None:
        assert answer.status_code == 400
        assert "name" in answer.json()["error"]["message"]
    else:
        assert answer.status_code == 201
        assert answer.json()["data"]["name"] == name


async def test_what_a_browser_could_run_is_handed_out_as_something_to_save(client: httpx2.AsyncClient) -> None:
    page = b"<!doctype html><script>alert(document.cookie)</script>"
    made = (await upload(client, page, 'Übel "x".txt')).json()["data"]
    assert made["type"] == "text/html"
    link = (await client.get(f"{FILES}/{made['id']}/download")).json()["data"]["url"].removeprefix(PUBLIC)
    answer = await client.get(link)
    assert answer.content == page
    assert answer.headers["content-length"] == str(len(page))
    wanted = {
        "content-type": "text/html",
        "content-disposition": "attachment; filename=\"_bel _x_.txt\"; filename*=UTF-8''%C3%9Cbel%20%22x%22.txt",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted


async def test_a_link_expires_and_a_forged_one_opens_nothing(client: httpx2.AsyncClient, clock: ManualClock) -> None:
    made = (await upload(client, b"x")).json()["data"]
    link = (await client.get(f"{FILES}/{made['id']}/download")).json()["data"]["url"].removeprefix(PUBLIC)
    forged = await client.get(link[:-8] + "AAAAAAAA")
    assert forged.status_code == 404
    clock.advance(15 * 60)
    late = await client.get(link)
    assert (late.status_code, late.json()["reason_code"]) == (410, "LINK_EXPIRED")


async def test_a_damaged_file_is_an_error_and_not_a_download_that_breaks_off(
    client: httpx2.AsyncClient, db: Database
) -> None:
    made = (await upload(client, b"x")).json()["data"]
    link = (await client.get(f"{FILES}/{made['id']}/download")).json()["data"]["url"].removeprefix(PUBLIC)
    async with db.transaction(SYSTEM) as tx:
        await tx.execute(text("UPDATE blob_chunks SET sealed = sealed || 'x' WHERE ref = :ref"), {"ref": made["id"]})
    answer = await client.get(link)
    assert (answer.status_code, answer.json()["reason_code"]) == (410, "CONTENT_DAMAGED")


async def test_each_call_needs_its_capability(house: Server, tenant: Tenant, client: httpx2.AsyncClient) -> None:
    made = (await upload(client, b"x")).json()["data"]
    reader = await key_with(house, tenant, Capability.VAULT_READ)
    writer = await key_with(house, tenant, Capability.VAULT_WRITE)
    one = f"{FILES}/{made['id']}"
    for refused, capability in (
        (await client.post(FILES, files={"file": ("a.md", b"x")}, headers=reader), "vault:write"),
        (await client.delete(one, headers=reader), "vault:write"),
        (await client.get(FILES, headers=writer), "vault:read"),
        (await client.get(one, headers=writer), "vault:read"),
        (await client.get(f"{one}/download", headers=writer), "vault:read"),
    ):
        assert (refused.status_code, refused.json()["error"]["details"]) == (403, {"capability": capability})
    for missing in (client.post(FILES, files={"file": ("a.md", b"x")}, headers={"Authorization": ""}),):
        assert (await missing).status_code == 401


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
    messages = [
        {"type": "http.request", "body": body[at : at + 65_536], "more_body": True} for at in range(0, sent, 65_536)
    ]
    messages.append({"type": "http.disconnect"})
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

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
    assert not any(answer.get("status") in (200, 201) for answer in answers)
    assert (await client.get(FILES)).json()["pagination"]["total"] == 0
    async with db.transaction(of_workspace(tenant.workspace_id)) as tx:
        assert (await tx.execute(text("SELECT count(*) FROM blobs"))).scalar_one() == 0


async def test_a_run_is_not_made_of_a_file_that_is_not_there(client: httpx2.AsyncClient) -> None:
    body = {"agent": "research", "task": "What does it say?", "files": ["file_" + "0" * 26]}
    answer = await client.post("/v1/runs", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"] == "files"
    assert "file_" + "0" * 26 in answer.json()["error"]["message"]
