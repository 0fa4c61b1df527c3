"""One run from its creation to its erasure, by a client that keeps trying: what must come out of it whatever happens.

Create, plan, a step that uses a tool, a wait for approval, the answer, a wait for a form, the answer, a last step with
a deliverable, the end, the erasure.
"""

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from faults.tools.books import Books, check_view, is_prefix, read_log
from faults.tools.commits import disarm
from faults.tools.runs import facts
from faults.tools.servers import Server, until

NEVER = 10**6
_PASSING = (502, 503)


def some_commits(*, one_in: int) -> Iterator[int]:
    """The numbers of one in so many commits, other ones in every session: where each of them would take too long."""
    return itertools.count(random.randint(1, max(1, one_in)), max(1, one_in))


class Scenario:
    """The client's side of one run, at a server that may be gone at any moment."""

    def __init__(self, server: Server, directory: Path, *, mend: Callable[[], None], progress_s: float = 60) -> None:
        """``mend`` brings back what a fault has taken away; ``progress_s`` is how long a run may stand still then."""
        self._server = server
        self._mend = mend
        self._progress_s = progress_s
        self._key = str(uuid.uuid4())
        self.plan = directory / "plan.json"
        self.effects = directory / "effects"
        self.run_id = ""
        self._stored: list[tuple[Any, ...]] = []
        self._done: Counter[str] = Counter()

    @staticmethod
    def needs(directory: Path) -> dict[str, Any]:
        """What a server must be started with to take part."""
        return {
            "plan": str(directory / "plan.json"),
            "effects": str(directory / "effects"),
            "due_lease_s": 1.0,
            "limits": {"HEARTBEAT_WORKER_S": 0.25, "SILENCE_S": 0.75},
        }

    def client(self) -> httpx2.Client:
        """Requests with the key that the scenario is played with."""
        return self._server.client()

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request, again and again until there is an answer that is no mere "not now"."""

        def answered() -> httpx2.Response | None:
            try:
                with self.client() as client:
                    answer = client.request(method, path, **options)
            except httpx2.TransportError:
                self._mend()
                return None
            assert answer.status_code in (200, 201, 202, *_PASSING), f"{method} {path}: {answer.text}"
            if answer.status_code in _PASSING:
                assert answer.json()["reason_code"] == "UNAVAILABLE"
                self._mend()
                return None
            return answer

        found: httpx2.Response = until(f"an answer to {method} {path}", answered, within_s=self._progress_s + 10)
        return found

    def note(self, url: str) -> None:
        """Look into the books at the moment of a fault: all that is there must be there at the end."""
        with Books.open(url) as books:
            rows = books.rows("SELECT id FROM runs WHERE metadata->>'key' = %s", self._key)
            if rows:
                stored = facts(books, rows[0]["id"])
                assert is_prefix(self._stored, stored)
                self._stored = stored
                done = books.rows("SELECT step_id FROM run_steps WHERE run_id = %s AND state = 'done'", rows[0]["id"])
                self._done = Counter({row["step_id"]: self._times(rows[0]["id"])[row["step_id"]] for row in done})

    def play(self) -> None:
        """The whole scenario, whatever happens meanwhile; no fault comes after it."""
        order = {
            "agent": "research",
            "task": "[test:input]",
            "metadata": {"key": self._key},
            "retention": {"mode": "zero", "window_s": 1},  # with 0 the erasure would be no step of its own
        }
        made = self.ask("POST", "/v1/runs", json=order, headers={"Idempotency-Key": self._key})
        self.run_id = made.json()["id"]
        approval = self._waiting("approval")
        self._answer(approval, action="approve")
        form = self._waiting("form")
        self._answer(form, action="submit_input", payload={"city": "Lisbon"})
        run = self._until("the run's end", lambda run: run["completed_at"] is not None)
        assert run["status"] == "completed", run
        self._until("the erasure", lambda run: run["content"]["state"] == "erased")
        self._end()

    def _end(self) -> None:
        """Disarm, and mend what a fault of the last moment has taken away."""
        disarm(self.plan)
        self._mend()
        self.ask("GET", f"/v1/runs/{self.run_id}")

    def _answer(self, waiting: Any, **answer: Any) -> None:
        input_id = waiting["awaiting"]["input_id"]
        self.ask("POST", f"/v1/runs/{self.run_id}/signal", json={**answer, "input_id": input_id})

    def _waiting(self, kind: str) -> Any:
        def has_come(run: Any) -> bool:
            assert run["completed_at"] is None, run
            return run["awaiting"] is not None and run["awaiting"]["kind"] == kind

        return self._until(f"the wait for an {kind}", has_come)

    def _until(self, what: str, has_come: Callable[[Any], bool]) -> Any:
        def look() -> Any:
            run = self.ask("GET", f"/v1/runs/{self.run_id}", params={"wait": 1}).json()
            return run if has_come(run) else None

        return until(what, look, within_s=self._progress_s)

    def _times(self, run_id: str) -> Counter[str]:
        lines = self.effects.read_text().splitlines() if self.effects.exists() else []
        return Counter(line.partition(" ")[2] for line in lines if line.startswith(run_id))

    def check(self, url: str, *, faults: int) -> None:
        """That nothing was lost, repeated or invented."""
        with Books.open(url) as books:
            books.check(self.run_id)
            (claim,) = books.rows("SELECT resource_id FROM idempotency WHERE key = %s", self._key)
            (run,) = books.rows("SELECT id FROM runs WHERE metadata->>'key' = %s", self._key)
            assert claim["resource_id"] == run["id"] == self.run_id
            stored = facts(books, self.run_id)
            assert is_prefix(self._stored, stored), "what was stored before the fault is how the log begins"
            assert not books.rows("SELECT 1 FROM run_contents WHERE run_id = %s AND sealed IS NOT NULL", self.run_id)
        with self.client() as client:
            shown = read_log(client, self.run_id)
            check_view(client, self.run_id, shown)
        assert [event["seq"] for event in shown] == [event[0] for event in stored]
        times = self._times(self.run_id)
        assert all(times[step] == count for step, count in self._done.items()), "a step that was done ran again"
        assert set(times) == {"s1", "s4"}
        assert times.total() <= 2 + faults
