"""What holds for every request: paths, request ids, media types, the one error body. Section 1 of the contract."""

import httpx2
import pytest

from contract.document import Document
from futurone_server.api.errors import TABLE, answer
from futurone_server.kit import errors, json
from house import Caller, Process, refusal

SPELLINGS = ("/v1/runs", "/v1/runs/", "/api/v1/runs", "/api/v1/runs/")


@pytest.mark.parametrize("path", SPELLINGS)
def test_both_bases_answer_with_and_without_a_trailing_slash_and_never_by_redirect(path: str, scripted: Caller) -> None:
    made = scripted.post(path, {"agent": "research", "task": "[test:complete]"})
    assert made.status_code == 201
    assert scripted.get(path).json()["data"][0]["id"] == made.json()["id"]


def test_every_get_answers_the_same_under_both_bases(document: Document, live: Caller) -> None:
    for method, path, _ in document.operations.values():
        if method != "GET" or "{" in path or not path.startswith("/v1/"):
            continue
        one, other = live.get(path), live.get(f"/api{path}/")
        expected = 403 if path.startswith("/v1/session") else 200  # those are for people
        assert one.status_code == other.status_code == expected, path
        if path != "/v1/whoami" and expected == 200:
            assert one.json() == other.json(), path


def test_a_stream_answers_under_both_bases(scripted: Caller) -> None:
    run = scripted.finished()
    plain = scripted.get(f"/v1/runs/{run['id']}/events").content
    assert scripted.get(f"/api/v1/runs/{run['id']}/events/").content == plain


def test_two_requests_never_have_the_same_request_id(live: Caller) -> None:
    ids = {live.get("/v1/runs").headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(one.startswith("req_") and len(one) == 30 for one in ids)


def test_a_run_remembers_the_id_of_the_request_that_created_it(scripted: Caller) -> None:
    made = scripted.post("/v1/runs", {"agent": "research", "task": "[test:complete]"})
    assert made.json()["request_id"] == made.headers["x-request-id"]
    again = scripted.get(f"/v1/runs/{made.json()['id']}")
    assert again.json()["request_id"] == made.headers["x-request-id"] != again.headers["x-request-id"]


def test_a_caller_cannot_choose_the_request_id(live: Caller) -> None:
    answered = live.get("/v1/whoami", headers={"X-Request-Id": "req_mine"})
    assert answered.headers.get_list("x-request-id")[0].startswith("req_1")
    assert len(answered.headers.get_list("x-request-id")) == 1


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/runs", "/v1/nothing", "/favicon.ico", "/v1/runs/x/y/z", "/%2e%2e/etc"]
)
@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
def test_unknown_paths_answer_with_the_error_body_to_browsers_too(path: str, accept: str, stranger: Caller) -> None:
    assert refusal(stranger.get(path, headers={"Accept": accept})) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/runs"), ("PATCH", "/v1/whoami"), ("OPTIONS", "/v1/runs")])
def test_a_method_that_a_path_does_not_have_is_an_error_that_names_the_others(
    method: str, path: str, live: Caller
) -> None:
    answered = live.ask(method, path)
    assert refusal(answered) == (405, "METHOD_NOT_ALLOWED")
    assert answered.headers["allow"]


WIRE = {
    (400, "invalid_request", "VALIDATION_ERROR"),
    (401, "authentication_error", "UNAUTHORIZED"),
    (403, "permission_error", "FORBIDDEN"),
    (404, "not_found", "NOT_FOUND"),
    (409, "conflict", "CONFLICT"),
    (410, "gone", "GONE"),
    (413, "too_large", "VALIDATION_ERROR"),
    (429, "rate_limited", "RATE_LIMITED"),
    (503, "server_error", "INTERNAL_ERROR"),
}


def descendants(kind: type[errors.Refusal]) -> list[type[errors.Refusal]]:
    return [each for child in kind.__subclasses__() for each in (child, *descendants(child))]


def test_the_table_of_errors_is_the_contracts() -> None:
    assert set(TABLE.values()) == WIRE
    kinds = [kind for kind in descendants(errors.Refusal) if not kind.__subclasses__()]
    assert kinds
    assert [kind for kind in kinds if len(set(TABLE) & set(kind.__mro__)) != 1] == []


def provoke(status: int, scripted: Caller, weak: Caller, stranger: Caller) -> httpx2.Response:
    """An answer of this status, from the real server."""
    if status == 400:
        return scripted.post("/v1/runs", {})
    if status == 401:
        return stranger.get("/v1/runs")
    if status == 403:
        return weak.get("/v1/runs")
    if status == 404:
        return scripted.get("/v1/runs/fo_run_00000000000000000000000000")
    run = scripted.finished()["id"]
    if status == 409:
        return scripted.post(f"/v1/runs/{run}/cancel")
    if status == 410:
        scripted.post(f"/v1/runs/{run}/ack")
        return scripted.post(f"/v1/runs/{run}/rerun")
    return scripted.post("/v1/runs", {"agent": "research", "task": "x" * (1 << 20)})


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "FIELD_MISSING"),
        (401, "AUTH_MISSING_HEADER"),
        (403, "CAPABILITY_MISSING"),
        (404, "NOT_FOUND"),
        (409, "RUN_ALREADY_TERMINAL"),
        (410, "CONTENT_ERASED"),
        (413, "BODY_TOO_LARGE"),
    ],
)
def test_every_class_of_error_has_its_status_type_code_and_reason(
    status: int, reason: str, scripted: Caller, weak: Caller, stranger: Caller
) -> None:
    answered = provoke(status, scripted, weak, stranger)
    assert refusal(answered) == (status, reason)
    error = answered.json()["error"]
    assert (status, error["type"], error["code"]) in WIRE


def test_a_defect_says_nothing_about_itself() -> None:
    status, body, _ = answer(ValueError("password=hunter2"), "req_1")
    told = json.load(body)
    assert isinstance(told, dict)
    assert status == 500
    assert b"hunter2" not in body
    assert b"ValueError" not in body
    assert told["reason_code"] == "INTERNAL"
    assert told["request_id"] == "req_1"


@pytest.mark.parametrize(
    ("refused", "status"),
    [(errors.RateLimited("Slow down.", retry_after_s=30), 429), (errors.Unavailable("Away."), 503)],
)
def test_what_passes_says_when_to_try_again(refused: errors.Refusal, status: int) -> None:
    given, _, headers = answer(refused, "req_1")
    assert given == status
    assert int(dict(headers)[b"retry-after"]) >= 1


def test_refused_credentials_come_with_the_challenge_that_http_asks_for(stranger: Caller) -> None:
    assert stranger.get("/v1/runs").headers["www-authenticate"] == 'Bearer realm="futurone"'


def test_health_and_version_need_no_key(stranger: Caller) -> None:
    assert stranger.get("/health/live").json() == {"status": "ok"}
    assert stranger.get("/health/ready").json() == {"status": "ok"}
    assert stranger.get("/health/deps").json() == {"data": {"database": "ok"}}
    assert stranger.get("/v1/version").json() == {"data": {"version": "0.9.0", "api": "v1"}}


def test_answers_do_not_say_what_software_gives_them(stranger: Caller) -> None:
    assert "server" not in stranger.get("/health/live").headers


def test_whoami_names_the_key_its_workspace_and_what_it_may_do(weak: Caller, live: Caller) -> None:
    told = live.get("/v1/whoami").json()["data"]
    assert told["organization_id"].startswith("ws_")
    assert told["key"]["mode"] == "live"
    assert "runs:create" in told["capabilities"]
    assert weak.get("/v1/whoami").json()["data"]["capabilities"] == ["usage:read"]


def test_the_ready_line_holds_what_a_first_caller_needs(server: Process) -> None:
    assert {"event", "url", "pid", "key", "key_id", "secret", "test_key", "setup_url"} == set(server.ready)
    assert server.ready["url"].count("/") == 2
    with httpx2.Client(base_url=server.url) as client:
        for key in (
            server.ready["key"],
            server.ready["test_key"],
            f"{server.ready['key_id']}:{server.ready['secret']}",
        ):
            assert Caller(client, key).get("/v1/whoami").status_code == 200


def test_a_fresh_server_has_no_model_and_lists_none(live: Caller) -> None:
    answer = live.get("/v1/models").json()
    assert answer["data"] == []
    assert answer["pagination"]["total"] == 0
