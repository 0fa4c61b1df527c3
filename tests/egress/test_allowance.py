"""An operator's list of allowed hosts says exactly what it allows, and a slip in it is named."""

import pytest

from futurone_server.egress import read_allow, read_target


def test_only_the_very_host_and_port_is_allowed() -> None:
    allow = read_allow(" Searx.Internal:8080, 127.0.0.1:11434 ,[::1]:80,")
    for url in ("http://searx.internal:8080/x", "http://127.0.0.1:11434", "http://[0:0::1]/"):
        assert allow.holds(read_target(url))
    for url in ("http://searx.internal/", "http://127.0.0.1:11435/", "http://a.searx.internal:8080/", "http://[::2]/"):
        assert not allow.holds(read_target(url))


def test_an_empty_list_allows_nothing() -> None:
    assert read_allow("").pairs == read_allow(" , ").pairs == frozenset()


@pytest.mark.parametrize(
    "text", ["host", "host:", ":80", "host:0", "host:99999", "host:http", "::1:80", "*:80", "http://h:80", "0x7f.1:80"]
)
def test_a_part_that_is_no_host_and_port_is_named(text: str) -> None:
    with pytest.raises(ValueError) as slip:
        read_allow(f"good:80,{text}")
    assert repr(text) in str(slip.value)
    assert "host:port" in str(slip.value)
