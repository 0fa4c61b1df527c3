"""The session's cookie and where a request comes from: what browsers are told, and what is believed of them."""

from typing import Any

import pytest

from futurone_server.kit.errors import Forbidden, Unauthenticated
from futurone_server.web.sessions import check_csrf, check_source, cookie, session_token

LOCAL = "http://127.0.0.1:3000"


def scope(method: str = "POST", scheme: str = "http", host: str = "127.0.0.1:3000", **headers: str) -> dict[str, Any]:
    sent = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    return {"method": method, "scheme": scheme, "headers": pairs}


@pytest.mark.parametrize(
    ("asked", "public_url", "is_secure"),
    [
        (scope(), LOCAL, False),
        (scope(host="localhost"), LOCAL, False),
        (scope(host="[::1]:3000"), LOCAL, False),
        (scope(scheme="https"), LOCAL, True),
        (scope(host="fo.example.com"), LOCAL, True),
        (scope(host="127.0.0.1.example.com"), LOCAL, True),
        (scope(), "https://fo.example.com", True),
    ],
    ids=str,
)
def test_off_loopback_and_by_tls_the_cookie_is_for_this_host_and_tls_alone(
    asked: dict[str, Any], public_url: str, is_secure: bool
) -> None:
    given = cookie(asked, public_url, "fo_ses_x", max_age_s=60)
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"} <= set(given.split("; "))
    assert given.endswith("; Secure") == is_secure
    assert given.startswith("__Host-futurone_session=") == is_secure
    assert "Domain" not in given


def test_a_plain_cookie_is_nothing_by_tls() -> None:
    assert session_token(scope(cookie="futurone_session=a"), LOCAL) == "a"
    assert session_token(scope(cookie="x=1; futurone_session=a; y=2"), LOCAL) == "a"
    assert session_token(scope(scheme="https", cookie="futurone_session=a"), LOCAL) is None
    assert session_token(scope(scheme="https", cookie="__Host-futurone_session=a"), LOCAL) == "a"
    with pytest.raises(Unauthenticated):
        session_token(scope(cookie="futurone_session=a; futurone_session=b"), LOCAL)


@pytest.mark.parametrize(
    "asked",
    [
        scope(origin=LOCAL),
        scope(origin="http://LOCALHOST:3000", host="localhost:3000"),
        scope(origin="https://fo.example.com"),
        scope(origin="https://other.example.com", host="other.example.com"),
        scope(sec_fetch_site="same-origin"),
        scope("GET"),
        scope("GET", sec_fetch_site="cross-site"),
    ],
    ids=str,
)
def test_this_servers_own_pages_are_believed(asked: dict[str, Any]) -> None:
    check_source(asked, "https://fo.example.com", is_needed=True)


@pytest.mark.parametrize(
    "asked",
    [
        scope(),
        scope(origin="null"),
        scope(origin="http://127.0.0.1:8080"),
        scope(origin="http://127.0.0.1"),
        scope(origin="http://fo.example.com"),
        scope(origin="https://fo.example.com.evil.example"),
        scope(origin=LOCAL, sec_fetch_site="same-site"),
        scope(origin=LOCAL, scheme="https"),
        scope("GET", origin="https://evil.example"),
        scope("DELETE", sec_fetch_site="none"),
    ],
    ids=str,
)
def test_other_pages_are_not(asked: dict[str, Any]) -> None:
    with pytest.raises(Forbidden) as refused:
        check_source(asked, "https://fo.example.com", is_needed=True)
    assert refused.value.reason == "CSRF_REFUSED"


def test_a_change_needs_the_sessions_own_token_once() -> None:
    check_csrf(scope("GET"), "abc")
    check_csrf(scope(x_csrf_token="abc"), "abc")
    twice = scope(x_csrf_token="abc")
    twice["headers"].append((b"x-csrf-token", b"abc"))
    for asked in (scope(), scope(x_csrf_token="abd"), scope(x_csrf_token=""), twice):
        with pytest.raises(Forbidden):
            check_csrf(asked, "abc")
