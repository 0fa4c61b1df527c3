"""What a path answers to methods: HEAD like GET without a body, and 405 with all that it has."""

import re

import httpx2
import pytest

from contract.asking import Ids, possessions
from contract.routes import ALL, GETS, One
from house import Caller, Registry, Tenant, refusal


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owner(http: httpx2.Client, crowd: Tenant) -> Caller:
    return Caller(http, crowd.live)


@pytest.fixture(scope="module")
def owned(owner: Caller) -> Ids:
    return possessions(owner)


@pytest.mark.parametrize("path", sorted({one.path for one in ALL}))
def test_a_method_that_a_path_does_not_have_is_answered_with_all_it_has(path: str, owner: Caller, owned: Ids) -> None:
    there = {one.method for one in ALL if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one.path), path)}
    there |= {"HEAD"} if "GET" in there else set()
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} - there:
        answer = owner.ask(method, path.format(**vars(owned)))
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == there
        if method != "HEAD":
            assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
            assert method in answer.json()["error"]["message"]


@pytest.mark.parametrize("one", GETS, ids=str)
def test_head_answers_like_get_without_a_body(one: One, owner: Caller, owned: Ids) -> None:
    is_stream = "/events" in one.path
    headers = {"Last-Event-ID": "1"} if is_stream else {}
    got, head = (owner.ask(method, one.at(owned), headers=headers) for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    if not is_stream and one.path != "/v1/vault/files/{file_id}/download":
        assert head.headers.get("content-length") == got.headers.get("content-length")


@pytest.mark.parametrize("one", [one for one in GETS if one.takes_key], ids=str)
def test_head_without_a_key_is_refused_without_a_body(one: One, stranger: Caller) -> None:
    answer = stranger.ask("HEAD", one.at(Ids()))
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["content-type"] == "application/json"


def test_head_of_a_stream_that_goes_on_opens_none(http: httpx2.Client, crowd: Tenant) -> None:
    scripted = Caller(http, crowd.test)
    run = scripted.finished("[test:input]")
    for path in ("events", "events/stream"):
        answer = scripted.ask("HEAD", f"/v1/runs/{run['id']}/{path}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
