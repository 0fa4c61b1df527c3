"""What contract tests share: a workspace of one's own in the shared server, and a judge over every single answer."""

from collections.abc import Iterator

import httpx2
import pytest

from contract.browser import Reception
from contract.document import Document
from futurone_server.features.keys import Capability
from house import Caller, Process, Registry, Tenant


@pytest.fixture(scope="session")
def document(server: Process) -> Document:
    """What the server says of itself."""
    return Document(httpx2.get(f"{server.url}/openapi.json").json())


@pytest.fixture(scope="session")
def http(server: Process, document: Document) -> Iterator[httpx2.Client]:
    """Connections to the shared server. Whatever it answers to any test must be as its document says."""

    def judge(answer: httpx2.Response) -> None:
        assert "x-request-id" in answer.headers, "every answer names its request"
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        assert document.broken_promises(answer) == []

    with httpx2.Client(base_url=server.url, timeout=60, event_hooks={"response": [judge]}) as client:
        yield client


@pytest.fixture
def workspace(registry: Registry) -> Tenant:
    """A workspace of one's own."""
    return registry.tenant()


@pytest.fixture
def reception(http: httpx2.Client, registry: Registry) -> Iterator[Reception]:
    """Lets people in."""
    found = Reception(http, registry)
    yield found
    found.close()


@pytest.fixture
def live(http: httpx2.Client, workspace: Tenant) -> Caller:
    """The workspace's owner."""
    return Caller(http, workspace.live)


@pytest.fixture
def scripted(http: httpx2.Client, workspace: Tenant) -> Caller:
    """The same in test mode, where a directive in the task says what the run does."""
    return Caller(http, workspace.test)


@pytest.fixture
def weak(http: httpx2.Client, registry: Registry, workspace: Tenant) -> Caller:
    """A key that may do nothing that any route of runs, keys or files asks for."""
    return Caller(http, registry.key(workspace, capabilities=frozenset({Capability.USAGE_READ})))
