"""Sessions over HTTP: signing in and out, the cookie, and what pages of other sites try with it."""

import httpx2
import pytest

from contract.browser import PASSWORD, Browser, Reception
from house import Registry, Tenant, refusal


@pytest.fixture
def owner(reception: Reception, workspace: Tenant) -> Browser:
    return reception.owner(workspace)


def test_signing_in_and_out(owner: Browser, reception: Reception) -> None:
    again, email = reception.browser(), owner.session["person"]["email"]
    again.enters("/v1/session", {"email": email.upper(), "password": PASSWORD})
    assert again.user_id == owner.user_id
    assert len(again.get("/v1/sessions").json()["data"]) == 2
    old = again.token
    gone = again.ask("DELETE", "/v1/session")
    assert gone.status_code == 204
    assert "Max-Age=0" in gone.headers["set-cookie"]
    assert list(again.http.cookies.jar) == []
    assert refusal(again.get("/v1/runs", headers={"Cookie": f"futurone_session={old}"})) == (401, "AUTH_SESSION_ENDED")
    assert refusal(again.get("/v1/runs")) == (401, "AUTH_MISSING_HEADER")
    assert owner.get("/v1/runs").status_code == 200


def test_a_wrong_address_and_a_wrong_password_are_answered_alike(owner: Browser, reception: Reception) -> None:
    told = []
    for email, password in ((owner.session["person"]["email"], "wrong"), (reception.email(), PASSWORD)):
        answer = reception.browser().post("/v1/session", {"email": email, "password": password})
        assert refusal(answer) == (401, "AUTH_LOGIN_FAILED")
        assert "set-cookie" not in answer.headers
        told.append(answer.json()["error"])
    assert told[0] == told[1]


def test_every_way_in_ends_the_session_that_the_browser_had(
    owner: Browser, reception: Reception, workspace: Tenant
) -> None:
    told = owner.post("/v1/invitations", {"email": reception.email(), "role": "viewer"}).json()["data"]
    ways = (
        ("/v1/session", {"email": owner.session["person"]["email"]}),
        ("/v1/session/setup", {"token": reception.link(workspace), "email": reception.email(), "name": "Olaf"}),
        ("/v1/invitations/accept", {"token": told["token"], "name": "Vera"}),
    )
    for path, body in ways:
        before = owner.token
        owner.enters(path, {**body, "password": PASSWORD})
        old = httpx2.get(f"{owner.origin}/v1/session", headers={"Cookie": f"futurone_session={before}"})
        assert refusal(old) == (401, "AUTH_SESSION_ENDED"), path
        assert owner.get("/v1/session").status_code == 200


def test_guessing_a_password_gets_slow_whether_the_account_exists_or_not(
    owner: Browser, reception: Reception, workspace: Tenant
) -> None:
    dev = reception.member(owner, "developer")
    for email in (dev.session["person"]["email"], reception.email()):
        answers = [reception.browser().post("/v1/session", {"email": email, "password": "x"}) for _ in range(12)]
        assert [one.status_code for one in answers] == [401] * 10 + [429] * 2
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 61
    assert dev.get("/v1/session").status_code == 200, "who is signed in stays so"


FORGED: list[dict[str, str | None]] = [
    {"X-CSRF-Token": None},
    {"X-CSRF-Token": ""},
    {"X-CSRF-Token": "0" * 64},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": None},
    {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]
"""What a page of another site, or a form on it, can have a browser send."""


def test_what_another_page_sends_with_the_cookie_is_refused(owner: Browser) -> None:
    for method, path, body in (
        ("POST", "/v1/runs", {"agent": "research", "task": "?"}),
        ("PATCH", "/v1/workspace", {"threshold": 0.1}),
        ("DELETE", "/v1/session", None),
    ):
        for headers in FORGED:
            assert refusal(owner.ask(method, path, json=body, headers=headers)) == (403, "CSRF_REFUSED"), headers
    assert owner.get("/v1/session").status_code == 200
    assert owner.get("/v1/runs").json()["pagination"]["total"] == 0
    assert owner.get("/v1/workspace").json()["data"]["threshold"] == 0.85


def test_the_token_of_one_session_is_of_no_use_in_another(owner: Browser, reception: Reception) -> None:
    dev = reception.member(owner, "developer")
    stolen = {"X-CSRF-Token": owner.session["csrf_token"]}
    assert refusal(dev.post("/v1/runs", {"agent": "research", "task": "?"}, headers=stolen)) == (403, "CSRF_REFUSED")


def test_a_page_of_another_site_reads_nothing_and_signs_nobody_in(owner: Browser, reception: Reception) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert refusal(owner.get("/v1/runs", headers=foreign)) == (403, "CSRF_REFUSED")
    body = {"email": owner.session["person"]["email"], "password": PASSWORD}
    for headers in (foreign, {"Origin": None, "Sec-Fetch-Site": "cross-site"}):
        answer = reception.browser().post("/v1/session", body, headers=headers)
        assert refusal(answer) == (403, "CSRF_REFUSED")
        assert "set-cookie" not in answer.headers
    assert "access-control-allow-credentials" not in owner.get("/v1/session").headers


def test_an_authorization_header_goes_before_the_cookie(owner: Browser, registry: Registry) -> None:
    other = registry.tenant()
    for key, expected in ((other.live, 200), ("fo_live_nonsense", 401)):
        answer = owner.get("/v1/workspace", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == expected
        if expected == 200:
            assert answer.json()["data"]["id"] == other.workspace_id
    headers = {"Authorization": f"Bearer {other.live}", "X-CSRF-Token": None, "Origin": "https://evil.example"}
    assert owner.post("/v1/projects", {"name": "x"}, headers=headers).status_code == 201, "a key needs no token"
    assert refusal(owner.get("/v1/session", headers={"Authorization": f"Bearer {other.live}"})) == (
        403,
        "SESSION_REQUIRED",
    )


def test_a_token_that_was_planted_before_is_not_the_one_that_signs_in(owner: Browser, reception: Reception) -> None:
    victim, planted = reception.browser(), owner.token
    victim.http.cookies.set("futurone_session", planted, domain="127.0.0.1")
    victim.http.cookies.set("futurone_session", planted, domain="127.0.0.1")
    body = {"email": owner.session["person"]["email"], "password": PASSWORD}
    entered = victim.post("/v1/session", body)
    assert entered.status_code == 201
    assert planted not in entered.headers["set-cookie"]
    both = {"Cookie": f"futurone_session={planted}; futurone_session=other"}
    assert refusal(reception.browser().get("/v1/session", headers=both)) == (401, "AUTH_SESSION_ENDED")


def test_the_cookie_is_kept_from_pages_and_other_sites(owner: Browser, reception: Reception) -> None:
    body = {"email": owner.session["person"]["email"], "password": PASSWORD}
    answer = reception.browser().post("/v1/session", body)
    parts = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)
    assert "Secure" not in parts, "on loopback without TLS"
    assert answer.headers["cache-control"] == "no-store"
    assert parts[0].partition("=")[2] not in answer.text
    far = reception.browser().post("/v1/session", body, headers={"Host": "fo.example.com", "Origin": None})
    assert refusal(far) == (400, "HOST_NOT_ALLOWED")


def test_a_person_of_two_workspaces_goes_from_one_to_the_other(
    owner: Browser, reception: Reception, registry: Registry
) -> None:
    host = reception.owner(registry.tenant("Second"))
    made = host.post("/v1/invitations", {"email": owner.session["person"]["email"], "role": "viewer"}).json()["data"]
    guest = reception.browser()
    wrong = guest.post("/v1/invitations/accept", {"token": made["token"], "password": "not theirs, but long"})
    assert refusal(wrong) == (401, "AUTH_LOGIN_FAILED")
    guest.enters("/v1/invitations/accept", {"token": made["token"], "password": PASSWORD})
    second = host.session["workspace"]["id"]
    assert guest.session["workspace"] == {"id": second, "name": "Second", "role": "viewer"}
    assert refusal(owner.ask("PATCH", "/v1/session", json={"workspace": "ws_" + "0" * 26})) == (404, "NOT_FOUND")
    before = owner.token
    owner.enters("/v1/session", {"workspace": second}, method="PATCH")
    assert owner.session["workspace"]["role"] == "viewer"
    assert owner.token != before
    assert refusal(owner.get("/v1/audit")) == (403, "CAPABILITY_MISSING")
    stale = {"Cookie": f"futurone_session={before}"}
    assert refusal(reception.browser().get("/v1/session", headers=stale)) == (401, "AUTH_SESSION_ENDED")


def test_a_new_password_ends_all_other_sessions(owner: Browser, reception: Reception) -> None:
    elsewhere, email = reception.browser(), owner.session["person"]["email"]
    elsewhere.enters("/v1/session", {"email": email, "password": PASSWORD})
    change = {"current_password": "not it", "new_password": "staple of the battery"}
    assert refusal(owner.post("/v1/session/password", change)) == (403, "PASSWORD_WRONG")
    short = owner.post("/v1/session/password", {"current_password": PASSWORD, "new_password": "short"})
    assert short.json()["error"]["details"] == {"field": "new_password"}
    owner.enters("/v1/session/password", {**change, "current_password": PASSWORD})
    assert owner.get("/v1/runs").status_code == 200
    assert refusal(elsewhere.get("/v1/runs")) == (401, "AUTH_SESSION_ENDED")


def test_one_ends_ones_own_sessions_and_nobody_elses(owner: Browser, reception: Reception) -> None:
    elsewhere, dev = reception.browser(), reception.member(owner, "developer")
    elsewhere.enters("/v1/session", {"email": owner.session["person"]["email"], "password": PASSWORD})
    assert refusal(dev.ask("DELETE", f"/v1/sessions/{owner.session['id']}")) == (404, "NOT_FOUND")
    listed = {one["id"]: one["current"] for one in owner.get("/v1/sessions").json()["data"]}
    assert listed == {owner.session["id"]: True, elsewhere.session["id"]: False}
    assert owner.ask("DELETE", f"/v1/sessions/{elsewhere.session['id']}").status_code == 204
    assert refusal(elsewhere.get("/v1/runs")) == (401, "AUTH_SESSION_ENDED")
