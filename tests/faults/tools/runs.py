"""Many runs at once, as a client orders and follows them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from faults.tools.books import TERMINAL, Books
from faults.tools.servers import until


def order(client: httpx2.Client, task: str, **members: Any) -> str:
    """The id of a new run."""
    answer = client.post("/v1/runs", json={"agent": "research", "task": task, **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def order_many(client: httpx2.Client, count: int, task: str) -> list[str]:
    """The ids of so many new runs, ordered side by side."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: order(client, task), range(count)))


def holders(books: Books, run_ids: Sequence[str]) -> dict[str, list[str]]:
    """Which worker has which of these runs in hand."""
    found: dict[str, list[str]] = {}
    for row in books.rows("SELECT id, worker_id FROM runs WHERE id = ANY(%s) AND worker_id IS NOT NULL", list(run_ids)):
        found.setdefault(row["worker_id"], []).append(row["id"])
    return found


def wait_steps(books: Books, run_ids: Sequence[str], *, done: int = 1) -> None:
    """Wait until each of these runs has so many steps behind it."""
    query = "SELECT run_id FROM run_steps WHERE run_id = ANY(%s) AND state = 'done' GROUP BY 1 HAVING count(*) >= %s"
    until("steps are done", lambda: len(books.rows(query, list(run_ids), done)) == len(run_ids), within_s=30)


def wait_ends(books: Books, run_ids: Sequence[str], *, within_s: float) -> None:
    """Wait until all of these runs have ended."""
    query = "SELECT count(*) AS n FROM runs WHERE id = ANY(%s) AND status = ANY(%s)"

    def have_ended() -> bool:
        return bool(books.rows(query, list(run_ids), list(TERMINAL))[0]["n"] == len(run_ids))

    until("all runs have ended", have_ended, within_s=within_s)


def statuses(books: Books, run_ids: Sequence[str]) -> set[str]:
    """The states that these runs are in."""
    return {row["status"] for row in books.rows("SELECT status FROM runs WHERE id = ANY(%s)", list(run_ids))}


def heights(books: Books, run_ids: Sequence[str]) -> dict[str, int]:
    """How far the log of each of these runs reaches."""
    rows = books.rows("SELECT run_id, seq FROM log_heads WHERE run_id = ANY(%s)", list(run_ids))
    return {row["run_id"]: row["seq"] for row in rows}


def facts(books: Books, run_id: str) -> list[tuple[Any, ...]]:
    """A run's log without its content, which goes when the run is erased."""
    return [(e["seq"], e["type"], e["name"], e["at"], e["facts"]) for e in books.events(run_id)]
