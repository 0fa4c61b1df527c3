"""Lists: filters, pages, cursors, and what is refused. Sections 1 and 2.3 of the contract."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx2
import pytest

from house import Caller, Json, Registry, Tenant, refusal

Query = Mapping[str, str | int | list[str]]
PATHS = ("/v1/runs", "/v1/api-keys", "/v1/vault/files")


def ids(caller: Caller, query: Query | None = None, path: str = "/v1/runs") -> list[str]:
    answer = caller.get(path, params=dict(query or {}))
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


@pytest.fixture(scope="module")
def shelf(registry: Registry) -> Tenant:
    """One workspace with a fixed set of runs."""
    return registry.tenant()


@pytest.fixture(scope="module")
def caller(http: httpx2.Client, shelf: Tenant) -> Caller:
    return Caller(http, shelf.test)


@pytest.fixture(scope="module")
def runs(caller: Caller) -> list[Json]:
    """Seven test runs, newest first."""
    orders: list[dict[str, object]] = [
        {"task": "[test:complete]", "metadata": {"ticket": "RES-1", "n": 5, "flag": True}},
        {"task": "[test:complete]", "metadata": {"ticket": "RES-2", "n": "5"}, "subject_id": "Müller & Söhne"},
        {"task": "[test:escalate]", "metadata": {"ticket": "RES-1"}},
        {"task": "[test:fail]", "workspace_id": "acme_west"},
        {"task": "[test:input]", "agent": "coding"},
        {"task": "[test:complete]", "agent": "coding", "metadata": {"100%": "a_b"}},
    ]
    made = [caller.create(**order) for order in orders]  # type: ignore[arg-type]  # members of an order
    rerun = caller.post(f"/v1/runs/{caller.run(made[0]['id'], wait=30)['id']}/rerun").json()
    return [caller.run(one["id"], wait=30) for one in [*made, rerun]][::-1]


def numbers(runs: list[Json], found: list[str]) -> list[int]:
    """Which of the runs were found, counted from the oldest."""
    return [6 - [one["id"] for one in runs].index(run_id) for run_id in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1, 0]),
        ({"status": "completed"}, [6, 5, 1, 0]),
        ({"status": ["failed", "awaiting_input"]}, [4, 3]),
        ({"status": "queued"}, []),
        ({"agent": "coding"}, [5, 4]),
        ({"origin": "rerun"}, [6]),
        ({"origin": "api", "agent": "research"}, [3, 2, 1, 0]),
        ({"min_confidence": "0.9"}, [6, 5, 1, 0]),
        ({"min_confidence": "0"}, [6, 5, 2, 1, 0]),
        ({"metadata[ticket]": "RES-1"}, [6, 2, 0]),
        ({"metadata[ticket]": "RES-1", "metadata[flag]": "true"}, [6, 0]),
        ({"metadata[n]": "5"}, [6, 1, 0]),
        ({"metadata[100%]": "a_b"}, [5]),
        ({"metadata[ticket]": "RES-3"}, []),
        ({"mode": "test"}, [6, 5, 4, 3, 2, 1, 0]),
        ({"mode": "all"}, [6, 5, 4, 3, 2, 1, 0]),
        ({"mode": "live"}, []),
        ({"q": "res-2"}, [1]),
        ({"q": "müller"}, [1]),
        ({"q": "acme_"}, [3]),
        ({"q": "acme%"}, []),
        ({"q": "a_b"}, [5]),
        ({"q": "axb"}, []),
        ({"q": "[test"}, []),
        ({"q": "\\"}, []),
        ({"limit": 2, "offset": 1}, [5, 4]),
        ({"limit": 3, "page": 2}, [3, 2, 1]),
        ({"page_size": 1}, [6]),
        ({"pageSize": 1}, [6]),
        ({"per_page": 1}, [6]),
        ({"limit": 1, "per_page": 1}, [6]),
        ({"limit": 5, "page": 3}, []),
    ],
    ids=str,
)
def test_a_query_finds_what_it_says(query: Query, expected: list[int], caller: Caller, runs: list[Json]) -> None:
    assert numbers(runs, ids(caller, query)) == expected


def test_a_run_is_found_by_its_project_and_by_its_id(caller: Caller, runs: list[Json], shelf: Tenant) -> None:
    assert len(ids(caller, {"project_id": shelf.project_id})) == 7
    assert ids(caller, {"project_id": "prj_other"}) == []
    assert ids(caller, {"q": runs[3]["id"]}) == [runs[3]["id"]]


def test_times_bound_a_list_on_either_side(caller: Caller, runs: list[Json]) -> None:
    oldest = datetime.fromisoformat(runs[-1]["created_at"])
    before, after = (oldest - timedelta(seconds=1)).isoformat(), (oldest + timedelta(hours=1)).isoformat()
    assert len(ids(caller, {"created_after": before})) == 7
    assert ids(caller, {"created_after": after}) == []
    assert ids(caller, {"created_before": before}) == []
    assert len(ids(caller, {"created_after": before, "created_before": after})) == 7


def test_live_keys_see_live_runs_unless_they_ask(http: httpx2.Client, shelf: Tenant, runs: list[Json]) -> None:
    live = Caller(http, shelf.live)
    assert ids(live) == []
    assert len(ids(live, {"mode": "test"})) == 7
    assert len(ids(live, {"mode": "all"})) == 7


def test_a_page_says_where_it_stands(caller: Caller, runs: list[Json]) -> None:
    page = caller.get("/v1/runs", params={"limit": 3, "page": 2}).json()["pagination"]
    assert page == {**page, "total": 7, "limit": 3, "offset": 3, "page": 2, "hasMore": True}
    last = caller.get("/v1/runs", params={"limit": 3, "page": 3}).json()["pagination"]
    assert (last["hasMore"], last["next_cursor"]) == (False, None)
    assert caller.get("/v1/runs").json()["pagination"]["limit"] == 20


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_cursors_lead_through_the_whole_list_without_gap_or_repeat(
    limit: int, caller: Caller, runs: list[Json]
) -> None:
    found: list[str] = []
    query: dict[str, str | int] = {"limit": limit}
    while True:
        page = caller.get("/v1/runs", params=query).json()
        found += [one["id"] for one in page["data"]]
        if page["pagination"]["next_cursor"] is None:
            break
        query["cursor"] = page["pagination"]["next_cursor"]
    assert found == [one["id"] for one in runs]


def test_a_cursor_is_not_moved_by_what_comes_on_top(live: Caller) -> None:
    def make() -> str:
        return str(live.post("/v1/api-keys", {"name": "k"}).json()["data"]["id"])

    made = [make() for _ in range(4)]
    first = live.get("/v1/api-keys", params={"limit": 2}).json()
    make()
    rest = ids(live, {"limit": 2, "cursor": first["pagination"]["next_cursor"]}, "/v1/api-keys")
    assert rest == [made[1], made[0]]


def forged(cursor: str) -> list[str]:
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    flipped = [raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :] for place in (0, 11, 12, len(raw) - 1)]
    changed = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in flipped]
    return [*changed, cursor[:-1], cursor + "A", "AAAA", "", "%%%", "é", "x" * 1000, "0", "null", "W10"]


def test_a_cursor_that_this_server_did_not_write_is_refused(caller: Caller, runs: list[Json]) -> None:
    cursor = caller.get("/v1/runs", params={"limit": 2}).json()["pagination"]["next_cursor"]
    for one in forged(cursor):
        answer = caller.get("/v1/runs", params={"cursor": one})
        assert refusal(answer) == (400, "INVALID_CURSOR"), one


def test_a_cursor_of_one_list_does_not_fit_another(caller: Caller, runs: list[Json]) -> None:
    cursor = caller.get("/v1/runs", params={"limit": 2}).json()["pagination"]["next_cursor"]
    for path in PATHS[1:]:
        assert refusal(caller.get(path, params={"cursor": cursor})) == (400, "INVALID_CURSOR")


REFUSED: list[tuple[str, str]] = [
    ("limit=0", "limit"),
    ("limit=101", "limit"),
    ("limit=-1", "limit"),
    ("limit=x", "limit"),
    ("limit=", "limit"),
    ("limit=1.5", "limit"),
    ("limit=99999999999999999999999", "limit"),
    ("limit=1&per_page=2", "limit"),
    ("offset=-1", "offset"),
    ("offset=9999999999", "offset"),
    ("page=0", "page"),
    ("page=1&offset=1", "page"),
    ("page=99999999999999999999", "page"),
    ("cursor=x&offset=1", "cursor"),
    ("color=red", "color"),
    ("limit[]=1", "limit[]"),
    ("%00=1", "\0"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("query", "field"), REFUSED, ids=[one[0] for one in REFUSED])
def test_bad_paging_is_refused_and_the_parameter_named(path: str, query: str, field: str, live: Caller) -> None:
    answer = live.get(f"{path}?{query}")
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status.0"),
        ("status=completed&status=x", "status.1"),
        ("min_confidence=2", "min_confidence"),
        ("min_confidence=nan", "min_confidence"),
        ("min_confidence=inf", "min_confidence"),
        ("created_after=yesterday", "created_after"),
        ("created_after=1767225600", "created_after"),
        ("created_before=0.5", "created_before"),
        ("mode=prod", "mode"),
        ("metadata=x", "metadata"),
        ("metadata[]=x", "metadata[]"),
        ("metadata[a][b]=x", "metadata[a][b]"),
        (f"q={'x' * 256}", "q"),
    ],
)
def test_a_bad_filter_of_runs_is_refused_and_named(query: str, field: str, live: Caller) -> None:
    answer = live.get(f"/v1/runs?{query}")
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field
