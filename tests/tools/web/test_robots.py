"""What a site asks not to be read is not read, by the rules of RFC 9309."""

from datetime import UTC, datetime

import pytest

from egress.peers import Asked, open_peer, reply
from futurone_server.egress import Egress, read_allow
from futurone_server.kit.clock import ManualClock
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web.robots import KEPT_S, Robots, may_read, read_rules

GROUPS = """
# a comment
User-agent: otherbot
Disallow: /
User-Agent: FuturOne
User-agent: another
Disallow: /private   # not this
Allow: /private/open
Sitemap: https://example.com/map
User-agent: *
Disallow: /everyone
user-agent: futurone
disallow: /second
"""


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        (GROUPS, "/private/x", False),
        (GROUPS, "/private/open/x", True),
        (GROUPS, "/second", False),
        (GROUPS, "/everyone", True),
        (GROUPS, "/", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: f\nDisallow: /", "/x", True),
        ("User-agent: futurone/1.0\nDisallow: /", "/x", False),
        ("", "/x", True),
        ("<html>no rules</html>", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/deep/file.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/file.pdf?x", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a1c2b3", True),
        ("User-agent: *\nDisallow: /x$", "/xy", True),
        ("User-agent: *\nDisallow: /x$", "/x", False),
        ("User-agent: *\nDisallow: /%7ejoe", "/~joe/", False),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC", False),
        ("Disallow: /", "/x", True),
        ("User-agent: *\nDisallow: /?q=", "/?q=1", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, is_allowed: bool) -> None:
    assert may_read(read_rules(rules), path) is is_allowed


def test_a_hostile_pattern_costs_no_more_than_any_other() -> None:
    rules = read_rules("User-agent: *\n" + f"Disallow: /{'a*' * 240}b\n" * 2000)
    assert may_read(rules, "/" + "a" * 2000)


@pytest.mark.anyio
async def test_a_site_is_asked_once_an_hour() -> None:
    clock = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
    async with open_peer(lambda _: reply(body=b"User-agent: *\nDisallow: /no")) as peer:
        robots = Robots(Egress(read_allow(peer.pair)), clock)
        assert await robots.may_read(peer.url + "/yes")
        assert not await robots.may_read(peer.url + "/no?x")
        assert len(peer.asked) == 1
        clock.advance(KEPT_S + 1)
        assert not await robots.may_read(peer.url + "/no")
    assert [asked.path for asked in peer.asked] == ["/robots.txt"] * 2


@pytest.mark.anyio
async def test_a_site_without_rules_may_be_read_and_one_that_fails_to_say_may_not() -> None:
    statuses = iter([404, 500, 429])
    clock = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
    async with open_peer(lambda _: reply(next(statuses), b"User-agent: *\nDisallow: /")) as peer:
        assert await Robots(Egress(read_allow(peer.pair)), clock).may_read(peer.url + "/x")
        for _ in range(2):
            with pytest.raises(ToolFailedError) as caught:
                await Robots(Egress(read_allow(peer.pair)), clock).may_read(peer.url + "/x")
            assert (caught.value.reason_code, caught.value.is_transient) == ("WEB_ROBOTS_UNREADABLE", True)


@pytest.mark.anyio
async def test_rules_too_large_to_read_are_not_taken_for_a_yes() -> None:
    def say(_: Asked) -> bytes:
        return reply(length=False, Content_Length="99999999")

    async with open_peer(say) as peer:
        robots = Robots(Egress(read_allow(peer.pair)), ManualClock(datetime(2026, 11, 21, tzinfo=UTC)))
        with pytest.raises(ToolFailedError) as caught:
            await robots.may_read(peer.url)
    assert (caught.value.reason_code, caught.value.is_transient) == ("WEB_ROBOTS_UNREADABLE", False)
