"""No way to write a private address gets past the guard, and no public one is held up."""

from ipaddress import ip_address

import pytest

from futurone_server.egress import is_denied, read_target
from futurone_server.egress.errors import EgressRefused

PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3
    168.63.129.16 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
    192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::169.254.169.254
    64:ff9b::7f00:1 64:ff9b:1::a00:1 100::1 2001::1 2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:2::1 2001:db8::1
    2002:7f00:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1
    ff02::1 ff0e::1 4000::1 8000::1 2606:4700::1%3
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 191.255.255.255
    192.0.1.1 192.167.255.255 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001::200e 2001:4860:4860::8888
"""
SPELLINGS = [
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/",
    "http://127.0.1/", "http://127.0.0.01/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://a.0x1/",
    "http://user@example.com/", "http://user:secret@example.com/", "http://example.com@127.0.0.1/",
    "http://example.com\\@127.0.0.1/", "http://example.com\t.evil/", "http://exa mple.com/", "http://example.com/a b",
    "http://example.com/\r\nHost: x", "http://example.com/\u2028", "http://exam%70le.com/", "http://[::1%25eth0]/",
    "http://[::1/", "http://::1/", "http://[127.0.0.1]/", "http://example.com:0/", "http://example.com:65536/",
    "http://example.com:-1/", "http://example.com:8o/", "http://example.com:80:90/", "http:///etc/passwd",
    "http:example.com", "//example.com/", "example.com", "file:///etc/passwd", "ftp://example.com/", "gopher://x/",
    "data:text/html,x", "javascript:alert(1)", "https://", "", "http://.example.com/", "http://a..b/",
    "http://-a.com/", "http://" + "a" * 64 + ".com/", "http://example.com/" + "a" * 5000,
    "http://１２７.0.0.1/", "http://ⓔxample.com/",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE.split())
def test_a_private_or_reserved_address_is_denied_in_every_form(address: str) -> None:
    assert is_denied(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address_is_not_denied(address: str) -> None:
    assert not is_denied(ip_address(address))


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_url_that_others_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused) as refusal:
        read_target(url)
    assert refusal.value.reason == "EGRESS_REFUSED_URL"
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("HTTPS://EXAMPLE.com", "example.com", 443, "/"),
        ("http://example.com.:80?q=1#part", "example.com", 80, "/?q=1"),
        ("https://bücher.example/ü?ß=%C3%BC", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%9F=%C3%BC"),
        ("https://[2606:4700::1111]:8443/x", "2606:4700::1111", 8443, "/x"),
        ("https://under_score.example/a@b", "under_score.example", 443, "/a@b"),
    ],
)
def test_a_good_url_has_one_spelling(url: str, host: str, port: int, path: str) -> None:
    target = read_target(url)
    assert (target.host, target.port, target.path) == (host, port, path)
    assert read_target(target.url) == target
