"""A review on the stage of a test: files uploaded, the run ordered and carried out, its deliverables read back."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from futurone_server.eventlog import Content, Event, EventType
from futurone_server.features.runs import Budget, Order, Run
from futurone_server.features.vault import Label
from futurone_server.main import Server
from house import Tenant, principal
from pipelines.stage import carry_out, events_of

GOOD = "def total(prices: list[int]) -> int:\n    return sum(prices)\n"
BAD = """import subprocess


def total(prices, extra=[]):
    subprocess.run("ls " + prices, shell=True)
    extra.append(prices)
    return undefined_total
"""
PATCH = """diff --git a/shop/prices.py b/shop/prices.py
--- a/shop/prices.py
+++ b/shop/prices.py
@@ -1,6 +1,8 @@
 import subprocess


 def total(prices):
+    eval(prices)
     count = len(prices)
+    subprocess.run("ls " + prices, shell=True)
     return count
"""
BEFORE = "import subprocess\n\n\ndef total(prices):\n    count = len(prices)\n    return count\n"


@dataclass(frozen=True, kw_only=True)
class Played:
    """How a run went."""

    run: Run
    events: list[Event]

    def findings(self, *severities: str) -> list[tuple[str, str, str | None]]:
        """Severity, title and location of what was said on the stream, of some severities or of all."""
        told = [event for event in self.events if event.type is EventType.FINDING]
        found = []
        for event in told:
            content: Mapping[str, Any] = event.content or {}
            severity = str(event.facts["severity"])
            if not severities or severity in severities:
                found.append((severity, str(content["title"]), content["location"]))
        return found


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


async def review(
    house: Server,
    tenant: Tenant,
    files: Mapping[str, str | bytes],
    task: str = "Review this.",
    budget: Budget | None = None,
) -> Played:
    """Upload files, have them reviewed, and tell how it went."""
    caller = principal(tenant.workspace_id)
    ids = []
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        ids.append(await _upload(house, tenant, name, data))
    order = Order(
        agent="coding", brief=Content({"task": task}), files=tuple(ids), metadata={}, budget=budget or Budget()
    )
    run = (await house.desk.runs.create(caller, order, request_id="req_test")).run
    ended = await carry_out(house, run)
    return Played(run=ended, events=await events_of(house, ended))


async def _upload(house: Server, tenant: Tenant, name: str, data: bytes) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    stored = await house.desk.vault.upload(principal(tenant.workspace_id), chunks(), lambda _: Label(name=name))
    return stored.file.id


async def deliverables(house: Server, played: Played) -> tuple[str, dict[str, Any]]:
    """The report and the list of findings."""
    told = [event for event in played.events if event.type is EventType.ARTIFACT]
    texts = {str(event.facts["type"]): str((event.content or {})["content"]) for event in told}
    return texts["review"], json.loads(texts["findings"])
