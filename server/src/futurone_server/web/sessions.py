"""Sessions of people over HTTP: the cookie, where a request comes from, and the token that a page sends along."""

from urllib.parse import urlsplit

from futurone_server.kit.crypto import same
from futurone_server.kit.errors import Forbidden, Unauthenticated
from futurone_server.web.door import Scope
from futurone_server.web.edges import loopback_names, name_of

COOKIE = "futurone_session"
_SECURE_COOKIE = f"__Host-{COOKIE}"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = loopback_names()


def session_token(scope: Scope, public_url: str) -> str | None:
    """The token in a request's cookie; None without one. Raises Unauthenticated for several.

    Two of one name are refused: another page of the same site may have planted one of them.
    """
    name = _cookie_name(scope, public_url)
    pairs = [
        one.strip().partition("=")
        for key, value in scope["headers"]
        if key == b"cookie"
        for one in value.decode("latin-1").split(";")
    ]
    found: list[str] = [value for key, _, value in pairs if key == name and value]
    if len(found) > 1:
        raise Unauthenticated(
            "The session cookie came several times. Clear it and sign in again.", "AUTH_SESSION_ENDED"
        )
    return found[0] if found else None


def cookie(scope: Scope, public_url: str, token: str, *, max_age_s: int) -> str:
    """The header that gives a browser its session, or with no seconds takes it away."""
    name = _cookie_name(scope, public_url)
    secure = "; Secure" if name == _SECURE_COOKIE else ""
    return f"{name}={token}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _cookie_name(scope: Scope, public_url: str) -> str:
    """On loopback without TLS a plain cookie; anywhere else one that browsers send by TLS and to this host alone."""
    is_secure = scope.get("scheme") == "https" or public_url.startswith("https://")
    return _SECURE_COOKIE if is_secure or name_of(_header(scope, b"host") or "") not in _LOOPBACK else COOKIE


def check_source(scope: Scope, public_url: str, *, is_needed: bool = False) -> None:
    """Refuse what a page of another site sends. Raises Forbidden.

    Browsers say in ``Origin`` and ``Sec-Fetch-Site`` where a request comes from, and pages cannot change it.
    ``is_needed``: one of the two has to be there.
    """
    origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
    changes = scope["method"] not in _SAFE
    if origin is not None and origin.lower() not in _own_origins(scope, public_url):
        raise _foreign()
    if changes and site is not None and site != "same-origin":
        raise _foreign()
    if changes and is_needed and origin is None and site is None:
        raise Forbidden(
            "A request with a session has to say where it comes from: send `Origin` with this server's address.",
            "CSRF_REFUSED",
        )


def _foreign() -> Forbidden:
    return Forbidden("Sessions are for this server's own pages. Other programs use an API key.", "CSRF_REFUSED")


def _own_origins(scope: Scope, public_url: str) -> set[str]:
    host = (_header(scope, b"host") or "").lower()
    public = urlsplit(public_url.lower())
    return {f"{scope.get('scheme', 'http')}://{host}", f"https://{host}", f"{public.scheme}://{public.netloc}"}


def check_csrf(scope: Scope, expected: str) -> None:
    """Refuse a change without the session's own token in ``X-CSRF-Token``. Raises Forbidden."""
    if scope["method"] in _SAFE:
        return
    given = [value for name, value in scope["headers"] if name == b"x-csrf-token"]
    if len(given) != 1 or not same(given[0], expected.encode()):
        raise Forbidden(
            "A change with a session needs its `csrf_token` in the header X-CSRF-Token; GET /v1/session shows it.",
            "CSRF_REFUSED",
        )


def _header(scope: Scope, name: bytes) -> str | None:
    found = [value.decode("latin-1") for one, value in scope["headers"] if one == name]
    return found[0] if len(found) == 1 else ", ".join(found) or None
