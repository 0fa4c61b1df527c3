"""The use cases of the review queue: list, show, assign, comment."""

from contextlib import suppress
from dataclasses import dataclass, replace

from futurone_server.eventlog import KeyMissing, record
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.people import Holders
from futurone_server.features.reviews import rules, store
from futurone_server.features.reviews.types import Comment, Deliverable, Filter, Review, Shown
from futurone_server.features.runs import DeliverableService, House, RunService
from futurone_server.kit import crypto, json
from futurone_server.kit.errors import Conflict, Gone, NotFound, invalid_field
from futurone_server.kit.ids import is_id, new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Tx, of_workspace
from futurone_server.store.idempotency import Once


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment, and whether the same request made it before."""

    comment: Comment
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """A review as it is after an assignment, and whether the same request made that before."""

    shown: Shown
    replayed: bool = False


class ReviewService:
    """What reviewers can do before they decide. Everything asks for ``reviews:decide``, in the reach of the key."""

    def __init__(self, house: House, holders: Holders, runs: RunService, deliverables: DeliverableService) -> None:
        self._house = house
        self._holders = holders
        self._runs = runs
        self._deliverables = deliverables
        self._hashes = house.seals.purpose_key("reviews")

    async def list(self, caller: Principal, wanted: Filter, window: Window) -> Page[Review]:
        """The reviews that match, newest first."""
        caller.require(Capability.REVIEWS_DECIDE)
        within = Mode.TEST.value if caller.mode is Mode.TEST else None
        reach = replace(wanted, projects=caller.projects, agents=caller.agents, within_mode=within)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            page = await store.page_ids(tx, caller.workspace_id, reach, window)
            runs = await self._runs.find_all(tx, caller, [run_id for _, run_id in page.items])
            found = await store.of_ids(tx, [review_id for review_id, _ in page.items], runs)
        items = tuple(found[review_id] for review_id, _ in page.items if review_id in found)
        return Page(items=items, total=page.total, window=page.window, next_after=page.next_after)

    async def get(self, caller: Principal, review_id: str) -> Shown:
        """A review with all that a decision can be made from, as long as the content exists."""
        caller.require(Capability.REVIEWS_DECIDE)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self.shown(tx, await self.find(tx, caller, review_id))

    async def find(self, tx: Tx, caller: Principal, review_id: str, *, to_change: bool = False) -> Review:
        """A review in the caller's reach. Raises NotFound.

        ``to_change``: nobody else changes it, and its content is not erased, before the open transaction ends.
        """
        run_id = await store.run_of(tx, review_id)
        try:
            if run_id is None:
                raise NotFound("")
            run = await self._runs.find(tx, caller, run_id)
            if to_change:
                with suppress(Gone, KeyMissing):  # what is gone already needs no holding
                    await self._house.log.contents.seal_held(tx, run.workspace_id, run_id)
                run = await self._runs.find(tx, caller, run_id)
        except NotFound:
            raise NotFound("There is no such review in this workspace.") from None
        return await store.get(tx, review_id, run, to_change=to_change)

    async def shown(self, tx: Tx, review: Review) -> Shown:
        """What a reviewer is shown of a review, in an open transaction."""
        comments = tuple(await store.comments(tx, review.id))
        run, contents = review.run, self._house.log.contents
        try:
            seal = await contents.seal_of(tx, run.workspace_id, run.id)
            found, account = await self._deliverables.opened(tx, run)
            told = tuple([replace(one, text=str(await contents.get(tx, seal, _words(one.id)))) for one in comments])
            note = None
            if review.decided_by is not None:
                note = await contents.get(tx, seal, _NOTE)
        except (Gone, KeyMissing):
            return Shown(review=review, comments=comments)
        made = [(artifact, str(content.get("text", ""))) for artifact, content in found]
        return Shown(
            review=review,
            comments=told,
            deliverables=tuple(
                Deliverable(artifact=artifact, text=text if artifact.bytes <= rules.SHOWN_BYTES_MAX else None)
                for artifact, text in made
            ),
            account=account,
            note=None if note is None else str(note),
            content_hash=self._hash([run.id, [[artifact.id, artifact.sha256] for artifact, _ in made], account]),
        )

    def _hash(self, value: object) -> str:
        return crypto.authenticate(self._hashes, json.canonical(value)).hex()

    def digest(self, value: object) -> bytes:
        """A keyed digest of what was decided: by it the same decision is known again."""
        return crypto.authenticate(self._hashes, json.canonical(value))

    async def keep_note(self, tx: Tx, review: Review, note: str | None) -> None:
        """Seal what a reviewer gave as a reason; it goes with the run's content."""
        contents = self._house.log.contents
        seal = await contents.seal_of(tx, review.run.workspace_id, review.run.id)
        await contents.put(tx, seal, _NOTE, note)

    async def assign(
        self, caller: Principal, review_id: str, assignee: str | None, once: Once | None = None
    ) -> Assigned:
        """Say who is to decide: a key of the workspace or a person; None takes it back. A repetition undoes nothing.

        Raises Invalid for somebody who is not there, Gone and Conflict for a review that is over.
        """
        caller.require(Capability.REVIEWS_DECIDE)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            review = await self.find(tx, caller, review_id, to_change=True)
            if await self._claimed(tx, review, once, review_id) is not None:
                return Assigned(shown=await self.shown(tx, review), replayed=True)
            rules.check_open(review)
            if assignee != review.assignee:
                await self._check_assignee(tx, caller.workspace_id, assignee)
                await store.change(tx, review_id, assignee=assignee)
                line = caller.act("review.assigned", review_id, assignee=assignee, run_id=review.run.id)
                await record(tx, caller.workspace_id, line, at=self._house.clock.now())
            return Assigned(shown=await self.shown(tx, replace(review, assignee=assignee)))

    async def _check_assignee(self, tx: Tx, workspace_id: str, assignee: str | None) -> None:
        if assignee is None:
            return
        may = await self._holders.has(tx, workspace_id, assignee, Capability.REVIEWS_DECIDE)
        kind = "member" if is_id(assignee, "user_") else "key"
        if may is None:
            raise invalid_field("assignee", f"there is no such {kind} in this workspace")
        if not may:
            raise invalid_field("assignee", f"that {kind} may not decide reviews (it lacks reviews:decide)")

    async def comment(self, caller: Principal, review_id: str, text: str, once: Once | None) -> Said:
        """Say something about a review. The words are sealed with the run's content and go with it.

        Raises Gone once the content is erased, Conflict for too many.
        """
        caller.require(Capability.REVIEWS_DECIDE)
        now = self._house.clock.now()
        comment = Comment(id=new_id("cmt_", now), author=caller.actor.id, created_at=now, text=text)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            review = await self.find(tx, caller, review_id, to_change=True)
            earlier = await self._earlier(tx, review, comment, once)
            if earlier is not None:
                return Said(comment=earlier, replayed=True)
            if review.comments >= rules.COMMENTS_MAX:
                raise Conflict(f"A review has at most {rules.COMMENTS_MAX} comments.")
            contents = self._house.log.contents
            seal = await contents.seal_of(tx, review.run.workspace_id, review.run.id)
            await contents.put(tx, seal, _words(comment.id), text)
            await store.add_comment(tx, caller.workspace_id, review_id, comment)
            line = caller.act("review.commented", review_id, comment_id=comment.id, run_id=review.run.id)
            await record(tx, caller.workspace_id, line, at=now)
        return Said(comment=comment, replayed=False)

    async def _earlier(self, tx: Tx, review: Review, comment: Comment, once: Once | None) -> Comment | None:
        """The comment that the same request made before, if it did."""
        found = await self._claimed(tx, review, once, comment.id)
        if found is None:
            return None
        shown = await self.shown(tx, review)
        return next(one for one in shown.comments if one.id == found)

    async def _claimed(self, tx: Tx, review: Review, once: Once | None, resource_id: str) -> str | None:
        """The id of what the same request made or changed before, if it did."""
        within = {"workspace_id": review.run.workspace_id, "project_id": review.run.project_id}
        return await idempotency.claim(tx, once, **within, resource_id=resource_id, at=self._house.clock.now())


_NOTE = "review/note"


def _words(comment_id: str) -> str:
    return f"review/comment/{comment_id}"
