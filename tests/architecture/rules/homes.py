"""What has one home: clock, ids, environment, terminal, JSON, the way out, frames of streams, the word on rights."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from architecture.sources import Source, dotted, functions, imports, is_within, spoken

SERVER = "futurone_server"


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where alone something may be named, and what everyone else does instead."""

    modules: tuple[str, ...]
    instead: str

    def holds(self, source: Source) -> bool:
        """Whether a source lives here."""
        return any(is_within(source.module, module) for module in self.modules)


_CLOCK = Home(
    modules=("futurone_server.kit.clock", "futurone._clock"), instead="take the time from the Clock that is handed in"
)
_IDS = Home(modules=("futurone_server.kit.ids",), instead="make ids with kit.ids")
_SETTINGS = Home(modules=("futurone_server.config", "futurone._settings"), instead="settings are read in one place")
_TERMINAL = Home(modules=("futurone_server.commands", "futurone.cli"), instead="only commands speak to a terminal")
_JSON = Home(modules=("futurone_server.kit.json",), instead="read and write JSON with kit.json")
_WAY_OUT = Home(modules=("futurone_server.egress",), instead="leave through egress, which checks every address")
_SOCKETS = Home(
    modules=("futurone_server.egress", "futurone_server.store.embedded", "futurone_server.commands"),
    instead="leave through egress, which checks every address",
)

NAMES: Mapping[str, Home] = {
    **dict.fromkeys(
        ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"), _CLOCK
    ),
    **dict.fromkeys(("time.time", "time.time_ns", "time.localtime", "time.gmtime"), _CLOCK),
    **dict.fromkeys(("uuid.uuid1", "uuid.uuid4"), _IDS),
    **dict.fromkeys(("os.environ", "os.environb", "os.getenv"), _SETTINGS),
    "print": _TERMINAL,
}
"""Names that both distributions may use at one place only."""

LIBRARIES: Mapping[str, Home] = {
    **dict.fromkeys(("json", "orjson", "ujson", "simplejson", "msgspec"), _JSON),
    **dict.fromkeys(("httpx", "httpx2", "httpcore2", "aiohttp", "requests", "urllib3"), _WAY_OUT),
    **dict.fromkeys(("urllib.request", "http.client", "ftplib", "smtplib"), _WAY_OUT),
    "socket": _SOCKETS,
}
"""Libraries that the server may import at one place only."""

_FRAMES = Home(
    modules=("futurone_server.web.sse",), instead="web.sse alone writes frames, so that no payload forges one"
)
_FRAME = re.compile(r"(^|\n)(data|event|id|retry): ?(\n|$)")
_RIGHTS = Home(modules=("futurone_server.features.keys",), instead="ask caller.require(Capability.…)")
_SECOND_OPINIONS = {"authorize", "authorise", "require", "require_capability", "has_capability", "check_permission"}


def strays(source: Source) -> Iterator[str]:
    """Names used outside their one home."""
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            name = dotted(node, source.bound)
            home = NAMES.get(name or "")
            if home is not None and not home.holds(source):
                yield source.finding(node, f"names {name}; {home.instead}")


def stray_libraries(source: Source) -> Iterator[str]:
    """A second JSON reader, or a second way to other hosts. Rules for the server; the SDK is a client."""
    if not is_within(source.module, SERVER):
        return
    for node, module, names in imports(source):
        for name in {module, *(f"{module}.{name}" for name in names)}:
            for library, home in LIBRARIES.items():
                if is_within(name, library) and not home.holds(source):
                    yield source.finding(node, f"imports {name}; {home.instead}")


def stray_frames(source: Source) -> Iterator[str]:
    """A second encoder of server-sent events."""
    if not is_within(source.module, SERVER) or _FRAMES.holds(source):
        return
    for node, text in spoken(source):
        if _FRAME.search(text):
            yield source.finding(node, f"writes a frame of a stream; {_FRAMES.instead}")


def second_opinions(source: Source) -> Iterator[str]:
    """A second place that decides what a caller may do."""
    if not is_within(source.module, SERVER) or _RIGHTS.holds(source):
        return
    for function in functions(source):
        if function.name in _SECOND_OPINIONS:
            yield source.finding(function, f"defines {function.name}; {_RIGHTS.instead}")
    for node in source.nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            asked = node.comparators[0]
            if isinstance(asked, ast.Attribute) and asked.attr == "capabilities":
                yield source.finding(node, f"looks into capabilities; {_RIGHTS.instead}")
