"""The search that a model is offered keeps to its schemas."""

from datetime import date

import pytest

from futurone_server.tools.schemas import check
from futurone_server.tools.web import Hit, web_search_tool

pytestmark = pytest.mark.anyio


class Shelf:
    """A search over two pages."""

    name = "shelf"

    async def search(self, query: str, limit: int) -> list[Hit]:
        """What is on the shelf, whatever the words."""
        pages = [
            Hit(url="https://a.example/", title=query, snippet="one", published=date(2024, 5, 6)),
            Hit(url="https://b.example/", title="B", snippet="", published=None),
        ]
        return pages[:limit]


async def test_hits_come_back_as_plain_values() -> None:
    tool = web_search_tool(Shelf())
    assert check(tool.args, {"query": "tides"}) is None
    result = await tool.use({"query": "tides"})
    assert check(tool.result, result) is None
    first = {"url": "https://a.example/", "title": "tides", "snippet": "one", "published": "2024-05-06"}
    assert isinstance(result, dict)
    assert (result["provider"], result["hits"][0], len(result["hits"])) == ("shelf", first, 2)
    limited = await tool.use({"query": "tides", "limit": 1})
    assert isinstance(limited, dict)
    assert len(limited["hits"]) == 1


@pytest.mark.parametrize(
    "args", [{}, {"query": "x"}, {"query": "y" * 401}, {"query": "tides", "limit": 0}, {"query": "tides", "limit": 21}]
)
async def test_arguments_that_do_not_fit_are_told(args: dict[str, object]) -> None:
    assert check(web_search_tool(Shelf()).args, args)
