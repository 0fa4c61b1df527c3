"""A report written with a model says which model wrote it, of which sources, and by which rubric it was verified."""

import hashlib

import pytest

from futurone_server.features.runs import RubricRef, SourceRef, Status
from futurone_server.main import Server
from house import Tenant, principal
from pipelines.inquiry.conftest import HARBOUR, LIGHTHOUSE, research, upload

pytestmark = pytest.mark.anyio


async def test_a_written_report_names_its_model_its_sources_and_its_rubric(house: Server, tenant: Tenant) -> None:
    files = [
        await upload(house, tenant, "lighthouse.md", LIGHTHOUSE),
        await upload(house, tenant, "harbour.md", HARBOUR),
    ]
    run = await research(house, tenant, *files)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    caller = principal(tenant.workspace_id)
    (artifact,) = (await house.desk.deliverables.artifacts(caller, [run]))[run.id]
    told = artifact.provenance
    assert (told.engine, told.models, told.step) == ("model", ("scripted:model",), "compose")
    assert told.sources is not None
    assert set(told.sources) == {
        SourceRef(name=name, sha256=hashlib.sha256(text).hexdigest(), media_type="text/markdown")
        for name, text in (("lighthouse.md", LIGHTHOUSE), ("harbour.md", HARBOUR))
    }
    assert told.rubric == RubricRef(id="inquiry", version=1)
    await house.desk.erasure.acknowledge(caller, run.id)
    erased = await house.desk.runs.get(caller, run.id)
    (left,) = (await house.desk.deliverables.artifacts(caller, [erased]))[run.id]
    assert left.provenance.sources is None
    assert left.provenance.models == ("scripted:model",)
