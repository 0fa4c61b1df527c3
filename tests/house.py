"""A whole server for a test: in this process or in one of its own, with the callers and tenants a test needs."""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from futurone_server.features.keys import Capability, KeyOrder, Mode, Principal
from futurone_server.features.runs import RunWork
from futurone_server.features.workspaces import Project, RetentionMode, Workspace
from futurone_server.features.workspaces import store as workspace_rows
from futurone_server.kit.clock import Clock, SystemClock
from futurone_server.kit.ids import new_id
from futurone_server.main import Server, assemble
from futurone_server.models.port import Models
from futurone_server.pipelines.toolbox import Toolbox
from futurone_server.store.database import SYSTEM
from nursery import nursery
from settings import LIMITS, RATES, config

ROOT_KEY = bytes(range(32))
EVERYTHING = frozenset(Capability)
COMMAND = "from futurone.cli import main; raise SystemExit(main())"
Json = Any
"""A JSON value as it came: tests say what they expect of it."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A workspace with a live and a test key that may do everything."""

    workspace_id: str
    project_id: str
    owner: Principal
    live: str
    test: str


def order(name: str = "key", **changes: Any) -> KeyOrder:
    """An order of a key that may do everything, but for what a test says."""
    usual: dict[str, Any] = {"mode": Mode.LIVE, "capabilities": None, "projects": None, "agents": None}
    return KeyOrder(**{"name": name, "expires_at": None, **usual, **changes})


def principal(workspace_id: str, **changes: Any) -> Principal:
    """A caller that may do everything in a workspace, but for what a test says."""
    usual: dict[str, Any] = {"projects": None, "agents": None, "expires_at": None, "mode": Mode.LIVE}
    usual |= {"key_id": new_id("key_", datetime.now(UTC)), "capabilities": EVERYTHING, "rate_limits": LIMITS}
    return Principal(**{"workspace_id": workspace_id, **usual, **changes})


async def add_tenant(server: Server, name: str = "Tenant", **settings: Any) -> Tenant:
    """A new workspace, made through the services."""
    now = server.desk.clock.now()
    workspace_id, project_id = new_id("ws_", now), new_id("prj_", now)
    usual: dict[str, Any] = {"threshold": 0.85, "retention": RetentionMode.ZERO, "window_s": 86_400}
    workspace = Workspace(
        id=workspace_id,
        name=name,
        default_agent="research",
        default_project_id=project_id,
        created_at=now,
        **{**usual, **settings},
    )
    project = Project(id=project_id, workspace_id=workspace_id, name="Default", created_at=now)
    async with server.desk.db.transaction(SYSTEM) as tx:
        await workspace_rows.add(tx, workspace, project)
    owner = principal(workspace_id)
    live = await server.desk.keys.create(owner, order("live"))
    test = await server.desk.keys.create(owner, order("test", mode=Mode.TEST))
    assert live.token is not None
    assert test.token is not None
    return Tenant(workspace_id=workspace_id, project_id=project_id, owner=owner, live=live.token, test=test.token)


@functools.cache
def data_dir(url: str) -> Path:
    """The data directory that all servers of one database share, and with it the keys of hours."""
    directory = Path(tempfile.mkdtemp(prefix="futurone-house-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@contextlib.asynccontextmanager
async def open_server(
    url: str,
    role: str | None,
    *,
    clock: Clock | None = None,
    models: Models | None = None,
    tools: Toolbox | None = None,
) -> AsyncIterator[Server]:
    """All parts in this process, with the log at work; runs are carried out when a test says so."""
    server = assemble(
        config(data_dir(url)),
        url=url,
        role=role,
        root_key=ROOT_KEY,
        clock=clock or SystemClock(),
        models=models,
        tools=tools,
    )
    await server.desk.log.start()
    try:
        yield server
    finally:
        server.desk.streams.cut_all()
        await server.worker.conductor.drop_all()
        await server.desk.log.stop()
        await server.desk.db.close()


async def carry_out(server: Server) -> int:
    """Carry out what waits for a worker, here and now; returns how many segments that were."""
    worker = RunWork(server.desk.runs._house)
    claims = await worker.claim(server.worker.engine.worker_id, 100)
    for one in claims.runs:
        server.worker.conductor.expect(one)
    await asyncio.gather(*(server.worker.conductor.segment(one.key) for one in claims.runs))
    return len(claims.runs)


class Process:
    """``futurone up`` in a process of its own, on loopback: one of the nursery, or that of a program."""

    def __init__(self, data_dir: Path, database_url: str, *flags: str, program: str | None = None) -> None:
        self.data_dir, self.database_url = data_dir, database_url
        self._flags, self._program = flags, program
        self._child: subprocess.Popen[bytes] | None = None
        self.ready: Mapping[str, Any] = {}

    def start(self) -> "Process":
        """Start it and wait until it says that it is ready."""
        command = ["up", "--no-demo", "--json", "--port", "0", "--data-dir", str(self.data_dir), *self._flags]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "server.log").open("ab") as log:
            self._child = subprocess.Popen(
                [*([sys.executable, "-c", self._program] if self._program else [nursery().server]), *command],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**RATES, **os.environ, "FUTURONE_DATABASE_URL": self.database_url},
            )
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._child.kill()
            self.wait()
            raise AssertionError(f"the server did not start:\n{self.log()}")
        self.ready = {**self.ready, **json.loads(line)}
        return self

    def log(self) -> str:
        """What it wrote to standard error so far."""
        return (self.data_dir / "server.log").read_text(errors="replace")

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return str(self.ready["url"])

    @property
    def pid(self) -> int:
        """Its process id, as it says itself."""
        return int(self.ready["pid"])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and wait until it is gone; returns its exit code."""
        assert self._child is not None
        if self._child.poll() is None:
            os.kill(self.pid, number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it is gone; returns its exit code."""
        assert self._child is not None
        code = self._child.wait(timeout=30)
        if self._child.stdout is not None:
            self._child.stdout.close()
        return code


class Registry:
    """Makes tenants in the database of a running server, through the same services, from this process."""

    def __init__(self, process: Process) -> None:
        root_key = (process.data_dir / "keys" / "root.key").read_bytes()
        self._runner = asyncio.Runner()
        self._server = assemble(
            config(process.data_dir),
            url=process.database_url,
            role="futurone_app",
            root_key=root_key,
            clock=SystemClock(),
        )

    def tenant(self, name: str = "Tenant", **settings: Any) -> Tenant:
        """A new workspace with its keys."""
        return self._runner.run(add_tenant(self._server, name, **settings))

    def key(self, tenant: Tenant, **changes: Any) -> str:
        """A key of a tenant, in its one-word spelling."""
        minted = self._runner.run(self._server.desk.keys.create(tenant.owner, order(**changes)))
        assert minted.token is not None
        return minted.token

    def close(self) -> None:
        """Let go of the database."""
        self._runner.run(self._server.desk.db.close())
        self._runner.close()


def frames(raw: bytes) -> Iterator[tuple[int, str, Json]]:
    """The events of a whole stream: id, name, data. Refuses anything a strict reader would stumble over."""
    text = raw.decode()
    assert text.endswith("\n\n"), "a stream ends with a whole frame"
    for block in text.removesuffix("\n\n").split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith((":", "retry:")) for line in lines):
            continue
        assert [line.partition(": ")[0] for line in lines] == ["id", "event", "data"], block
        number, name, data = (line.partition(": ")[2] for line in lines)
        yield int(number), name, json.loads(data)


class Caller:
    """One key at one server."""

    def __init__(self, http: httpx2.Client, key: str | None) -> None:
        self.http = http
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request; ``headers`` come on top of the credential."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """One GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx2.Response:
        """One POST with a JSON body, if any."""
        return self.ask("POST", path, **({} if body is None else {"json": body}), **options)

    def create(self, task: str = "[test:complete]", **members: Any) -> Json:
        """A new run, as the API shows it."""
        answer = self.post("/v1/runs", {"agent": "research", "task": task, **members})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def run(self, run_id: str, *, wait: int = 0) -> Json:
        """A run, once it has ended or waits for a person if ``wait`` says so."""
        answer = self.get(f"/v1/runs/{run_id}", params={"wait": wait} if wait else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, task: str = "[test:complete]", **members: Any) -> Json:
        """A new run, once it has ended or waits for a person."""
        return self.run(self.create(task, **members)["id"], wait=30)

    def events(self, run_id: str, *, after: int = 0) -> list[Json]:
        """All events of a run after a number, as pages of projection B show them."""
        found: list[Json] = []
        while True:
            query = {"after": found[-1]["seq"] if found else after, "limit": 1000}
            page = self.get(f"/v1/runs/{run_id}/events", params=query, headers={"Accept": "application/json"}).json()
            found += page["data"]
            if not page["pagination"]["hasMore"]:
                return found

    def stream(self, path: str, **options: Any) -> tuple[httpx2.Response, list[tuple[int, str, Json]]]:
        """A whole stream, read to its clean end."""
        answer = self.get(path, **options)
        return answer, list(frames(answer.content)) if answer.content else []


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and reason of an error, once its body has been found to be the one error body."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/json", answer.text
    assert set(body) == {"error", "reason_code", "request_id"}, answer.text
    assert set(body["error"]) == {"type", "code", "message", "details"}, answer.text
    assert body["request_id"] == answer.headers["x-request-id"]
    assert isinstance(body["error"]["details"], dict)
    assert body["error"]["message"]
    return answer.status_code, str(body["reason_code"])
