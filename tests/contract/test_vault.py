"""The vault over HTTP: the contract's section 7, and uploads that try to be something else."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from futurone_server.features.keys import Capability
from futurone_server.kit import limits
from house import Caller, Registry, Tenant, refusal

FILES = "/v1/vault/files"
LARGE = bytes(range(256)) * 4 * 1024 * 2  # two MiB: more than a JSON body may have
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def upload(caller: Caller, content: bytes, name: str = "notes.md", **more: Any) -> httpx2.Response:
    return caller.post(FILES, files={"file": (name, content, "text/plain")}, **more)


def stored(caller: Caller, content: bytes, name: str = "notes.md", **more: Any) -> Any:
    answer = upload(caller, content, name, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def steady(file: Any) -> Any:
    """A file without how far it is indexed, which changes by itself."""
    return {name: value for name, value in file.items() if name != "index_state"}


def names(caller: Caller, **query: Any) -> list[str]:
    return [file["name"] for file in caller.get(FILES, params=query).json()["data"]]


def test_a_file_goes_up_is_listed_described_downloaded_and_deleted(live: Caller, stranger: Caller) -> None:
    file = steady(stored(live, LARGE))
    assert file == {
        "id": file["id"],
        "name": "notes.md",
        "type": "application/octet-stream",
        "size": len(LARGE),
        "folder_id": None,
        "sha256": hashlib.sha256(LARGE).hexdigest(),
        "created_at": file["created_at"],
        "updated_at": file["created_at"],
    }
    listed = live.get(FILES).json()
    assert [steady(one) for one in listed["data"]] == [file]
    assert listed["pagination"]["total"] == 1
    single = live.get(f"{FILES}/{file['id']}").json()["data"]
    assert steady(single) == {**file, "download_url": single["download_url"], "shared_with": []}
    link = live.get(f"{FILES}/{file['id']}/download").json()["data"]
    assert link.keys() == {"url", "expires_at"}
    for url in (link["url"], single["download_url"]):
        assert stranger.get(url).content == LARGE
    deleted = live.ask("DELETE", f"{FILES}/{file['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for url in (f"{FILES}/{file['id']}", f"{FILES}/{file['id']}/download", link["url"]):
        assert refusal(live.get(url)) == (404, "NOT_FOUND")
    assert refusal(live.ask("DELETE", f"{FILES}/{file['id']}")) == (404, "NOT_FOUND")


def test_another_workspaces_file_is_as_absent_as_one_that_never_was(live: Caller, registry: Registry) -> None:
    file = stored(live, b"mine")
    other = Caller(live.http, registry.tenant().live)
    for file_id in (file["id"], "file_" + "0" * 26, "nonsense", "file_%00"):
        for method, path in (("GET", ""), ("GET", "/download"), ("DELETE", "")):
            assert refusal(other.ask(method, f"{FILES}/{file_id}{path}")) == (404, "NOT_FOUND")
    assert names(other) == []
    assert names(live) == ["notes.md"]


def test_the_name_field_replaces_the_senders_name(live: Caller) -> None:
    file = stored(live, b"a,b\n1,2\n", data={"name": "table.csv", "folder_id": ""})
    assert (file["name"], file["type"]) == ("table.csv", "text/csv")


def test_uploads_answer_under_every_spelling_of_their_path(live: Caller) -> None:
    for path in ("/api/v1/vault/files", "/v1/vault/files/", "/api/v1/vault/files/"):
        assert live.post(path, files={"file": ("large.bin", LARGE)}).status_code == 201
    assert live.get("/api/v1/vault/files/").json()["pagination"]["total"] == 3


def test_lists_filter_and_page_as_they_say(live: Caller) -> None:
    for name in ("alpha.md", "beta.md", "alphabet.csv"):
        stored(live, b"words", name)
    assert names(live, search="ALPHA") == ["alphabet.csv", "alpha.md"]
    assert names(live, type="md") == ["beta.md", "alpha.md"]
    assert names(live, type="text/*", limit=1) == ["alphabet.csv"]
    assert names(live, type="text/csv", search="", folder_id="") == ["alphabet.csv"]
    assert names(live, limit=1, page=2) == ["beta.md"]
    assert names(live, limit=2, offset=2) == ["alpha.md"]
    for query in ({"limit": "2"}, {"limit": "2", "search": "a"}):
        page = live.get(FILES, params=query).json()["pagination"]
        assert (page["total"], page["hasMore"]) == (3, True)
        rest = live.get(FILES, params={**query, "cursor": page["next_cursor"]}).json()
        assert [file["name"] for file in rest["data"]] == ["alpha.md"]
        assert rest["pagination"]["hasMore"] is False


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
def test_a_list_that_cannot_be_is_refused_by_name(live: Caller, query: str, reason: str, field: str) -> None:
    answer = live.get(f"{FILES}?{query}")
    assert refusal(answer) == (400, reason)
    assert answer.json()["error"]["details"]["field"] == field


def test_an_idempotent_upload_is_replayed_and_a_reused_key_refused(live: Caller) -> None:
    header = {"Idempotency-Key": "upload-1"}
    first = upload(live, LARGE, headers=header)
    again = upload(live, LARGE, headers=header)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"data": again.json()["data"], "replayed": True}
    assert steady(again.json()["data"]) == steady(first.json()["data"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refusal(upload(live, LARGE[:-1], headers=header)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert refusal(upload(live, LARGE, "other.md", headers=header)) == (409, "IDEMPOTENCY_KEY_REUSED")
    # Another spelling of the same request: the field says what the sender's name said.
    assert upload(live, LARGE, "x", data={"name": "notes.md"}, headers=header).status_code == 200
    assert live.get(FILES).json()["pagination"]["total"] == 1
    live.ask("DELETE", f"{FILES}/{first.json()['data']['id']}")
    assert upload(live, LARGE, headers=header).status_code == 410


def test_concurrent_duplicates_collapse_into_one_file(live: Caller) -> None:
    header = {"Idempotency-Key": "upload-2"}
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: upload(live, b"same", headers=header), range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


def test_a_malformed_idempotency_key_stores_nothing(live: Caller) -> None:
    assert refusal(upload(live, b"x", headers={"Idempotency-Key": "two words"})) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert names(live) == []


def test_a_client_that_sends_too_much_gets_to_read_why_it_is_refused(live: Caller) -> None:
    answer = upload(live, bytes(limits.UPLOAD_BYTES_MAX + limits.FORM_OVERHEAD_BYTES_MAX))
    assert refusal(answer) == (413, "FILE_TOO_LARGE")
    assert names(live) == []


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/json", b'{"file": "x"}', "FIELD_INVALID"),
        ("application/x-www-form-urlencoded", b"file=x", "FIELD_INVALID"),
        ("multipart/form-data", b"--b\r\n", "FIELD_INVALID"),
        ("multipart/form-data; boundary=b", b"--other\r\n\r\n", "MALFORMED_FORM"),
        ("multipart/form-data; boundary=b", b"", "MALFORMED_FORM"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", "FIELD_MISSING"),
    ],
)
def test_a_body_that_is_no_upload_is_an_invalid_request(
    live: Caller, content_type: str, body: bytes, reason: str
) -> None:
    answer = live.post(FILES, content=body, headers={"Content-Type": content_type})
    assert refusal(answer) == (400, reason)


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
    ids=["path", "NUL", "reversed", "RFC 8187", "3 kB", "10 kB", "empty", "invisible"],
)
def test_a_hostile_file_name_becomes_harmless_or_is_refused(live: Caller, disposition: bytes, name: str | None) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; ' + disposition + b"\r\n\r\nx\r\n--b--\r\n"
    answer = live.post(FILES, content=body, headers=FORM)
    if name is None:
        assert answer.status_code == 400
        assert "name" in answer.json()["error"]["message"]
    else:
        assert answer.status_code == 201
        assert answer.json()["data"]["name"] == name


def test_what_a_browser_could_run_is_handed_out_as_something_to_save(live: Caller, stranger: Caller) -> None:
    page = b"<!doctype html><script>alert(document.cookie)</script>"
    file = stored(live, page, 'Übel "x".txt')
    assert (file["name"], file["type"]) == ('Übel "x".txt', "text/html")
    answer = stranger.get(live.get(f"{FILES}/{file['id']}/download").json()["data"]["url"])
    assert answer.content == page
    wanted = {
        "content-type": "text/html",
        "content-length": str(len(page)),
        "content-disposition": "attachment; filename=\"_bel _x_.txt\"; filename*=UTF-8''%C3%9Cbel%20%22x%22.txt",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    assert {name: answer.headers.get(name) for name in wanted} == wanted


def test_each_call_needs_its_capability(live: Caller, workspace: Tenant, registry: Registry, stranger: Caller) -> None:
    one = f"{FILES}/{stored(live, b'x')['id']}"
    reader, writer = (
        Caller(live.http, registry.key(workspace, capabilities=frozenset({capability})))
        for capability in (Capability.VAULT_READ, Capability.VAULT_WRITE)
    )
    for method, path, needed in (
        ("POST", FILES, "vault:write"),
        ("DELETE", one, "vault:write"),
        ("GET", FILES, "vault:read"),
        ("GET", one, "vault:read"),
        ("GET", f"{one}/download", "vault:read"),
    ):
        more: dict[str, Any] = {"files": {"file": ("a.md", b"x")}} if method == "POST" else {}
        refused = (reader if needed == "vault:write" else writer).ask(method, path, **more)
        assert refusal(refused) == (403, "CAPABILITY_MISSING")
        assert refused.json()["error"]["details"] == {"capability": needed}
        assert refusal(stranger.ask(method, path, **more)) == (401, "AUTH_MISSING_HEADER")


def test_a_run_is_not_made_of_a_file_that_is_not_there(live: Caller) -> None:
    absent = "file_" + "0" * 26
    answer = live.post("/v1/runs", {"agent": "research", "task": "What does it say?", "files": [absent]})
    assert refusal(answer) == (400, "FIELD_INVALID")
    assert answer.json()["error"]["details"]["field"] == "files"
    assert absent in answer.json()["error"]["message"]
