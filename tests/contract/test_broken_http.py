"""Requests that no HTTP reader can make sense of: the one error body, a request id, and a closed connection."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from house import Caller, Process

HEAD = b"POST /v1/runs HTTP/1.1\r\nHost: localhost\r\n"
UNREADABLE = {
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    "words": b"hello there\r\n\r\n",
    "an unknown version": b"GET /v1/runs HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "an unknown method": b"BREW /v1/runs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a broken header": b"GET /v1/runs HTTP/1.1\r\nHo st: x\r\n\r\n",
    "a header without a name": b"GET /v1/runs HTTP/1.1\r\n: x\r\n\r\n",
    "a NUL in a header": b"GET /v1/runs HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length beyond measure": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "a length and pieces": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad piece": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


def said(server: Process, raw: bytes) -> bytes:
    """All that the server answers until it closes the connection."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as wire:
        wire.sendall(raw)
        found = b""
        while True:
            try:
                piece = wire.recv(65_536)
            except ConnectionResetError:
                return found
            if not piece:
                return found
            found += piece


def told(answer: bytes) -> tuple[int, str]:
    """Status and reason of a single error, which names its request and ends the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert headers["connection"] == "close"
    error = json.loads(body)
    assert set(error) == {"error", "reason_code", "request_id"}
    assert error["request_id"] == headers["x-request-id"]
    assert error["request_id"].startswith("req_")
    assert error["error"]["message"]
    return int(line.split()[1]), str(error["reason_code"])


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_answered_like_every_error(raw: bytes, server: Process, stranger: Caller) -> None:
    assert told(said(server, raw)) == (400, "MALFORMED_REQUEST")
    assert stranger.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "raw", [b"GET /v1/runs HTTP/1.1\r\nX: ", b"GET /", b"GET /v1/runs HTTP/1.1\r\n" + b"X-A: 1\r\n"]
)
def test_a_head_without_end_is_answered_like_every_error(raw: bytes, server: Process) -> None:
    endless = raw + (b"X-A: 1\r\n" * 9_000 if raw.endswith(b"\n") else b"x" * 70_000)
    answer = said(server, endless)
    assert told(answer) == (431, "HEAD_TOO_LARGE")


def test_a_good_request_before_a_broken_one_is_answered_and_the_connection_closed(server: Process) -> None:
    answer = said(server, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"GET /v1/runs HTTP/9.9\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b'{"status":"ok"}')


def test_a_broken_request_on_a_connection_that_was_used_before_is_answered(server: Process) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as wire:
        wire.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            answer += (part := wire.recv(65_536))
            assert part, answer
        wire.sendall(b"nonsense\r\n\r\n")
        assert told(wire.recv(65_536)) == (400, "MALFORMED_REQUEST")
        assert wire.recv(1) == b""
