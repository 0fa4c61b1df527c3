"""Lists that fetch their pages as they are read."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Generic, TypeVar

from futurone._async import AsyncDriver
from futurone._models import Page
from futurone._requests import Call
from futurone._sync import SyncDriver

T = TypeVar("T")


class Pages(Generic[T]):
    """A list on the server. Iterate for every item; ``page`` and ``pages`` give one page or all of them."""

    def __init__(self, driver: SyncDriver, fetch: Callable[[str | None], Call[Page[T]]]) -> None:
        self._driver = driver
        self._fetch = fetch

    def __iter__(self) -> Iterator[T]:
        """Every item, page after page."""
        for page in self.pages():
            yield from page.data

    def page(self, cursor: str | None = None) -> Page[T]:
        """The first page, or the one after a ``next_cursor``."""
        return self._driver.perform(self._fetch(cursor))

    def pages(self) -> Iterator[Page[T]]:
        """Every page."""
        page = self.page()
        yield page
        while page.next_cursor is not None:
            page = self.page(page.next_cursor)
            yield page


class AsyncPages(Generic[T]):
    """A list on the server. Iterate for every item; ``page`` and ``pages`` give one page or all of them."""

    def __init__(self, driver: AsyncDriver, fetch: Callable[[str | None], Call[Page[T]]]) -> None:
        self._driver = driver
        self._fetch = fetch

    async def __aiter__(self) -> AsyncIterator[T]:
        """Every item, page after page."""
        async for page in self.pages():
            for item in page.data:
                yield item

    async def page(self, cursor: str | None = None) -> Page[T]:
        """The first page, or the one after a ``next_cursor``."""
        return await self._driver.perform(self._fetch(cursor))

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Every page."""
        page = await self.page()
        yield page
        while page.next_cursor is not None:
            page = await self.page(page.next_cursor)
            yield page
