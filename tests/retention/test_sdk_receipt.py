"""Receipts through the SDK and the command, against the real server."""

import base64
import json
import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from futurone import AsyncFuturOne, ConflictError, FuturOne
from house import Process, Registry

FUTURONE = [sys.executable, "-c", "from futurone.cli import main; raise SystemExit(main())"]


@pytest.fixture(scope="module")
def key(registry: Registry) -> str:
    return registry.tenant().test


def ended(server: Process, key: str) -> str:
    with FuturOne(api_key=key, base_url=server.url) as client:
        return client.runs.wait(client.runs.create(agent="research", task="[test:complete]").id).id


def test_a_receipt_is_refused_before_the_erasure_and_holds_after_it(server: Process, key: str) -> None:
    run_id = ended(server, key)
    with FuturOne(api_key=key, base_url=server.url) as client:
        with pytest.raises(ConflictError):
            client.runs.receipt(run_id)
        client.runs.ack(run_id)
        found = client.runs.receipt(run_id)
    assert found.receipt["run_id"] == run_id
    assert not found.is_final, "the hour is not over"
    statement = json.dumps(found.receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert found.public_key is not None
    assert found.signature is not None
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(found.public_key))
    public.verify(base64.b64decode(found.signature), statement)


@pytest.mark.anyio
async def test_the_asyncio_client_reads_it_too(server: Process, key: str) -> None:
    run_id = ended(server, key)
    async with AsyncFuturOne(api_key=key, base_url=server.url) as client:
        await client.runs.ack(run_id)
        assert (await client.runs.receipt(run_id)).receipt["cause"] == "acknowledged"


def test_the_command_says_what_was_destroyed_and_what_is_still_to_go(server: Process, key: str) -> None:
    run_id = ended(server, key)
    environment = {**os.environ, "FUTURONE_API_KEY": key}
    command = [*FUTURONE, "--base-url", server.url, "runs"]
    before = subprocess.run([*command, "receipt", run_id], env=environment, capture_output=True, text=True, check=False)
    assert before.returncode != 0
    assert "not been erased yet" in before.stderr
    subprocess.run([*command, "ack", run_id], env=environment, capture_output=True, check=True)
    after = subprocess.run([*command, "receipt", run_id], env=environment, capture_output=True, text=True, check=True)
    assert "acknowledged" in after.stdout
    assert "events" in after.stdout
    assert "backups open until then" in after.stdout
