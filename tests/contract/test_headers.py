"""Headers that mean something: one of each, and of the form that they have, on every route that takes them."""

import httpx2
import pytest

from contract.asking import Ids
from contract.routes import ALL, GETS, One
from house import Caller, refusal


@pytest.mark.parametrize("one", [one for one in ALL if one.method == "POST"], ids=str)
@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a b", b"\xe9"], ids=["empty", "long", "blank", "no ASCII"])
def test_an_idempotency_key_that_is_none_is_refused_whatever_is_posted(one: One, key: bytes, live: Caller) -> None:
    headers = [(b"Authorization", live.headers["Authorization"].encode()), (b"Idempotency-Key", key)]
    answer = live.http.request(one.method, one.at(Ids()), headers=headers)
    assert refusal(answer) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert answer.json()["error"]["details"] == {"field": "Idempotency-Key"}


def twice(caller: Caller, method: str, path: str, name: str, values: tuple[str, str]) -> httpx2.Response:
    headers = [*caller.headers.items(), *((name, value) for value in values)]
    return caller.http.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)


@pytest.mark.parametrize("one", [one for one in ALL if one.method == "POST"], ids=str)
def test_a_body_has_one_media_type(one: One, live: Caller) -> None:
    for values in (("application/json", "text/plain"), ("application/json", "application/json")):
        answer = twice(live, one.method, one.at(Ids()), "Content-Type", values)
        assert refusal(answer) == (400, "FIELD_INVALID")
        assert answer.json()["error"]["details"] == {"field": "Content-Type"}


@pytest.mark.parametrize("one", [one for one in GETS if "/events" in one.path], ids=str)
def test_a_stream_goes_on_from_one_place(one: One, scripted: Caller) -> None:
    run = scripted.finished()
    answer = twice(scripted, "GET", one.at(Ids(run_id=run["id"])), "Last-Event-ID", ("1", "2"))
    assert refusal(answer) == (400, "FIELD_INVALID")
    assert answer.json()["error"]["details"] == {"field": "Last-Event-ID"}
