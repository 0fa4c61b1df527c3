"""Reviews: people decide over what is held."""

from typing import Unpack

from futurone import _review_calls as calls
from futurone._async import AsyncDriver
from futurone._orders import ReviewFilter
from futurone._pages import AsyncPages, Pages
from futurone._review_models import Review, ReviewComment
from futurone._sync import SyncDriver


class Reviews:
    """``client.reviews``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def list(self, **filters: Unpack[ReviewFilter]) -> Pages[Review]:
        """The runs that are, or were, held for a person, newest first; without their content."""
        return Pages(self._driver, lambda cursor: calls.review_page(filters, cursor))

    def get(self, review_id: str) -> Review:
        """A review with what is held, why, and what would resolve each doubt."""
        return self._driver.perform(calls.get(review_id))

    def assign(self, review_id: str, assignee: str | None) -> Review:
        """Say who is to decide: a key's or a person's id; None: nobody in particular."""
        return self._driver.perform(calls.assign(review_id, assignee))

    def comment(self, review_id: str, text: str, *, idempotency_key: str | None = None) -> ReviewComment:
        """Say something to the other reviewers; it is erased with the run's content."""
        return self._driver.perform(calls.comment(review_id, text, idempotency_key=idempotency_key))

    def accept(self, review: Review, *, note: str | None = None, edited_content: str | None = None) -> Review:
        """Release what ``review`` shows, or ``edited_content`` instead.

        Raises ConflictError when something else was decided before, or the review shows something else by now.
        """
        call = calls.decide(review.id, "accept", review.content_hash, note=note, edited_content=edited_content)
        return self._driver.perform(call)

    def revise(self, review: Review, note: str) -> Review:
        """Have the work done again by a run that is told the note: ``child_run_id``. Raises as ``accept``."""
        return self._driver.perform(calls.decide(review.id, "revise", review.content_hash, note=note))

    def reject(self, review: Review, *, note: str | None = None) -> Review:
        """Release nothing. Raises as ``accept``."""
        return self._driver.perform(calls.decide(review.id, "reject", review.content_hash, note=note))


class AsyncReviews:
    """``client.reviews`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    def list(self, **filters: Unpack[ReviewFilter]) -> AsyncPages[Review]:
        """The runs that are, or were, held for a person, newest first; without their content."""
        return AsyncPages(self._driver, lambda cursor: calls.review_page(filters, cursor))

    async def get(self, review_id: str) -> Review:
        """A review with what is held, why, and what would resolve each doubt."""
        return await self._driver.perform(calls.get(review_id))

    async def assign(self, review_id: str, assignee: str | None) -> Review:
        """Say who is to decide: a key's or a person's id; None: nobody in particular."""
        return await self._driver.perform(calls.assign(review_id, assignee))

    async def comment(self, review_id: str, text: str, *, idempotency_key: str | None = None) -> ReviewComment:
        """Say something to the other reviewers; it is erased with the run's content."""
        return await self._driver.perform(calls.comment(review_id, text, idempotency_key=idempotency_key))

    async def accept(self, review: Review, *, note: str | None = None, edited_content: str | None = None) -> Review:
        """Release what ``review`` shows, or ``edited_content`` instead.

        Raises ConflictError when something else was decided before, or the review shows something else by now.
        """
        call = calls.decide(review.id, "accept", review.content_hash, note=note, edited_content=edited_content)
        return await self._driver.perform(call)

    async def revise(self, review: Review, note: str) -> Review:
        """Have the work done again by a run that is told the note: ``child_run_id``. Raises as ``accept``."""
        return await self._driver.perform(calls.decide(review.id, "revise", review.content_hash, note=note))

    async def reject(self, review: Review, *, note: str | None = None) -> Review:
        """Release nothing. Raises as ``accept``."""
        return await self._driver.perform(calls.decide(review.id, "reject", review.content_hash, note=note))
