"""Our webhooks at receivers in Node: the npm package and plain ``node:crypto`` verify them. Run by ``make test-node``.

Not collected by name, because Node and an npm index are not on every machine: ``scripts/test-node`` names this file.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conftest import Databases
from house import Caller, Process

PROGRAMS = Path(os.environ["FUTURONE_TEST_NODE"])
"""The directory that has these programs beside what npm has installed."""

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md"
GOOD = {"hex": True, "standard": True, "package": True}
BAD = dict.fromkeys(GOOD, False)


def vector() -> dict[str, Any]:
    """The test vector of the guide, as a request."""
    (block,) = [one for one in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "\nID, TIME" in one]
    told: dict[str, Any] = {}
    exec(block, told)  # the guide's own code, which defines the vector and holds it against itself
    hexadecimal, standard = re.findall(r'"([0-9a-f]{64}|v1,[^"]+)"', block)
    headers = {"webhook-id": told["ID"], "webhook-timestamp": told["TIMESTAMP"], "webhook-signature": standard}
    headers["x-futurone-signature"] = hexadecimal
    return {"secret": told["SECRET"], "body": told["BODY"].decode(), "headers": headers}


class Receiver:
    """A receiver in Node, at work."""

    def __init__(self, node: "subprocess.Popen[str]") -> None:
        self._node = node
        self.port = int(self.told()["port"])

    def told(self) -> Any:
        """What it says next."""
        assert self._node.stdout is not None
        line = self._node.stdout.readline()
        assert line, "the receiver has ended"
        return json.loads(line)

    def learn(self, secret: str) -> None:
        """Tell it one secret more."""
        assert self._node.stdin is not None
        self._node.stdin.write(f"{secret}\n")
        self._node.stdin.flush()
        assert self.told()["secrets"] >= 1


@contextmanager
def receiving() -> Iterator[Receiver]:
    with subprocess.Popen(
        ["node", str(PROGRAMS / "receiver.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        try:
            yield Receiver(node)
        finally:
            assert node.stdin is not None
            node.stdin.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def caller(
    databases: Databases, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Caller]:
    """The owner at a server that may tell the receiver."""
    monkeypatch.setenv("FUTURONE_EGRESS_ALLOW", f"127.0.0.1:{receiver.port}")
    process = Process(tmp_path / "data", databases.fresh()).start()
    try:
        with httpx2.Client(base_url=process.url, timeout=60) as http:
            yield Caller(http, process.ready["key"])
    finally:
        process.end()


def test_the_vector_of_the_guide_holds_in_node() -> None:
    request = vector()
    words = json.dumps(request)
    done = subprocess.run(
        ["node", str(PROGRAMS / "vector.mjs")], input=words, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    signed = request["headers"]["webhook-signature"]
    assert json.loads(done.stdout) == {"hex": True, "standard": True, "old": False, "signed": signed}


def test_a_delivery_is_taken_by_the_package_and_by_plain_code_and_a_changed_one_is_not(
    caller: Caller, receiver: Receiver
) -> None:
    url = f"http://127.0.0.1:{receiver.port}/hook"
    made = caller.post("/v1/webhooks/endpoints", {"url": url}).json()["data"]
    receiver.learn(made["secret"])
    run = caller.create(metadata={"größe": "ß🎈"})
    told = receiver.told()
    assert told["event"]["data"]["run_id"] == run["id"]
    assert told["event"]["data"]["metadata"] == {"größe": "ß🎈"}
    assert told["genuine"] == [GOOD]
    assert told["changed"] == [BAD]


def test_while_a_secret_is_changed_receivers_may_know_either_and_afterwards_the_new_one(
    caller: Caller, receiver: Receiver
) -> None:
    url = f"http://127.0.0.1:{receiver.port}/hook"
    made = caller.post("/v1/webhooks/endpoints", {"url": url}).json()["data"]
    rotated = caller.post(f"/v1/webhooks/endpoints/{made['id']}/rotate-secret", {"overlap_s": 3600}).json()["data"]
    receiver.learn(made["secret"])
    receiver.learn(rotated["secret"])
    caller.create()
    during = receiver.told()
    assert during["genuine"] == [GOOD, {**GOOD, "hex": False}], "the plain header has room for one: the old one"
    cut = caller.post(f"/v1/webhooks/endpoints/{made['id']}/rotate-secret", {"cut_over": True})
    assert cut.status_code == 200, cut.text
    caller.create()
    assert receiver.told()["genuine"] == [BAD, GOOD]


def test_a_runs_own_address_is_signed_with_the_workspaces_secret(caller: Caller, receiver: Receiver) -> None:
    shown = caller.post("/v1/webhooks/signing-secret/rotate").json()["data"]
    receiver.learn(shown["secret"])
    run = caller.create(webhook_url=f"http://127.0.0.1:{receiver.port}/own")
    told = receiver.told()
    assert (told["event"]["data"]["run_id"], told["genuine"], told["changed"]) == (run["id"], [GOOD], [BAD])
