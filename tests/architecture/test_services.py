"""A service that takes a caller asks first what the caller may do."""

import pytest

from architecture.rules.services import unguarded
from architecture.sources import Source, expect_none, shipped, snippet


def _service(body: str, *, signature: str = "self, caller: Principal, run_id: str") -> Source:
    text = f"class RunService:\n    async def get({signature}):\n" + "".join(
        f"        {line}\n" for line in body.split("\n")
    )
    return snippet("futurone_server.features.runs.service", text)


def test_every_service_that_takes_a_caller_asks_for_a_capability() -> None:
    expect_none(found for source in shipped() for found in unguarded(source))


@pytest.mark.parametrize(
    "body",
    [
        "return await self._find(run_id)",
        "async with self._db.transaction() as tx:\n    caller.require(Capability.RUNS_READ)",
        "run = await store.get(run_id)\ncaller.require(Capability.RUNS_READ)",
        "if run_id:\n    caller.require(Capability.RUNS_READ)",
        "other.require(Capability.RUNS_READ)",
        "return await self._get(caller, run_id)",
        "return await store.get(caller, run_id)",
    ],
)
def test_a_method_that_does_not_ask_first_is_reported(body: str) -> None:
    assert list(unguarded(_service(body)))


def test_a_caller_is_recognised_by_type_under_any_name() -> None:
    assert list(unguarded(_service("return None", signature="self, who: Principal | None")))


@pytest.mark.parametrize(
    "body",
    [
        "'''One run.'''\ncaller.require(Capability.RUNS_READ)\nreturn await self._find(run_id)",
        "rules.check(run_id)\ncaller.require(Capability.RUNS_READ)",
        "return await self.read(caller, run_id)",
        "return await self._keys.read(caller, run_id)",
    ],
)
def test_a_method_that_asks_first_or_hands_the_caller_on_is_fine(body: str) -> None:
    assert list(unguarded(_service(body))) == []


def test_methods_without_a_caller_and_private_ones_need_not_ask() -> None:
    assert list(unguarded(_service("return None", signature="self, tx: Tx, caller: Principal"))) == []
    private = "class RunService:\n    async def _get(self, caller: Principal): ..."
    assert list(unguarded(snippet("futurone_server.features.runs.service", private))) == []
