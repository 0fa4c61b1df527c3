"""Links: good for one file until a moment; forged, changed and old ones are refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.features.vault.links import Links
from futurone_server.kit import json
from futurone_server.kit.errors import Gone, NotFound

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=15)
LINKS = Links(b"k" * 32)


def test_a_token_names_its_workspace_and_file_until_it_expires() -> None:
    token = LINKS.write("ws_1", "file_1", SOON)
    assert LINKS.read(token, NOW) == ("ws_1", "file_1")
    assert LINKS.read(token, SOON - timedelta(seconds=1)) == ("ws_1", "file_1")


def test_an_old_token_is_gone_and_the_refusal_says_where_to_get_another() -> None:
    with pytest.raises(Gone, match="download") as refusal:
        LINKS.read(LINKS.write("ws_1", "file_1", SOON), SOON)
    assert refusal.value.reason == "LINK_EXPIRED"


def test_a_token_of_another_server_opens_nothing() -> None:
    with pytest.raises(NotFound):
        Links(b"o" * 32).read(LINKS.write("ws_1", "file_1", SOON), NOW)


def test_a_token_cannot_be_rewritten_for_another_file_or_a_later_end() -> None:
    raw = base64.urlsafe_b64decode(LINKS.write("ws_1", "file_1", SOON) + "===")
    tag, body = raw[:32], raw[32:]
    for changed in (body.replace(b"file_1", b"file_2"), json.dump(["ws_1", "file_1", 2**33])):
        assert changed != body
        with pytest.raises(NotFound):
            LINKS.read(base64.urlsafe_b64encode(tag + changed).decode(), NOW)


@given(st.text(max_size=200))
def test_any_other_text_is_refused_as_unknown(text: str) -> None:
    with pytest.raises(NotFound):
        LINKS.read(text, NOW)
