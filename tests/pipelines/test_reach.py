"""What a run may read: no more than the key that made it, and honest words when that is nothing."""

from collections.abc import AsyncIterator

import pytest

from futurone_server.eventlog import Content
from futurone_server.features.keys import Capability
from futurone_server.features.runs import Budget, Order, Run, Status
from futurone_server.features.vault import Label
from futurone_server.kit.errors import Forbidden
from futurone_server.main import Server
from house import EVERYTHING, Tenant, principal
from pipelines.stage import carry_out

pytestmark = pytest.mark.anyio


async def _upload(house: Server, tenant: Tenant) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"# Tea\n\nThe kettle boils at 100 degrees.\n"

    stored = await house.desk.vault.upload(principal(tenant.workspace_id), chunks(), lambda _: Label(name="tea.md"))
    return stored.file.id


async def _ask(house: Server, tenant: Tenant, *, may_read: bool, files: tuple[str, ...] = ()) -> Run:
    can = EVERYTHING if may_read else EVERYTHING - {Capability.VAULT_READ}
    caller = principal(tenant.workspace_id, capabilities=can)
    task = Content({"task": "At how many degrees does the kettle boil?"})
    order = Order(agent="research", brief=task, files=files, metadata={}, budget=Budget())
    return (await house.desk.runs.create(caller, order, request_id="req_test")).run


async def test_a_key_that_may_not_read_the_vault_cannot_have_a_run_read_it(house: Server, tenant: Tenant) -> None:
    file_id = await _upload(house, tenant)
    with pytest.raises(Forbidden, match="vault:read"):
        await _ask(house, tenant, may_read=False, files=(file_id,))


async def test_without_the_right_the_vault_is_not_searched_either(house: Server, tenant: Tenant) -> None:
    await _upload(house, tenant)
    ended = await carry_out(house, await _ask(house, tenant, may_read=False))
    assert ended.status is Status.ESCALATED
    assert ended.escalation is not None
    assert ended.escalation["reason_code"] == "NO_SOURCES"


async def test_with_the_right_the_vault_holds_the_answer(house: Server, tenant: Tenant) -> None:
    await _upload(house, tenant)
    ended = await carry_out(house, await _ask(house, tenant, may_read=True))
    assert (ended.status, ended.error) == (Status.COMPLETED, None)


async def test_a_task_that_asks_nothing_is_held_with_words_and_is_no_defect(house: Server, tenant: Tenant) -> None:
    await _upload(house, tenant)
    caller = principal(tenant.workspace_id)
    order = Order(agent="research", brief=Content({"task": "?"}), metadata={}, budget=Budget())
    ended = await carry_out(house, (await house.desk.runs.create(caller, order, request_id="req_test")).run)
    assert ended.status is Status.ESCALATED
    assert ended.escalation is not None
    assert ended.escalation["reason_code"] == "NO_EVIDENCE"


async def test_a_file_that_is_deleted_before_it_is_read_fails_the_run_by_name_and_is_no_defect(
    house: Server, tenant: Tenant
) -> None:
    file_id = await _upload(house, tenant)
    run = await _ask(house, tenant, may_read=True, files=(file_id,))
    await house.desk.vault.delete(principal(tenant.workspace_id), file_id)
    ended = await carry_out(house, run)
    assert ended.error is not None
    assert (ended.status, ended.error["reason_code"]) == (Status.FAILED, "SOURCES_CHANGED")
