"""Every type of error is a class of its own that says what happened and which request to quote."""

import pickle

import pytest

from futurone import (
    APIError,
    AuthenticationError,
    ConflictError,
    FuturOne,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TooLargeError,
)
from sdk.standin import Answer, StandIn, as_json, refusal

TABLE = [
    (400, "invalid_request", InvalidRequestError),
    (401, "authentication_error", AuthenticationError),
    (403, "permission_error", PermissionDeniedError),
    (404, "not_found", NotFoundError),
    (409, "conflict", ConflictError),
    (410, "gone", GoneError),
    (413, "too_large", TooLargeError),
    (429, "rate_limited", RateLimitError),
    (501, "server_error", ServerError),
]


def _failure(client: FuturOne, server: StandIn, answer: Answer) -> APIError:
    server.on("GET", "/v1/runs/r", answer)
    with pytest.raises(APIError) as caught:
        client.runs.get("r")
    return caught.value


@pytest.mark.parametrize(("status", "error_type", "expected"), TABLE)
def test_each_type_of_error_has_its_class_with_everything_the_server_said(
    client: FuturOne, server: StandIn, status: int, error_type: str, expected: type[APIError]
) -> None:
    error = _failure(client, server, refusal(status, error_type, "SOME_REASON", retry_after="90"))
    assert type(error) is expected
    assert (error.status, error.type, error.code, error.reason_code) == (status, error_type, "SOME_CODE", "SOME_REASON")
    assert (error.message, error.details, error.request_id) == (f"refused as {error_type}", {"field": "x"}, "req_1")
    assert error.retry_after == 90
    assert str(error) == f"refused as {error_type} (request req_1)"


@pytest.mark.parametrize(("status", "_type", "expected"), TABLE)
def test_an_error_from_something_in_between_is_known_by_its_status(
    client: FuturOne, server: StandIn, status: int, _type: str, expected: type[APIError]
) -> None:
    page = Answer(status=status, body=b"<html>gateway</html>", headers={"x-request-id": "req_9", "retry-after": "90"})
    error = _failure(client, server, page)
    assert type(error) is expected
    assert (error.type, error.request_id) == (None, "req_9")
    assert str(status) in str(error)


@pytest.mark.parametrize("status", [301, 402, 418])
def test_an_unknown_status_is_an_api_error_and_no_redirect_is_followed(
    client: FuturOne, server: StandIn, status: int
) -> None:
    error = _failure(client, server, Answer(status=status, headers={"location": f"{server.url}/elsewhere"}))
    assert type(error) is APIError
    assert len(server.seen) == 1


def test_a_new_type_of_error_falls_back_to_its_status(client: FuturOne, server: StandIn) -> None:
    error = _failure(client, server, refusal(409, "made_up_later"))
    assert type(error) is ConflictError
    assert error.type == "made_up_later"


def test_an_error_that_is_only_a_string_is_understood(client: FuturOne, server: StandIn) -> None:
    body = {"error": "no such run", "reason_code": "NOT_FOUND", "request_id": "req_2"}
    error = _failure(client, server, as_json(body, status=404))
    assert str(error) == "no such run (request req_2)"


@pytest.mark.parametrize("body", [b"[]", b'{"error": 7}', b'{"error": {"type": 3}}', b"[" * 100_000, b"\xff"])
def test_an_error_body_of_any_shape_is_still_the_error_of_its_status(
    client: FuturOne, server: StandIn, body: bytes
) -> None:
    assert type(_failure(client, server, Answer(status=404, body=body))) is NotFoundError


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"[]", b'{"id": "r"}', b""])
def test_a_success_that_is_no_answer_of_this_api_is_said_plainly(
    client: FuturOne, server: StandIn, body: bytes
) -> None:
    error = _failure(client, server, Answer(body=body))
    assert type(error) is ServerError
    assert error.reason_code == "INVALID_RESPONSE"
    assert "Is the base URL right?" in str(error)


def test_an_error_survives_the_way_between_processes() -> None:
    error = RateLimitError("slow down", status=429, request_id="req_1", retry_after=3)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.status, copy.retry_after) == ("slow down (request req_1)", 429, 3)
