"""The whole OpenAPI document, asked by schemathesis with sound and unsound data: every answer is as it promises."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from contract.document import Document
from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.servers import Server

pytestmark = pytest.mark.heavy

EXAMPLES = 20
"""So many requests of each phase an operation gets, beside those that cover each bound of its schema."""

WITHIN_S = 900
DISARMING = ("revoke_key", "rotate_key", "scope_key", "set_budgets", "change_workspace")
"""Operations that can take away from a caller what everything else needs: asked at a server of their own."""

REACHED = 0.8
"""The part of all operations that must have done what they are for at least once: most need something that is there."""

SETTINGS = """
color = false
continue-on-failure = true
request-timeout = 60
max-stream-events = 20
warnings = false

[cache]
enabled = false

[generation]
database = "none"

# Sound data may break a rule that no schema can say, and what was made may be gone by then, because content is erased.
# What other callers see of it is held by the matrix of the contract tests.
[checks]
positive_data_acceptance.enabled = false
ensure_resource_availability.enabled = false
object_level_authorization.enabled = false

# An event is held against a schema by the contract tests; here the stream as a whole is a text. Headers that nobody
# knows are no mistake, and what is wrong with the cursor is a contract test too.
[[operations]]
include-operation-id = ["stream_events", "stream_run_events"]
checks.response_schema_conformance.enabled = false
checks.negative_data_rejection.enabled = false

# This path is also that of an invitation with an odd id, which has methods of its own.
[[operations]]
include-path = "/v1/invitations/accept"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
"""


@pytest.fixture(autouse=True)
def schemathesis_is_there() -> None:
    """A run without it must not look like one in which nothing was found."""
    if importlib.util.find_spec("schemathesis") is None:
        pytest.fail("schemathesis is not installed, so the document was NOT tested; `make dev` installs it")


@pytest.fixture
def server(cluster: Cluster, make_server: Make) -> Server:
    """A server that can be asked anything: what callers make it send goes nowhere."""
    return make_server(database_url=cluster.fresh(), faults={"offline": True}).start()


def test_every_operation_answers_sound_and_unsound_requests_as_the_document_says(
    server: Server, tmp_path: Path, scale: float
) -> None:
    everything = set(_document(server).operations)
    told = _ask(server, tmp_path, scale, {"exclude": DISARMING})
    missing = everything - set(DISARMING) - told
    assert len(missing) <= (1 - REACHED) * len(everything), f"never succeeded: {sorted(missing)}"
    with server.client(is_live=True) as client:
        assert client.get("/v1/whoami").status_code == 200, "the key has lost nothing on the way"


def test_operations_that_take_rights_away_answer_as_the_document_says(
    server: Server, tmp_path: Path, scale: float
) -> None:
    operations = {*DISARMING, "create_key"}
    assert _ask(server, tmp_path, scale, {"include": sorted(operations)}) == operations


def _document(server: Server) -> Document:
    with server.client() as client:
        return Document(client.get("/openapi.json").json())


def _ask(server: Server, directory: Path, scale: float, chosen: Mapping[str, Sequence[str]]) -> set[str]:
    """The operations that have succeeded at least once; fails with what schemathesis has to say."""
    settings, report = directory / "schemathesis.toml", directory / "report.ndjson"
    settings.write_text(SETTINGS)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    command += [f"{server.url}/openapi.json", "--header", f"Authorization: Bearer {server.ready['key']}"]
    command += ["--max-examples", str(round(EXAMPLES * scale)), "--seed", "1", "--report-ndjson-path", str(report)]
    command += [part for how, names in chosen.items() for name in names for part in (f"--{how}-operation-id", name)]
    within_s = WITHIN_S * max(1, scale)
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=within_s, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    succeeded = set(_successes(report))
    return {name for name, (method, path, _) in _document(server).operations.items() if (method, path) in succeeded}


def _successes(report: Path) -> Iterator[tuple[str, str]]:
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, case in recorder.get("cases", {}).items():
            answer = recorder.get("interactions", {}).get(name, {}).get("response")
            if answer is not None and answer["status_code"] < 300:
                yield case["value"]["method"], case["value"]["path"]
