"""People over HTTP: they come in, work with a cookie in place of a key, and go; what attackers try does not work."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from contract.browser import PASSWORD, Browser, Reception
from futurone_server.features.people import Role
from futurone_server.features.people.rules import RIGHTS
from house import Caller, Process, Registry, Tenant, refusal

REFUSED_WITHIN_S = 1
CUT_WITHIN_S = 5
"""What is promised."""


@pytest.fixture
def owner(reception: Reception, workspace: Tenant) -> Browser:
    return reception.owner(workspace)


def test_a_session_shows_who_is_where_and_what_they_may_do(owner: Browser, workspace: Tenant) -> None:
    shown = owner.get("/v1/session").json()["data"]
    assert shown == owner.session
    assert shown["workspace"] == {"id": workspace.workspace_id, "name": "Tenant", "role": "owner"}
    assert shown["capabilities"] == sorted(RIGHTS[Role.OWNER])
    who = owner.get("/v1/whoami").json()["data"]
    assert (who["id"], who["name"], who["key"]) == (owner.user_id, "Olga", None)
    assert who["email"] == shown["person"]["email"]


def test_a_person_works_with_a_cookie_in_place_of_a_key(owner: Browser) -> None:
    made = owner.post("/v1/runs", {"agent": "research", "task": "Which colour is the moon?"})
    assert made.status_code == 201, made.text
    run = owner.get(f"/v1/runs/{made.json()['id']}", params={"wait": 30}).json()
    assert run["status"] == "escalated"
    assert owner.get("/v1/runs").json()["pagination"]["total"] == 1
    key = owner.post("/v1/api-keys", {"name": "mine", "capabilities": ["runs:read"]}).json()["data"]
    assert key["created_by"] == owner.user_id
    by_key = Caller(owner.http, key["key"]).get("/v1/whoami").json()["data"]
    assert (by_key["id"], by_key["name"], by_key["key"]["id"]) == (owner.user_id, "Olga", key["id"])
    review = run["escalation"]["review_id"]
    assigned = owner.post(f"/v1/reviews/{review}/assign", {"assignee": owner.user_id})
    assert assigned.json()["data"]["assignee"] == owner.user_id
    acts = {(line["action"], line["actor"]) for line in owner.get("/v1/audit").json()["data"]}
    for action in ("run.created", "key.created", "review.assigned", "session.started", "member.set_up"):
        assert (action, owner.user_id) in acts


def test_a_review_is_assigned_to_members_who_may_decide_and_to_nobody_else(
    owner: Browser, reception: Reception, registry: Registry
) -> None:
    run = owner.post("/v1/runs", {"agent": "research", "task": "Which colour is the moon?"}).json()
    held = owner.get(f"/v1/runs/{run['id']}", params={"wait": 30}).json()["escalation"]["review_id"]
    viewer = reception.member(owner, "viewer")
    foreign = reception.owner(registry.tenant())
    for user_id in (viewer.user_id, foreign.user_id, "user_" + "0" * 26):
        answer = owner.post(f"/v1/reviews/{held}/assign", {"assignee": user_id})
        assert refusal(answer) == (400, "FIELD_INVALID")
        assert answer.json()["error"]["details"] == {"field": "assignee"}


def test_sessions_have_rate_limits_of_their_own(owner: Browser) -> None:
    assert int(owner.get("/v1/runs").headers["x-ratelimit-limit"]) >= 6_000


@pytest.mark.parametrize("role", ["admin", "developer", "viewer"])
def test_a_role_opens_what_it_says_and_nothing_more(role: str, owner: Browser, reception: Reception) -> None:
    member = reception.member(owner, role)
    may = RIGHTS[Role(role)]
    for path, capability in (
        ("/v1/runs", "runs:read"),
        ("/v1/api-keys", "keys:manage"),
        ("/v1/audit", "audit:read"),
        ("/v1/invitations", "workspace:manage"),
    ):
        answer = member.get(path)
        if capability in may:
            assert answer.status_code == 200
        else:
            assert refusal(answer) == (403, "CAPABILITY_MISSING")
    emails = {one["email"] for one in member.get("/v1/members").json()["data"]}
    assert (emails == {None}) == ("workspace:manage" not in may)


def test_of_fifty_who_send_one_invitation_at_once_one_gets_in(owner: Browser, reception: Reception) -> None:
    made = owner.post("/v1/invitations", {"email": reception.email(), "role": "admin"}).json()["data"]
    assert made["url"].endswith(f"/invite#token={made['token']}")
    body = {"token": made["token"], "name": "Eve", "password": PASSWORD}
    browsers = [reception.browser() for _ in range(50)]
    barrier = threading.Barrier(50)

    def send(browser: Browser) -> int:
        barrier.wait()
        return browser.post("/v1/invitations/accept", body).status_code

    with ThreadPoolExecutor(max_workers=50) as pool:
        statuses = list(pool.map(send, browsers))
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 401, 409, 410, 429}
    assert len(owner.get("/v1/members").json()["data"]) == 2
    assert refusal(reception.browser().post("/v1/invitations/accept", body)) == (410, "LINK_EXPIRED")


def test_a_set_up_link_lets_in_once(reception: Reception, workspace: Tenant) -> None:
    token = reception.link(workspace)
    body = {"token": token, "email": reception.email(), "name": "Olga", "password": PASSWORD}
    assert reception.browser().post("/v1/session/setup", body).status_code == 201
    for used in (body, {**body, "email": reception.email()}, {**body, "token": "fo_set_never"}):
        assert refusal(reception.browser().post("/v1/session/setup", used)) == (410, "LINK_EXPIRED")


def test_invitations_are_listed_revoked_and_repeated_without_their_token(owner: Browser, reception: Reception) -> None:
    body = {"email": reception.email(), "role": "viewer"}
    first, again = (owner.post("/v1/invitations", body, headers={"Idempotency-Key": "i"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert "token" not in again.json()["data"]
    token = first.json()["data"]["token"]
    assert token not in owner.get("/v1/invitations").text
    replaced = owner.post("/v1/invitations", body).json()["data"]
    for _ in range(2):
        assert owner.ask("DELETE", f"/v1/invitations/{replaced['id']}").status_code == 204
    assert [one["status"] for one in owner.get("/v1/invitations").json()["data"]] == ["revoked", "revoked"]
    for one in (token, replaced["token"]):
        answer = reception.browser().post("/v1/invitations/accept", {"token": one, "name": "X", "password": PASSWORD})
        assert refusal(answer) == (410, "LINK_EXPIRED")


def test_an_admin_does_not_rise_and_owners_do_not_vanish(owner: Browser, reception: Reception) -> None:
    admin = reception.member(owner, "admin")
    for answer in (
        admin.ask("PATCH", f"/v1/members/{admin.user_id}", json={"role": "owner"}),
        admin.ask("PATCH", f"/v1/members/{owner.user_id}", json={"role": "viewer"}),
        admin.ask("DELETE", f"/v1/members/{owner.user_id}"),
        admin.post("/v1/invitations", {"email": reception.email(), "role": "owner"}),
    ):
        assert refusal(answer) == (403, "ROLE_ABOVE_OWN")
    key = admin.post("/v1/api-keys", {"name": "all that an admin has"}).json()["data"]["key"]
    detour = Caller(admin.http, key)
    detour.http.cookies.clear()
    raised = detour.ask("PATCH", f"/v1/members/{admin.user_id}", json={"role": "owner"})
    assert refusal(raised) == (403, "ROLE_ABOVE_OWN")
    assert refusal(owner.ask("DELETE", f"/v1/members/{owner.user_id}")) == (409, "LAST_OWNER")
    assert refusal(owner.ask("PATCH", f"/v1/members/{owner.user_id}", json={"role": "admin"})) == (409, "LAST_OWNER")


def test_who_is_removed_is_out_at_once_and_the_open_stream_is_cut(
    owner: Browser, reception: Reception, scripted: Caller
) -> None:
    dev = reception.member(owner, "developer")
    run = scripted.finished("[test:input]")
    opened = threading.Event()

    def read() -> str:
        try:
            with dev.http.stream("GET", f"/v1/runs/{run['id']}/events/stream") as answer:
                assert answer.status_code == 200
                for _ in answer.iter_raw():
                    opened.set()
        except httpx2.RemoteProtocolError:
            return "cut"
        return "ended"

    with ThreadPoolExecutor(max_workers=1) as pool:
        reading = pool.submit(read)
        assert opened.wait(30)
        assert owner.ask("DELETE", f"/v1/members/{dev.user_id}").status_code == 204
        assert reading.result(timeout=CUT_WITHIN_S) == "cut"
    assert refusal(dev.get("/v1/runs")) == (401, "AUTH_SESSION_ENDED")
    assert refusal(owner.ask("DELETE", f"/v1/members/{dev.user_id}")) == (404, "NOT_FOUND")


def test_what_another_process_decides_holds_here_within_a_second(
    owner: Browser, reception: Reception, registry: Registry, workspace: Tenant
) -> None:
    dev = reception.member(owner, "developer")
    assert dev.get("/v1/runs").status_code == 200
    removing = registry._server.desk.people.members.remove(workspace.owner, dev.user_id)
    registry._runner.run(removing)
    deadline = time.monotonic() + REFUSED_WITHIN_S
    while (answer := dev.get("/v1/runs")).status_code == 200:
        assert time.monotonic() < deadline
    assert refusal(answer) == (401, "AUTH_SESSION_ENDED")


def test_another_role_holds_at_once(owner: Browser, reception: Reception) -> None:
    dev = reception.member(owner, "developer")
    assert dev.get("/v1/api-keys").status_code == 200
    changed = owner.ask("PATCH", f"/v1/members/{dev.user_id}", json={"role": "viewer"}).json()["data"]
    assert changed["role"] == "viewer"
    assert refusal(dev.get("/v1/api-keys")) == (403, "CAPABILITY_MISSING")


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/v1/session/setup", {"email": "no address"}, "email"),
        ("/v1/session/setup", {"password": "short"}, "password"),
        ("/v1/session/setup", {"password": "x" * 1025}, "password"),
        ("/v1/session/setup", {"name": "two\nlines"}, "name"),
        ("/v1/session/setup", {"role": "owner"}, "role"),
        ("/v1/session", {"workspace_id": "ws_1"}, "workspace_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    path: str, change: dict[str, str], field: str, reception: Reception
) -> None:
    body = {"email": "a@example.com", "password": PASSWORD}
    if path.endswith("setup"):
        body |= {"token": "fo_set_x", "name": "X"}
    answer = reception.browser().post(path, {**body, **change})
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_nothing_that_lets_in_stands_in_the_log_or_the_audit_trail(
    owner: Browser, reception: Reception, server: Process
) -> None:
    made = owner.post("/v1/invitations", {"email": reception.email(), "role": "viewer"}).json()["data"]
    reception.browser().post("/v1/session", {"email": "zebra@example.com", "password": "a secret of zebras"})
    told = server.log() + owner.get("/v1/audit", params={"limit": 100}).text
    for secret in (owner.token, owner.session["csrf_token"], made["token"], PASSWORD, "zebra", "example.com"):
        assert secret not in told


def test_another_workspaces_people_are_absent(owner: Browser, reception: Reception, registry: Registry) -> None:
    foreign = reception.owner(registry.tenant())
    made = foreign.post("/v1/invitations", {"email": reception.email(), "role": "viewer"}).json()["data"]
    for method, path in (
        ("PATCH", f"/v1/members/{foreign.user_id}"),
        ("DELETE", f"/v1/members/{foreign.user_id}"),
        ("DELETE", f"/v1/invitations/{made['id']}"),
        ("DELETE", f"/v1/sessions/{foreign.session['id']}"),
    ):
        body = {"json": {"role": "viewer"}} if method == "PATCH" else {}
        assert refusal(owner.ask(method, path, **body)) == (404, "NOT_FOUND"), path
    for path in ("/v1/members", "/v1/invitations", "/v1/sessions"):
        assert foreign.user_id not in owner.get(path).text
        assert made["id"] not in owner.get(path).text


def test_keys_list_members_and_invite_but_no_owners(live: Caller, owner: Browser, reception: Reception) -> None:
    assert [one["user_id"] for one in live.get("/v1/members").json()["data"]] == [owner.user_id]
    assert live.post("/v1/invitations", {"email": reception.email(), "role": "admin"}).status_code == 201
    answer = live.post("/v1/invitations", {"email": reception.email(), "role": "owner"})
    assert refusal(answer) == (403, "ROLE_ABOVE_OWN")
    assert isinstance(answer, httpx2.Response)
