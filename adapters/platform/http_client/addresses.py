"""Which machines may be called. What a user names must not reach what only this machine can reach.

An address is judged after resolving, and the connection is made to the very address that was judged: a name that
answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
from enum import Enum, auto
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# what the library counts as global, or may, and what leads back into private networks or to nobody
_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
    )
)
# the only IPv6 addresses that are given out, without the tunnels and test networks among them
_GIVEN_OUT: Final = ipaddress.ip_network("2000::/3")
_NEVER_V6: Final = tuple(
    ipaddress.ip_network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_PUBLIC_PORTS: Final = frozenset({80, 443})


class Reach(Enum):
    """Who named the machine that is called."""

    CONFIGURED = auto()
    """The operator, in the settings: any machine; without TLS only one of the own network."""

    PUBLIC = auto()
    """A user, such as for a webhook: public addresses only, with TLS, on the ports of the web."""


def is_public(address: Address) -> bool:
    """Say whether the address is one of the internet's own, for one machine, and leads nowhere else."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _NEVER)
    return address.is_global and address in _GIVEN_OUT and not any(address in network for network in _NEVER_V6)


def is_allowed_target(reach: Reach, scheme: str, port: int) -> bool:
    """Say whether such a URL may be called, before its name is looked up."""
    if reach is Reach.PUBLIC:
        return scheme == "https" and port in _PUBLIC_PORTS
    return scheme in {"http", "https"}


def are_allowed(reach: Reach, scheme: str, addresses: list[Address]) -> bool:
    """Say whether a name with these addresses may be called: one that is not makes all of them suspect."""
    if not addresses:
        return False
    if reach is Reach.PUBLIC:
        return all(is_public(address) for address in addresses)
    return scheme == "https" or not any(is_public(address) for address in addresses)
