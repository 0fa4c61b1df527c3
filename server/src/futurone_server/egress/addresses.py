"""Which addresses are never dialled: an explicit table, because the standard library's own verdicts leave holes.

``ipaddress`` calls NAT64, 6to4 and IPv4-compatible forms of private addresses global, and 100.64.0.0/10 not private.
Ranges from the IANA special-purpose registries (RFC 6890) and from clouds' documentation.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_TABLE = """
    0.0.0.0/8          unspecified, and "this host"
    10.0.0.0/8         private
    100.64.0.0/10      carrier-grade NAT; a cloud's metadata at 100.100.100.200
    127.0.0.0/8        loopback
    168.63.129.16/32   a cloud's host agent, though the address is public
    169.254.0.0/16     link-local; metadata at 169.254.169.254
    172.16.0.0/12      private
    192.0.0.0/24       protocol assignments
    192.0.2.0/24       documentation
    192.88.99.0/24     6to4 relays
    192.168.0.0/16     private
    198.18.0.0/15      benchmarks
    198.51.100.0/24    documentation
    203.0.113.0/24     documentation
    224.0.0.0/4        multicast
    240.0.0.0/4        reserved, and broadcast
    ::/3               unspecified, loopback, IPv4-mapped, -compatible and -translated, NAT64, discard
    2001::/23          protocol assignments: Teredo, ORCHID, benchmarks
    2001:db8::/32      documentation
    2002::/16          6to4, which carries an IPv4 address
    3fff::/20          documentation
    4000::/2           unassigned; segment routing
    8000::/1           unassigned; unique local (fd00:ec2::254 too), link-local, site-local, multicast
"""

DENIED: Sequence[Network] = tuple(ip_network(line.split()[0]) for line in _TABLE.strip().splitlines())
"""What is never dialled unless an operator allows the host and port. Of IPv6 only 2000::/3 is ever left."""


def is_denied(address: Address, denied: Sequence[Network] = DENIED) -> bool:
    """Whether an address is private, reserved, or a way to write one that is."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return True
    return any(address in network for network in denied if network.version == address.version)


def read_address(text: str) -> Address | None:
    """The address that a text is in canonical form, without octal, hexadecimal or short ways to write it."""
    try:
        return ip_address(text)
    except ValueError:
        return None
