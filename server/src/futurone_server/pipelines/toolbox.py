"""The tools of a worker: what plans may name, and what a step is handed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from futurone_server.egress import Egress, read_allow
from futurone_server.kit.clock import Clock
from futurone_server.tools.port import Tool

if TYPE_CHECKING:
    from futurone_server.tools.web import Keep, PageFetcher, SearchProvider

DOCUMENTS_SEARCH = "documents_search"
WEB_SEARCH = "web_search"
WEB_FETCH = "web_fetch"


@dataclass(frozen=True, kw_only=True)
class Web:
    """The way to the web. Without a search service there is none: nobody could say which pages to read."""

    search: "SearchProvider"
    fetcher: "PageFetcher"


class Toolbox:
    """What there is in this worker process."""

    def __init__(self, web: Web | None = None, others: Sequence[Tool] = ()) -> None:
        self.web = web
        self._given = others

    def offers(self) -> Mapping[str, str]:
        """The tools that a plan may name, with what each does; one that is not configured is not there."""
        told = {DOCUMENTS_SEARCH: "search the documents that were given, and those of the vault that fit"}
        if self.web is not None:
            told[WEB_SEARCH] = "search the web, and read the pages that are found"
        told |= {tool.name: tool.description.partition(". ")[0] for tool in self._all()}
        return told

    def web_tools(self, keep: "Keep") -> tuple[Tool, Tool] | None:
        """Search and reading of pages, each page handed to ``keep`` first; None without a search service.

        For steps to use as it was planned, before anything is read. No model is offered them: see decision 0014.
        """
        if self.web is None:
            return None
        from futurone_server.tools.web import web_fetch_tool, web_search_tool  # noqa: PLC0415 - with the first research

        return web_search_tool(self.web.search), web_fetch_tool(self.web.fetcher, keep)

    def others(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """Arithmetic, small programs and what else there is, where a step may use them."""
        return tuple(tool for tool in self._all() if tool.name in names)

    def _all(self) -> tuple[Tool, ...]:
        return (*_computing(), *self._given)


@cache
def _computing() -> tuple[Tool, ...]:
    from futurone_server.tools.programs import arithmetic_tool, program_tool  # noqa: PLC0415 - with the first plan

    return (arithmetic_tool(), program_tool())


def open_toolbox(search: str, egress_allow: str, clock: Clock) -> Toolbox:
    """The tools that the settings give: with a search service there is a web to search and to read."""
    if not search:
        return Toolbox()
    from futurone_server.tools.web import (  # noqa: PLC0415 - most servers have no such setting
        PageFetcher,
        read_search,
        search_provider,
    )

    choice = read_search(search)
    assert choice is not None
    way = Egress(read_allow(egress_allow))
    return Toolbox(Web(search=search_provider(choice, way), fetcher=PageFetcher(way, clock)))
