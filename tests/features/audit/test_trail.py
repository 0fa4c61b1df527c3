"""The audit trail: one chain per workspace, written with the acts, and no change of it goes unnoticed."""

import asyncio
import json
import random
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from futurone import verify_audit
from futurone_server.eventlog import Content, record
from futurone_server.features.audit import Filter, Record
from futurone_server.features.audit.rules import first_break
from futurone_server.features.keys import Capability, KeyOrder, Mode, Principal
from futurone_server.features.runs import Action, Budget, Order
from futurone_server.kit.errors import Forbidden
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.pipelines.anchors import Anchors
from futurone_server.store.database import SYSTEM, of_workspace
from house import EVERYTHING, Tenant, add_tenant, carry_out, principal

pytestmark = pytest.mark.anyio
MARKER = "zxqv-marker-of-content"
FIRST = 2
"""A tenant begins with two keys, and their lines."""


@pytest.fixture
def caller(tenant: Tenant) -> Principal:
    return principal(tenant.workspace_id, mode=Mode.TEST)


async def records(house: Server, caller: Principal) -> list[Record]:
    """The trail as it is listed, oldest first."""
    page = await house.desk.audit.list(caller, Filter(), Window(limit=10_000))
    return list(reversed(page.items))


async def told(house: Server, caller: Principal) -> list[tuple[str, str, str]]:
    """Action, actor and resource of each line, oldest first."""
    lines = [json.loads(one.line) for one in await records(house, caller)]
    return [(line["action"], line["actor"], line["resource"]) for line in lines]


async def export(house: Server, caller: Principal, after: int = 0) -> list[bytes]:
    """An export, as lines."""
    pieces = [piece async for piece in await house.desk.audit.export(caller, after)]
    return b"".join(pieces).splitlines()


def key_of(house: Server) -> str:
    """The public key that exports of this house are checked against."""
    return b64encode(house.desk.audit.signer.public_key).decode()


async def act(house: Server, caller: Principal, count: int) -> None:
    """So many acts, each in a transaction of its own."""
    for number in range(count):
        async with house.desk.db.transaction(of_workspace(caller.workspace_id)) as tx:
            line = caller.act("key.created", f"key_{number}")
            await record(tx, caller.workspace_id, line, at=house.desk.clock.now())


async def test_what_happens_to_a_run_stands_in_the_trail_with_whose_act_it_was(
    house: Server, caller: Principal
) -> None:
    order = Order(brief=Content({"task": "[test:input]"}), agent="research", metadata={}, budget=Budget())
    run = (await house.desk.runs.create(caller, order, request_id="req_1")).run
    await carry_out(house)
    await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None)
    await carry_out(house)
    await house.desk.runs.cancel(caller, run.id)
    await house.desk.erasure.acknowledge(caller, run.id)
    await house.desk.erasure.acknowledge(caller, run.id)
    await house.desk.erasure.delete(caller, run.id)
    mine = [(action, actor) for action, actor, resource in await told(house, caller) if resource == run.id]
    by = dict(mine)
    assert [action for action, _ in mine if action not in ("tool.called", "model.called")] == [
        "run.created",
        "input.requested",
        "input.answered",
        "input.requested",
        "run.ended",
        "content.erased",
        "run.deleted",
    ]
    assert by.pop("input.requested") == "system"
    assert {actor for action, actor in by.items() if "called" not in action} == {caller.key_id}


async def test_keys_made_rotated_and_revoked_stand_in_it_once_and_never_their_names(
    house: Server, caller: Principal
) -> None:
    order = KeyOrder(name=MARKER, mode=Mode.TEST, capabilities=frozenset(), projects=None, agents=None, expires_at=None)
    key = (await house.desk.keys.create(caller, order)).key
    await house.desk.keys.rotate(caller, key.id, 60)
    for _ in range(2):
        await house.desk.keys.revoke(caller, key.id)
    expected = [(action, caller.key_id, key.id) for action in ("key.created", "key.rotated", "key.revoked")]
    assert (await told(house, caller))[FIRST:] == expected
    assert all(MARKER.encode() not in one.line for one in await records(house, caller))


async def test_what_a_new_key_is_limited_to_stands_in_it(house: Server, caller: Principal, tenant: Tenant) -> None:
    order = KeyOrder(
        name="x",
        mode=Mode.TEST,
        capabilities=frozenset(),
        projects=frozenset({tenant.project_id}),
        agents=frozenset({"research"}),
        expires_at=None,
    )
    key = (await house.desk.keys.create(caller, order)).key
    (line,) = [json.loads(one.line) for one in await records(house, caller) if key.id.encode() in one.line]
    assert {name: line["details"][name] for name in ("projects", "agents")} == {
        "projects": [tenant.project_id],
        "agents": ["research"],
    }


async def test_an_act_that_is_rolled_back_leaves_no_line(house: Server, caller: Principal) -> None:
    order = Order(brief=Content({"task": "x"}), agent="research", metadata={}, budget=Budget())
    run = (await house.desk.runs.create(caller, order, request_id="req_1")).run

    async def erase_in_vain() -> None:
        async with house.desk.db.transaction(of_workspace(caller.workspace_id)) as tx:
            await house.desk.erasure.erase(tx, run.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await erase_in_vain()
    assert [action for action, _, _ in (await told(house, caller))[FIRST:]] == ["run.created"]


async def test_sixteen_writers_at_once_make_one_chain(house: Server, caller: Principal) -> None:
    await asyncio.gather(*(act(house, caller, 25) for _ in range(16)))
    lines = await export(house, caller)
    verdict = verify_audit(lines, public_key=key_of(house))
    assert (verdict.is_sound, verdict.first, verdict.last, verdict.signed) == (True, 1, FIRST + 400, FIRST + 400)
    assert first_break(await records(house, caller)) is None


async def test_each_workspace_has_a_chain_of_its_own(house: Server, caller: Principal) -> None:
    other = await add_tenant(house)
    stranger = principal(other.workspace_id)
    await act(house, caller, 2)
    await act(house, stranger, 3)
    assert [len(await records(house, one)) for one in (caller, stranger)] == [FIRST + 2, FIRST + 3]
    assert verify_audit(await export(house, stranger), public_key=key_of(house)).is_sound


async def test_who_may_not_read_it_or_sees_only_a_part_of_the_workspace_is_refused(
    house: Server, tenant: Tenant
) -> None:
    without = principal(tenant.workspace_id, capabilities=EVERYTHING - {Capability.AUDIT_READ})
    limited = principal(tenant.workspace_id, projects=frozenset({tenant.project_id}))
    for one in (without, limited):
        with pytest.raises(Forbidden):
            await records(house, one)
        with pytest.raises(Forbidden):
            await export(house, one)


def _altered(lines: list[bytes], at: int) -> list[bytes]:
    # A digit of the record's time: the line stays JSON of the same length.
    before, _, rest = lines[at].partition(b'"at":"2')
    return [*lines[:at], before + b'"at":"3' + rest, *lines[at + 1 :]]


def _dropped(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], *lines[at + 1 :]]


def _swapped(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def _cut(lines: list[bytes], at: int) -> list[bytes]:
    return lines[: at + 1]


def _rewritten(lines: list[bytes], at: int) -> list[bytes]:
    """The whole chain made anew over an altered record: everything fits but the signature."""
    before, made = bytes(32), []
    for line in _altered(lines, at)[:-1]:
        told = line[line.index(b'"record":') + 9 : -1]
        before = sha256(b"futurone.audit.v1" + before + told).digest()
        made.append(b'{"hash":"' + before.hex().encode() + b'","record":' + told + b"}")
    return [*made, lines[-1]]


FORGERIES: dict[str, tuple[Callable[[list[bytes], int], list[bytes]], str]] = {
    "altered": (_altered, "was altered"),
    "dropped": (_dropped, "missing"),
    "swapped": (_swapped, "follows record"),
    "cut off": (_cut, "cut off"),
    "rewritten": (_rewritten, "another trail"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_whoever_tampers_with_an_export_is_found_out(forgery: str, house: Server, caller: Principal) -> None:
    await act(house, caller, 30)
    lines = await export(house, caller)
    forge, says = FORGERIES[forgery]
    chance = random.Random(7)
    for at in chance.sample(range(1, 28), 20):
        verdict = verify_audit(forge(lines, at), public_key=key_of(house))
        assert any(says in problem for problem in verdict.problems), (forgery, at, verdict.problems)


async def test_a_change_in_the_database_is_named_by_its_line(house: Server, caller: Principal) -> None:
    await act(house, caller, 8)
    async with house.desk.db.transaction(SYSTEM) as tx:
        other = "convert_to(replace(convert_from(line, 'UTF8'), 'key.created', 'key.deleted'), 'UTF8')"
        await tx.execute(text(f"UPDATE audit_lines SET line = {other} WHERE seq = 5"))
    assert first_break(await records(house, caller)) == "line 5 was altered, or the line before it was"
    assert "record 5 was altered" in verify_audit(await export(house, caller), public_key=key_of(house)).problems[0]


async def test_a_trail_that_was_cut_in_the_database_does_not_reach_its_anchors(
    house: Server, caller: Principal, tmp_path: Path
) -> None:
    anchors = Anchors(house.desk.audit, house.desk.clock, tmp_path)
    await act(house, caller, 5)
    assert (await anchors.round(), await anchors.round()) == (1, 0)
    whole = await export(house, caller)
    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text("DELETE FROM audit_lines WHERE seq > 3"))
        await tx.execute(text("UPDATE audit_heads SET seq = 3, hash = (SELECT hash FROM audit_lines WHERE seq = 3)"))
    kept = (tmp_path / "audit" / "anchors.jsonl").read_bytes().splitlines()
    assert verify_audit(whole, public_key=key_of(house), anchors=kept).is_sound
    shortened = verify_audit(await export(house, caller), public_key=key_of(house), anchors=kept)
    assert any("went on to record 7" in problem for problem in shortened.problems)
    assert not any("after this export" in problem for problem in shortened.problems), "it was signed afterwards"


async def test_anchors_that_are_newer_than_the_export_are_told_from_a_trail_that_was_cut(
    house: Server, caller: Principal, tmp_path: Path
) -> None:
    await act(house, caller, 5)
    before = await export(house, caller)
    await act(house, caller, 3)
    await Anchors(house.desk.audit, house.desk.clock, tmp_path).round()
    kept = (tmp_path / "audit" / "anchors.jsonl").read_bytes().splitlines()
    (problem,) = verify_audit(before, public_key=key_of(house), anchors=kept).problems
    assert "went on to record 10" in problem
    assert "after this export was made: export it again" in problem


async def test_an_export_goes_on_where_the_last_one_ended(house: Server, caller: Principal) -> None:
    await act(house, caller, 4)
    first = await export(house, caller)
    await act(house, caller, 3)
    second = await export(house, caller, after=FIRST + 4)
    verdict = verify_audit([*first, *second], public_key=key_of(house))
    assert (verdict.is_sound, verdict.last) == (True, FIRST + 7)
    assert "begins with record 7" in verify_audit(second, public_key=key_of(house)).problems[0]


async def test_a_key_of_someone_elses_does_not_vouch_for_it(house: Server, caller: Principal) -> None:
    await act(house, caller, 1)
    verdict = verify_audit(await export(house, caller), public_key=b64encode(bytes(32)).decode())
    assert any("is not signed by this key" in problem for problem in verdict.problems)
