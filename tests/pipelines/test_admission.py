"""Admission: workspaces take turns, priorities count within one, and each run is claimed once."""

import asyncio

import pytest

from futurone_server.features.runs import RunWork
from futurone_server.main import Server
from house import add_tenant
from pipelines.stage import order_run

pytestmark = pytest.mark.anyio


def _desk(house: Server) -> RunWork:
    return house.worker.desk


async def test_a_workspace_with_much_work_does_not_keep_another_waiting(house: Server) -> None:
    busy, calm = await add_tenant(house), await add_tenant(house)
    many = [await order_run(house, busy, "[test:complete]") for _ in range(6)]
    few = [await order_run(house, calm, "[test:complete]") for _ in range(2)]
    claimed = {one.run_id for one in (await _desk(house).claim("wkr_a", 4)).runs}
    assert claimed == {run.id for run in [*many[:2], *few]}


async def test_what_is_in_work_counts_for_whose_turn_it_is(house: Server) -> None:
    busy, calm = await add_tenant(house), await add_tenant(house)
    for _ in range(3):
        await order_run(house, busy, "[test:complete]")
    await _desk(house).claim("wkr_a", 2)
    late = await order_run(house, calm, "[test:complete]")
    assert [one.run_id for one in (await _desk(house).claim("wkr_a", 1)).runs] == [late.id]


async def test_the_urgent_goes_first_within_a_workspace(house: Server) -> None:
    tenant = await add_tenant(house)
    await order_run(house, tenant, "[test:complete]")
    urgent = await order_run(house, tenant, "[test:complete]", priority=10)
    assert [one.run_id for one in (await _desk(house).claim("wkr_a", 1)).runs] == [urgent.id]


async def test_two_workers_never_claim_the_same_run(house: Server) -> None:
    tenant = await add_tenant(house)
    for _ in range(12):
        await order_run(house, tenant, "[test:complete]")
    rounds = await asyncio.gather(*(_desk(house).claim(f"wkr_{n}", 3) for n in range(6)))
    claimed = [one.run_id for part in rounds for one in part.runs]
    while part := (await _desk(house).claim("wkr_last", 3)).runs:
        claimed += [one.run_id for one in part]
    assert len(claimed) == len(set(claimed)) == 12
