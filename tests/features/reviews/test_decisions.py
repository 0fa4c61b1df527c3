"""People decide over what is held: once, over what they saw, and with everything that follows in one commit."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from features.reviews.conftest import Desk
from futurone_server.features.keys import Capability
from futurone_server.features.reviews import Filter, ReviewStatus
from futurone_server.features.runs import Status
from futurone_server.kit.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Unavailable
from futurone_server.kit.page import Window
from futurone_server.store.database import SYSTEM, of_workspace, plain_url
from house import add_tenant, principal

pytestmark = pytest.mark.anyio

READER = frozenset({Capability.RUNS_READ})
REVIEWER = frozenset({Capability.REVIEWS_DECIDE})
HOUR_S = 3600


async def test_an_escalated_run_is_in_the_queue_with_all_a_decision_is_made_from(desk: Desk) -> None:
    run = await desk.scripted()
    assert run.status is Status.ESCALATED
    shown = await desk.review_of(run)
    assert (shown.review.status, shown.review.run.id) == (ReviewStatus.PENDING, run.id)
    assert shown.review.due_at == run.erases_at
    assert shown.deliverables is not None
    assert [str(one.text)[:13] for one in shown.deliverables] == ["# Test report"]
    assert shown.content_hash


async def test_every_reason_of_escalation_makes_a_review(desk: Desk) -> None:
    run = await desk.ended(Status.ESCALATED)
    assert (await desk.review_of(run)).review.run.id == run.id


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
async def test_no_other_end_makes_one(desk: Desk, status: Status) -> None:
    await desk.ended(status)
    page = await desk.server.desk.reviews.list(desk.owner, Filter(mode=None), Window())
    assert page.items == ()


async def test_until_it_is_accepted_only_reviewers_read_what_is_held(desk: Desk) -> None:
    run = await desk.scripted()
    reader = replace(desk.owner, capabilities=READER)
    artifact = (await desk.server.desk.deliverables.artifacts(desk.owner, [run]))[run.id][0]
    with pytest.raises(Conflict, match="held for review"):
        await desk.server.desk.deliverables.artifact(reader, run.id, artifact.id)
    shown = await desk.review_of(run)
    await desk.decide(shown, "accept", replace(desk.owner, capabilities=REVIEWER))
    released, content = await desk.server.desk.deliverables.artifact(reader, run.id, artifact.id)
    assert released.final
    assert str(content["text"]).startswith("# Test report")
    after = await desk.server.desk.runs.get(desk.owner, run.id)
    assert (after.status, after.completed_at, after.last_event_id) == (run.status, run.completed_at, run.last_event_id)


async def test_with_an_edit_the_edited_text_is_released_and_says_who_wrote_it(desk: Desk) -> None:
    run = await desk.scripted()
    reader = replace(desk.owner, capabilities=READER)
    decided = await desk.decide(await desk.review_of(run), "accept", edited="# Better\n")
    assert decided.review.artifact_id is not None
    made = {one.id: one for one in (await desk.server.desk.deliverables.artifacts(desk.owner, [run]))[run.id]}
    edited = made[decided.review.artifact_id]
    assert (edited.engine, edited.final, edited.bytes) == ("human", True, 9)
    assert (edited.provenance.engine, edited.provenance.rubric) == ("human", None)
    _, content = await desk.server.desk.deliverables.artifact(reader, run.id, edited.id)
    assert content["text"] == "# Better\n"
    (first,) = (one for one in made.values() if one.id != edited.id)
    assert not first.final
    with pytest.raises(Conflict, match="held for review"):
        await desk.server.desk.deliverables.artifact(reader, run.id, first.id)


async def test_a_revision_starts_a_run_of_the_same_order_that_is_told_the_note(desk: Desk) -> None:
    run = await desk.ended(Status.ESCALATED, subject_id="customer-17")
    decided = await desk.decide(await desk.review_of(run), "revise", note="Use this year's policy.")
    assert decided.review.status is ReviewStatus.REVISED
    assert decided.note == "Use this year's policy."
    assert decided.review.child_run_id is not None
    child = await desk.server.desk.runs.get(desk.owner, decided.review.child_run_id)
    assert (child.origin, child.parent_run_id, child.attempt) == ("review", run.id, 2)
    assert (child.status, child.subject_id) == (Status.QUEUED, "customer-17")
    async with desk.server.desk.db.transaction(SYSTEM) as tx:
        seal = await desk.server.desk.log.contents.seal_of(tx, child.workspace_id, child.id)
        brief = await desk.server.desk.log.contents.get(tx, seal, "brief")
    assert isinstance(brief, dict)
    assert brief["task"] == "A task"
    assert brief["revision"] == {"of": run.id, "note": "Use this year's policy."}


CUT = """
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END $$;
CREATE TRIGGER cut BEFORE INSERT ON audit_lines FOR EACH ROW
  WHEN (new.action = 'review.decided') EXECUTE FUNCTION cut();
"""


async def test_what_dies_in_a_decision_leaves_neither_a_decision_nor_a_run(desk: Desk, database: str) -> None:
    """One commit: the connection is cut when the child run is stored and the decision is, and nothing is left."""
    run = await desk.ended(Status.ESCALATED)
    shown = await desk.review_of(run)
    async with await psycopg.AsyncConnection.connect(plain_url(database), autocommit=True) as operator:
        await operator.execute(CUT)
    with pytest.raises(Unavailable):
        await desk.decide(shown, "revise", note="Again.")
    assert (await desk.review_of(run)).review.status is ReviewStatus.PENDING
    async with desk.server.desk.db.transaction(SYSTEM) as tx:
        children = await tx.exec_driver_sql("SELECT count(*) FROM runs WHERE parent_run_id IS NOT NULL")
        assert children.scalar_one() == 0


async def test_a_rejection_is_recorded_and_releases_nothing(desk: Desk) -> None:
    run = await desk.scripted()
    decided = await desk.decide(await desk.review_of(run), "reject", note="Wrong.")
    assert (decided.review.status, decided.note) == (ReviewStatus.REJECTED, "Wrong.")
    assert not any(one.final for one in (await desk.server.desk.deliverables.artifacts(desk.owner, [run]))[run.id])


async def test_the_same_decision_again_is_fine_and_another_one_a_conflict(desk: Desk) -> None:
    run = await desk.ended(Status.ESCALATED)
    shown = await desk.review_of(run)
    first = await desk.decide(shown, "revise", note="Again.")
    again = await desk.decide(shown, "revise", note="Again.")
    assert again.review == first.review
    for decision, note in (("reject", None), ("revise", "Otherwise.")):
        with pytest.raises(Conflict, match="decided already") as refused:
            await desk.decide(shown, decision, note=note)
        assert refused.value.reason == "REVIEW_DECIDED"
    assert (await desk.lines()).count("review.decided") == 1


async def test_of_reviewers_who_decide_at_once_one_wins(desk: Desk) -> None:
    for _ in range(8):
        run = await desk.ended(Status.ESCALATED)
        shown = await desk.review_of(run)
        rulings = [("reject", f"No, says {at}.") for at in range(3)] + [
            ("revise", f"Again, says {at}.") for at in range(3)
        ]
        made = await asyncio.gather(
            *(desk.decide(shown, decision, note=note) for decision, note in rulings), return_exceptions=True
        )
        won = [one for one in made if not isinstance(one, BaseException)]
        assert len(won) == 1
        assert {getattr(one, "reason", None) for one in made if isinstance(one, BaseException)} == {"REVIEW_DECIDED"}
        async with desk.server.desk.db.transaction(SYSTEM) as tx:
            counting = "SELECT count(*) FROM runs WHERE parent_run_id = %s"
            children = (await tx.exec_driver_sql(counting, (run.id,))).scalar_one()
        assert children == (1 if won[0].review.status is ReviewStatus.REVISED else 0)


async def test_a_crowd_that_asks_for_one_revision_starves_nobody_of_connections(desk: Desk) -> None:
    shown = await desk.review_of(await desk.scripted())
    desk.clock.advance(2)  # how many runs wait is counted anew
    crowd = range(3 * 8)  # three times as many as there are connections
    decided = await asyncio.gather(*(desk.decide(shown, "revise", note="Again.") for _ in crowd))
    assert len({one.review.child_run_id for one in decided}) == 1


async def test_a_decision_over_something_else_is_refused(desk: Desk) -> None:
    run = await desk.scripted()
    shown = await desk.review_of(run)
    other = await desk.review_of(await desk.scripted())
    for stale in ("0" * 64, "x", str(other.content_hash)):
        with pytest.raises(Conflict) as refused:
            await desk.decide(shown, "accept", content_hash=stale)
        assert refused.value.reason == "DECISION_STALE"
    async with desk.server.desk.db.transaction(SYSTEM) as tx:
        await tx.exec_driver_sql("UPDATE run_artifacts SET head = NULL")
    with pytest.raises(Conflict):
        await desk.decide(shown, "accept")
    assert (await desk.review_of(run)).review.status is ReviewStatus.PENDING


async def test_a_decision_says_what_it_needs_to_say(desk: Desk) -> None:
    empty = await desk.review_of(await desk.ended(Status.ESCALATED))
    with pytest.raises(Invalid, match="no deliverable to accept"):
        await desk.decide(empty, "accept")
    with pytest.raises(Invalid, match="note"):
        await desk.decide(empty, "revise")
    with pytest.raises(Invalid, match="edited_content"):
        await desk.decide(empty, "reject", edited="x")
    assert (await desk.decide(empty, "accept", edited="Written by hand.")).review.status is ReviewStatus.ACCEPTED


async def test_once_the_content_is_erased_nobody_decides_any_more(desk: Desk) -> None:
    run = await desk.scripted()
    shown = await desk.review_of(run)
    await desk.server.desk.reviews.comment(desk.owner, shown.review.id, "Who knows this source?", None)
    desk.clock.advance(72 * HOUR_S - 1)
    await desk.server.worker.due.round()
    assert (await desk.review_of(run)).review.status is ReviewStatus.PENDING
    desk.clock.advance(1)
    await desk.server.worker.due.round()
    after = await desk.review_of(run)
    assert (after.review.status, after.review.run.is_erased) == (ReviewStatus.EXPIRED, True)
    assert (after.deliverables, after.account, after.content_hash, after.note) == (None, None, None, None)
    assert [(one.author, one.text) for one in after.comments] == [(desk.owner.key_id, None)]
    for decision in ("accept", "revise", "reject"):
        with pytest.raises(Gone):
            await desk.decide(shown, decision, note="Late.")
    with pytest.raises(Gone):
        await desk.server.desk.reviews.comment(desk.owner, shown.review.id, "Late.", None)
    with pytest.raises(Gone):
        await desk.server.desk.reviews.assign(desk.owner, shown.review.id, None)


async def test_who_acknowledges_a_held_run_ends_its_review(desk: Desk) -> None:
    run = await desk.scripted()
    shown = await desk.review_of(run)
    await desk.server.desk.erasure.acknowledge(desk.owner, run.id)
    assert (await desk.review_of(run)).review.status is ReviewStatus.EXPIRED
    with pytest.raises(Gone):
        await desk.decide(shown, "accept")


async def test_after_a_decision_the_content_lives_as_long_as_its_delivery(desk: Desk) -> None:
    run = await desk.scripted()
    desk.clock.advance(10 * HOUR_S)
    shown = await desk.review_of(run)
    decided = await desk.decide(shown, "accept", note="Fine.")
    assert decided.review.run.erases_at == desk.clock.now() + timedelta(days=1)
    desk.clock.advance(24 * HOUR_S - 1)
    await desk.server.worker.due.round()
    assert not (await desk.review_of(run)).review.run.is_erased
    desk.clock.advance(1)
    await desk.server.worker.due.round()
    after = await desk.review_of(run)
    assert after.review.run.is_erased
    assert (after.review.status, after.review.decided_by) == (ReviewStatus.ACCEPTED, desk.owner.key_id)
    assert (await desk.decide(shown, "accept", note="Fine.")).review.status is ReviewStatus.ACCEPTED


async def test_a_review_is_as_absent_to_strangers_as_one_that_never_was(desk: Desk) -> None:
    run = await desk.scripted()
    shown = await desk.review_of(run)
    stranger = (await add_tenant(desk.server, "Other")).owner
    outsiders = [
        stranger,
        replace(desk.owner, projects=frozenset({"prj_" + "0" * 26})),
        replace(desk.owner, agents=frozenset({"content"})),
    ]
    for caller in outsiders:
        with pytest.raises(NotFound):
            await desk.review_of(run, caller)
        for decision in ("accept", "revise", "reject"):
            with pytest.raises(NotFound):
                await desk.decide(shown, decision, caller, note="x")
        with pytest.raises(NotFound):
            await desk.server.desk.reviews.assign(caller, shown.review.id, caller.key_id)
        with pytest.raises(NotFound):
            await desk.server.desk.reviews.comment(caller, shown.review.id, "x", None)
        page = await desk.server.desk.reviews.list(caller, Filter(mode=None), Window())
        assert (page.items, page.total) == ((), 0)
    assert (await desk.review_of(run)).review.status is ReviewStatus.PENDING


async def test_a_test_key_sees_reviews_of_test_runs_alone(desk: Desk) -> None:
    live, test = await desk.ended(Status.ESCALATED), await desk.scripted()
    tester = replace(desk.owner, mode=desk.test_mode)
    with pytest.raises(NotFound):
        await desk.review_of(live, tester)
    found = [
        [one.run.id for one in (await desk.server.desk.reviews.list(caller, wanted, Window())).items]
        for caller, wanted in (
            (tester, Filter(mode=None)),
            (desk.owner, Filter()),
            (desk.owner, Filter(mode="test")),
        )
    ]
    assert found == [[test.id], [live.id], [test.id]]


async def test_revising_starts_a_run_and_needs_the_right_to(desk: Desk) -> None:
    shown = await desk.review_of(await desk.ended(Status.ESCALATED))
    reviewer = replace(desk.owner, capabilities=REVIEWER)
    with pytest.raises(Forbidden) as refused:
        await desk.decide(shown, "revise", reviewer, note="Again.")
    assert refused.value.details["capability"] == "runs:create"
    assert (await desk.decide(shown, "reject", reviewer)).review.status is ReviewStatus.REJECTED


async def test_a_review_is_assigned_to_who_may_decide(desk: Desk) -> None:
    shown = await desk.review_of(await desk.ended(Status.ESCALATED))
    reviews, review_id = desk.server.desk.reviews, shown.review.id
    keys = (await desk.server.desk.keys.list(desk.owner, Window())).items
    assigned = (await reviews.assign(desk.owner, review_id, keys[0].id)).shown
    assert assigned.review.assignee == keys[0].id
    for nobody in ("key_" + "0" * 26, "x", principal("ws_" + "0" * 26).key_id):
        with pytest.raises(Invalid, match="no such key"):
            await reviews.assign(desk.owner, review_id, nobody)
    mine = await reviews.list(desk.owner, Filter(assignee=keys[0].id), Window())
    assert [one.id for one in mine.items] == [review_id]
    assert (await reviews.assign(desk.owner, review_id, None)).shown.review.assignee is None
    assert (await desk.lines()).count("review.assigned") == 2


async def test_what_is_said_is_sealed_and_who_said_it_stays(desk: Desk) -> None:
    shown = await desk.review_of(await desk.ended(Status.ESCALATED))
    await desk.server.desk.reviews.comment(desk.owner, shown.review.id, "A remark nobody else may read.", None)
    assert [one.text for one in (await desk.review_of(shown.review.run)).comments] == ["A remark nobody else may read."]
    async with desk.server.desk.db.transaction(of_workspace(desk.tenant.workspace_id)) as tx:
        for table in ("review_comments", "reviews", "audit_lines", "run_contents"):
            rows = (await tx.exec_driver_sql(f"SELECT t::text FROM {table} t")).scalars()
            assert not any("remark" in row for row in rows)
    assert "review.commented" in await desk.lines()
