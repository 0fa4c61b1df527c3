"""Keys over HTTP: spellings, what is refused and why, minting, rotation, revocation. Section 1.2 of the contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from futurone_server.features.keys import Capability
from futurone_server.features.keys.rules import spell
from futurone_server.features.keys.types import Mode
from house import Caller, Json, Process, Registry, Tenant, refusal

MINTED = {
    "id", "name", "mode", "key", "key_id", "secret", "capabilities", "projects", "agents", "rate_limits",
    "legacy", "created_by", "expires_at", "revoked_at", "last_used_at", "created_at",
}  # fmt: skip


def as_sent(header: str | None, http: httpx2.Client) -> tuple[int, str]:
    headers = {} if header is None else {"Authorization": header}
    return refusal(http.get("/v1/runs", headers=headers))


def make(caller: Caller, **members: Any) -> Json:
    """A new key, as its maker sees it."""
    made = caller.post("/v1/api-keys", {"name": "made", **members})
    assert made.status_code == 201, made.text
    return made.json()["data"]


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_both_spellings_of_a_key_are_one_credential(http: httpx2.Client, live: Caller) -> None:
    made = make(live)
    assert set(made) == MINTED
    assert made["key"].startswith("fo_live_")
    seen = [
        Caller(http, spelling).get("/v1/whoami").json()
        for spelling in (made["key"], f"{made['key_id']}:{made['secret']}")
    ]
    assert seen[0] == seen[1]
    assert seen[0]["data"]["key"]["id"] == made["id"]


def test_test_keys_say_so_in_their_first_letters(scripted: Caller, live: Caller) -> None:
    assert make(scripted)["key"].startswith("fo_test_")
    assert make(live, mode="test")["key"].startswith("fo_test_")


@pytest.mark.parametrize("header", [None, ""])
def test_without_a_key_the_answer_says_how_to_send_one(header: str | None, http: httpx2.Client) -> None:
    assert as_sent(header, http) == (401, "AUTH_MISSING_HEADER")


def test_whatever_is_not_a_key_of_this_server_is_refused_alike(http: httpx2.Client, live: Caller) -> None:
    good = make(live)
    key, secret = good["key"], good["secret"]
    forged = [
        "Basic dXNlcjpwYXNz",
        "Bearer",
        f"Bearer {key}x",
        f"Bearer {key[:-1]}",
        f"Bearer {key[:-1]}{'0' if key[-1] != '0' else '1'}",
        f"Bearer {key.replace('live', 'test')}",
        f"Bearer {key.upper()}",
        f"Bearer {secret}",
        f"Bearer {good['key_id']}:",
        f"Bearer {good['key_id']}:{secret[:-1]}",
        f"Bearer {good['key_id']}:{'A' * 43}",
        f"Bearer :{secret}",
        f"Bearer key_{'0' * 26}:{secret}",
        f"Bearer {spell('key_' + '0' * 26, Mode.LIVE, secret)}",
        f"Bearer {spell(good['key_id'], Mode.LIVE, 'A' * 43)}",
        "Bearer fo_live_" + "x" * 5_000,
        "Bearer fo_live__",
        "Bearer \u00e9".encode("latin-1").decode("latin-1"),
    ]
    for header in forged:
        raw = header.encode("latin-1")
        answer = http.get("/v1/runs", headers=[(b"Authorization", raw)])
        assert refusal(answer)[0] == 401, header
        assert refusal(answer)[1] in ("AUTH_KEY_INVALID", "AUTH_MISSING_HEADER"), header


def test_no_credential_stands_in_the_log_of_the_server(live: Caller, http: httpx2.Client, server: Process) -> None:
    made = make(live)
    wrong = made["secret"][:-1] + ("A" if made["secret"][-1] != "A" else "B")
    for credential in (made["key"], f"{made['key_id']}:{made['secret']}", f"{made['key_id']}:{wrong}", wrong):
        http.get("/v1/runs", headers={"Authorization": f"Bearer {credential}"})
        http.get("/v1/runs", params={"key": credential})
    live.ask("DELETE", f"/v1/api-keys/{made['id']}")
    http.get("/v1/runs", headers={"Authorization": f"Bearer {made['key']}"})
    told = server.log()
    assert [secret for secret in (made["secret"], made["key"], wrong) if secret in told] == []


def test_the_scheme_is_read_in_any_case(http: httpx2.Client, workspace: Tenant) -> None:
    for scheme in ("bearer", "BEARER", "Bearer  "):
        assert http.get("/v1/whoami", headers={"Authorization": f"{scheme} {workspace.live}"}).status_code == 200


def test_a_revoked_key_says_so(http: httpx2.Client, live: Caller) -> None:
    made = make(live)
    assert Caller(http, made["key"]).get("/v1/whoami").status_code == 200
    assert live.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 204
    assert refusal(Caller(http, made["key"]).get("/v1/whoami")) == (401, "AUTH_KEY_REVOKED")
    assert live.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 204, "revoking is repeatable"
    listed = {one["id"]: one for one in live.get("/v1/api-keys").json()["data"]}
    assert listed[made["id"]]["revoked_at"] is not None


def test_an_expired_key_says_so(http: httpx2.Client, registry: Registry, workspace: Tenant, live: Caller) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=1.5)
    short = Caller(http, registry.key(workspace, expires_at=expires_at))
    answer = short.get("/v1/whoami")
    while answer.status_code == 200:
        assert datetime.now(UTC) < expires_at + timedelta(seconds=5)
        answer = short.get("/v1/whoami")
    assert refusal(answer) == (401, "AUTH_KEY_EXPIRED")
    assert datetime.now(UTC) >= expires_at


def test_after_a_rotation_both_secrets_hold_for_the_overlap(http: httpx2.Client, live: Caller) -> None:
    first = make(live)
    rotated = live.post(f"/v1/api-keys/{first['id']}/rotate", {"overlap_s": 3600})
    assert rotated.status_code == 200
    second = rotated.json()["data"]
    assert second["id"] == first["id"]
    assert second["secret"] != first["secret"]
    for key in (first["key"], second["key"]):
        assert Caller(http, key).get("/v1/whoami").status_code == 200


def test_without_an_overlap_the_old_secret_ends_with_the_rotation(http: httpx2.Client, live: Caller) -> None:
    first = make(live)
    second = live.post(f"/v1/api-keys/{first['id']}/rotate", {"overlap_s": 0}).json()["data"]
    assert refusal(Caller(http, first["key"]).get("/v1/whoami")) == (401, "AUTH_KEY_INVALID")
    assert Caller(http, second["key"]).get("/v1/whoami").status_code == 200


def test_a_rotation_that_is_asked_for_twice_happens_once(http: httpx2.Client, live: Caller) -> None:
    first = make(live)
    path, wish = f"/v1/api-keys/{first['id']}/rotate", {"Idempotency-Key": "turn"}
    second = live.post(path, {"overlap_s": 3600}, headers=wish).json()["data"]
    again = live.post(path, {"overlap_s": 3600}, headers=wish)
    assert (again.status_code, again.json()["replayed"], again.headers["Idempotent-Replayed"]) == (200, True, "true")
    assert {"key", "secret"}.isdisjoint(again.json()["data"])
    for key in (first["key"], second["key"]):
        assert Caller(http, key).get("/v1/whoami").status_code == 200
    assert refusal(live.post(path, {"overlap_s": 0}, headers=wish)) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_a_rotation_needs_no_body(live: Caller) -> None:
    assert live.post(f"/v1/api-keys/{make(live)['id']}/rotate").status_code == 200


def test_a_revoked_key_cannot_be_rotated_back_to_life(live: Caller) -> None:
    made = make(live)
    live.ask("DELETE", f"/v1/api-keys/{made['id']}")
    assert refusal(live.post(f"/v1/api-keys/{made['id']}/rotate")) == (409, "CONFLICT")


def test_a_secret_is_shown_when_it_is_made_and_never_again(live: Caller) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = live.post("/v1/api-keys", {"name": "once"}, headers=headers)
    again = live.post("/v1/api-keys", {"name": "once"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["replayed"] is True
    assert again.headers["idempotent-replayed"] == "true"
    secret = first.json()["data"]["secret"]
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert set(again.json()["data"]) == MINTED - {"key", "secret"}
    assert secret not in again.text
    assert secret not in live.get("/v1/api-keys").text


def test_a_key_cannot_mint_more_than_it_has(http: httpx2.Client, registry: Registry, workspace: Tenant) -> None:
    some = frozenset({Capability.KEYS_MANAGE, Capability.RUNS_READ})
    minter = Caller(http, registry.key(workspace, capabilities=some))
    beyond = minter.post("/v1/api-keys", {"name": "more", "capabilities": ["runs:read", "runs:create"]})
    assert refusal(beyond) == (403, "CAPABILITY_MISSING")
    assert beyond.json()["error"]["details"]["capability"] == "runs:create"
    assert make(minter, capabilities=["runs:read"])["capabilities"] == ["runs:read"]
    assert make(minter)["capabilities"] == ["keys:manage", "runs:read"], "by default as much as its maker has"


def test_a_key_limited_to_projects_or_agents_mints_none_beyond_them(
    http: httpx2.Client, registry: Registry, workspace: Tenant
) -> None:
    limited = registry.key(workspace, projects=frozenset({workspace.project_id}), agents=frozenset({"research"}))
    minter = Caller(http, limited)
    assert make(minter)["projects"] == [workspace.project_id]
    assert make(minter)["agents"] == ["research"]
    assert refusal(minter.post("/v1/api-keys", {"name": "x", "projects": ["prj_other"]})) == (
        403,
        "PROJECT_OUT_OF_SCOPE",
    )
    assert refusal(minter.post("/v1/api-keys", {"name": "x", "agents": ["coding"]})) == (403, "AGENT_OUT_OF_SCOPE")


def test_a_key_that_expires_mints_none_that_outlives_it(
    http: httpx2.Client, registry: Registry, workspace: Tenant
) -> None:
    minter = Caller(http, registry.key(workspace, expires_at=datetime.now(UTC) + timedelta(hours=1)))
    assert refusal(minter.post("/v1/api-keys", {"name": "x"}))[0] == 403
    assert refusal(minter.post("/v1/api-keys", {"name": "x", "expires_at": in_seconds(7200)}))[0] == 403
    assert make(minter, expires_at=in_seconds(60))["expires_at"] is not None


def test_a_test_key_cannot_make_a_live_one(scripted: Caller) -> None:
    assert refusal(scripted.post("/v1/api-keys", {"name": "x", "mode": "live"}))[0] == 403


def test_who_may_not_mint_a_key_may_not_learn_its_new_secret(
    http: httpx2.Client, registry: Registry, workspace: Tenant, live: Caller
) -> None:
    strong = make(live)
    weak = Caller(http, registry.key(workspace, capabilities=frozenset({Capability.KEYS_MANAGE})))
    assert refusal(weak.post(f"/v1/api-keys/{strong['id']}/rotate")) == (403, "CAPABILITY_MISSING")
    assert Caller(http, strong["key"]).get("/v1/whoami").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "capabilities": []}, "capabilities"),
        ({"name": "x", "capabilities": ["runs:fly"]}, "capabilities.0"),
        ({"name": "x", "expires_at": "yesterday"}, "expires_at"),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "mode": "prod"}, "mode"),
        ({"name": "x", "color": "red"}, "color"),
    ],
)
def test_a_bad_order_of_a_key_names_the_field(body: Json, field: str, live: Caller) -> None:
    answer = live.post("/v1/api-keys", body)
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field
    assert answer.json()["error"]["message"].startswith(field)


@pytest.mark.parametrize("overlap_s", [-1, 7 * 86_400 + 1, 1.5, "60", True])
def test_an_overlap_is_a_number_of_seconds_up_to_a_week(overlap_s: object, live: Caller) -> None:
    answer = live.post(f"/v1/api-keys/{make(live)['id']}/rotate", {"overlap_s": overlap_s})
    assert refusal(answer) == (400, "FIELD_INVALID")


def test_a_limited_key_sees_nothing_outside_its_projects_and_agents(
    http: httpx2.Client, registry: Registry, workspace: Tenant, scripted: Caller
) -> None:
    run = scripted.create(agent="coding")
    for limits in ({"agents": frozenset({"research"})}, {"projects": frozenset({"prj_other"})}):
        narrow = Caller(http, registry.key(workspace, mode=Mode.TEST, **limits))
        assert refusal(narrow.get(f"/v1/runs/{run['id']}")) == (404, "NOT_FOUND")
        assert narrow.get("/v1/runs").json()["pagination"]["total"] == 0
        assert refusal(narrow.post(f"/v1/runs/{run['id']}/cancel")) == (404, "NOT_FOUND")
    narrow = Caller(http, registry.key(workspace, mode=Mode.TEST, agents=frozenset({"research"})))
    beyond = narrow.post("/v1/runs", {"agent": "coding", "task": "x"})
    assert refusal(beyond) == (403, "AGENT_OUT_OF_SCOPE")
    elsewhere = Caller(http, registry.key(workspace, mode=Mode.TEST, projects=frozenset({"prj_other"})))
    order = {"agent": "research", "task": "x", "project_id": workspace.project_id}
    assert refusal(elsewhere.post("/v1/runs", order)) == (403, "PROJECT_OUT_OF_SCOPE")


def test_keys_are_listed_newest_first_in_pages(live: Caller) -> None:
    made = [make(live, name=f"k{number}")["id"] for number in range(5)]
    first = live.get("/v1/api-keys", params={"limit": 3}).json()
    second = live.get("/v1/api-keys", params={"limit": 3, "cursor": first["pagination"]["next_cursor"]}).json()
    ids = [one["id"] for one in first["data"] + second["data"]]
    assert ids[:5] == made[::-1]
    assert first["pagination"]["total"] == 7
