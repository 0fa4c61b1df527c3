"""robots.txt as RFC 9309 says: whether a site lets this agent read a page, asked once an hour per site.

No robots.txt (4xx) allows everything; a site that fails to give one (5xx, 429, no answer) is not read for now.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Refusal, TooLarge
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web.way import Answer, WayOut, unreached

AGENT = "futurone"
KEPT_S = 3_600.0
SITES_MAX = 500
TEXT_BYTES_MAX = 512 << 10
RULES_MAX = 2_000
PATTERN_CHARS_MAX = 500
DEADLINE_S = 10.0
REDIRECTS_MAX = 5

UNREADABLE: Final = "WEB_ROBOTS_UNREADABLE"

_SAFE = "/*$?&=;:@+,!~'()"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A path pattern, where ``*`` is anything and ``$`` the end, and whether what it fits may be read."""

    pattern: str
    is_allowed: bool


def read_rules(text: str, agent: str = AGENT) -> Sequence[Rule]:
    """The rules for an agent: of all groups that name it, else of those for ``*``."""
    groups: dict[str, list[Rule]] = {}
    named: list[str] = []
    is_naming = False
    for line in text.splitlines():
        key, colon, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if not colon:
            continue
        if key.lower() == "user-agent":
            named = [*named, value.lower()] if is_naming else [value.lower()]
            is_naming = True
            groups.setdefault(value.lower(), [])
        elif key.lower() in {"allow", "disallow"}:
            is_naming = False
            rule = Rule(pattern=_spelled(value[:PATTERN_CHARS_MAX]), is_allowed=key.lower() == "allow")
            for name in dict.fromkeys(named):
                groups[name].append(rule)
    mine = [rules for name, rules in groups.items() if name.partition("/")[0] == agent]
    return [rule for rules in (mine or [groups.get("*", [])]) for rule in rules if rule.pattern][:RULES_MAX]


def may_read(rules: Sequence[Rule], path: str) -> bool:
    """Whether a path (with its query) may be read: the longest pattern that fits decides, and of two, the kinder."""
    spelled = _spelled(path)
    fitting = [rule for rule in rules if _fits(rule.pattern, spelled)]
    return max(fitting, key=lambda rule: (len(rule.pattern), rule.is_allowed)).is_allowed if fitting else True


class Robots:
    """What sites allow, remembered for an hour."""

    def __init__(self, way: WayOut, clock: Clock) -> None:
        self._way = way
        self._clock = clock
        self._sites: OrderedDict[str, tuple[float, Sequence[Rule]]] = OrderedDict()

    async def may_read(self, url: str) -> bool:
        """Whether this page may be read. Raises ToolFailedError where the site does not say."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return may_read(await self._rules(f"{parts.scheme}://{parts.netloc}".lower()), path)

    async def _rules(self, site: str) -> Sequence[Rule]:
        now = self._clock.monotonic()
        kept = self._sites.get(site)
        if kept is not None and now - kept[0] < KEPT_S:
            self._sites.move_to_end(site)
            return kept[1]
        rules = _from(await self._ask(site))
        self._sites[site] = (now, rules)
        self._sites.move_to_end(site)
        if len(self._sites) > SITES_MAX:
            self._sites.popitem(last=False)
        return rules

    async def _ask(self, site: str) -> Answer:
        try:
            return await self._way.send(
                "GET",
                f"{site}/robots.txt",
                headers={"Accept": "text/plain, */*;q=0.1"},
                body=b"",
                deadline_s=DEADLINE_S,
                bytes_max=TEXT_BYTES_MAX,
                redirects_max=REDIRECTS_MAX,
                may_be_http=True,
            )
        except TooLarge:
            raise ToolFailedError(UNREADABLE, "The site's robots.txt is too large to be read.") from None
        except Refusal as refusal:
            raise unreached(refusal) from None


def _from(answer: Answer) -> Sequence[Rule]:
    if answer.status == 429 or answer.status >= 500:
        raise ToolFailedError(UNREADABLE, "The site does not say what may be read of it.", is_transient=True)
    return read_rules(answer.body.decode("utf-8", "replace")) if answer.status < 300 else ()


def _spelled(text: str) -> str:
    """One spelling for what may be written in several ways."""
    return quote(unquote(text), safe=_SAFE)


def _fits(pattern: str, path: str) -> bool:
    is_whole = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in parts[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if not parts:
        return not is_whole or at == len(path)
    last = parts[-1]
    return path[at:].endswith(last) if is_whole else path.find(last, at) >= 0
