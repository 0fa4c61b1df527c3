"""A run of research with a model from its creation to its end, with a mail in its midst that a person approves."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from faults.tools.books import Books, is_prefix, read_log
from faults.tools.provider import Provider
from faults.tools.runs import facts
from faults.tools.scenario import Scenario
from faults.tools.servers import Server
from futurone_server.models.scripted import ToolUse
from pipelines.inquiry.conftest import LIGHTHOUSE
from pipelines.inquiry.standin import Researcher, marked

HEIGHT, BUILT = "How high is the lighthouse tower?", "When was the lighthouse built?"
TOKENS_MAX = 200_000
KINDS = ("content_delta", "content_reset")


class Mailer(Researcher):
    """Looks into two questions side by side, and wants a mail sent before it answers the first."""

    def __init__(self) -> None:
        super().__init__(HEIGHT, BUILT, tools=("documents_search", "send_mail"))
        self.text = ""
        self.write = self._write  # type: ignore[assignment]  # a script may ask for a tool

    def _write(self, prompt: str) -> object:
        if marked(prompt, "question") == HEIGHT and "<result>" not in prompt:
            return ToolUse(tool="send_mail", args={"text": self.text})
        return self.quote(prompt)


class Inquiry(Scenario):
    """The client's side of it, at a server that may be gone at any moment."""

    def __init__(
        self, server: Server, directory: Path, *, mend: Callable[[], None], provider: Provider, progress_s: float = 60
    ) -> None:
        super().__init__(server, directory, mend=mend, progress_s=progress_s)
        self._directory = directory
        self._provider = provider
        assert isinstance(provider.mind, Mailer)
        provider.mind.text = self._key
        self._first = len(provider.asked)
        self._drafts: dict[str, int] = {}
        self._spent = 0

    @staticmethod
    def needs(directory: Path) -> dict[str, Any]:
        """What a server must be started with to take part."""
        return {**Scenario.needs(directory), "mails": str(directory / "mails")}

    def client(self) -> httpx2.Client:
        """Requests with the owner's key: test runs ask no model."""
        return self._server.client(is_live=True)

    def note(self, url: str) -> None:
        """Look into the books at the moment of a fault: what was done and used must be so at the end."""
        with Books.open(url) as books:
            rows = books.rows("SELECT id FROM runs WHERE metadata->>'key' = %s", self._key)
            if not rows:
                return
            run_id = rows[0]["id"]
            self._stored = facts(books, run_id)
            self._spent = _tokens(books, run_id)
            done = books.rows("SELECT step_id FROM run_steps WHERE run_id = %s AND state = 'done'", run_id)
            self._drafts = {row["step_id"]: self._asked(row["step_id"]) for row in done}

    def _asked(self, step: str) -> int:
        """How often this run's provider was asked for the answer that a step gives."""
        question = {"s1": HEIGHT, "s2": BUILT}.get(step)
        mine = self._provider.asked[self._first :]
        return sum(one.kind == "draft" and one.question == question for one in mine)

    def play(self) -> None:
        """The whole scenario, whatever happens meanwhile; no fault comes after it."""
        file = {"file": (f"{uuid.uuid4()}.md", LIGHTHOUSE, "text/markdown")}
        file_id = self.ask("POST", "/v1/vault/files", files=file).json()["data"]["id"]
        order = {
            "agent": "research",
            "task": "How high is the lighthouse, and when was it built?",
            "files": [file_id],
            "metadata": {"key": self._key},
            "budget": {"max_tokens": TOKENS_MAX},
        }
        made = self.ask("POST", "/v1/runs", json=order, headers={"Idempotency-Key": self._key})
        self.run_id = made.json()["id"]
        answered: set[str] = set()
        while (run := self._until("an end, or a question", self._has_come(answered)))["completed_at"] is None:
            input_id = run["awaiting"]["input_id"]
            body = {"action": "approve", "input_id": input_id}
            self.ask("POST", f"/v1/runs/{self.run_id}/signal", json=body)
            answered.add(input_id)
        assert run["status"] == "completed", run
        assert len(answered) == 1, "an approval is asked for once, and holds"
        self._end()

    @staticmethod
    def _has_come(answered: set[str]) -> Callable[[Any], bool]:
        def has_come(run: Any) -> bool:
            asks = run["awaiting"] is not None and run["awaiting"]["input_id"] not in answered
            return asks or run["completed_at"] is not None

        return has_come

    def check(self, url: str, *, faults: int) -> None:
        """That nothing was lost, repeated, mixed or forgotten in the bill."""
        with Books.open(url) as books:
            books.check(self.run_id)
            assert is_prefix(self._stored, facts(books, self.run_id))
            calls = [one["facts"] for one in books.events(self.run_id) if one["type"] == "model_call"]
            used = sum(one["input_tokens"] + one["output_tokens"] for one in calls)
            spent = _tokens(books, self.run_id)
        assert used == spent, "every call that is paid for is in the log"
        assert self._spent <= spent <= TOKENS_MAX
        for step, count in self._drafts.items():
            assert self._asked(step) == count, f"{step} was done, and asked again"
        assert self._asked("s1") <= 3 + 2 * faults, "asked for the mail, asked again once it was approved, and answered"
        mails = self._directory / "mails"
        lines = mails.read_text().splitlines() if mails.exists() else []
        mine = lines.count(self._key)
        assert mine <= 1, "what a person approved once is done once"
        assert mine == 1 or faults
        with self.client() as client:
            texts = _shown(read_log(client, self.run_id))
        assert set(texts) == {"s1", "s2"}
        assert set(texts.values()) <= set(self._provider.said), "what is on the screen is one answer, and whole"


def _tokens(books: Books, run_id: str) -> int:
    (row,) = books.rows("SELECT input_tokens + output_tokens AS used FROM runs WHERE id = %s", run_id)
    return int(row["used"])


def _shown(events: list[Any]) -> dict[str, str]:
    """What a reader of the stream has before them at the end, by step."""
    texts: dict[str, str] = {}
    for event in events:
        value = event["payload"]["value"]
        if event["type"] == "step.progress" and value["kind"] in KINDS:
            is_reset = value["kind"] == KINDS[1]
            texts[value["step"]] = "" if is_reset else texts.get(value["step"], "") + value["content_delta"]
    return {step: text for step, text in texts.items() if text}
