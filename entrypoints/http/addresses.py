"""Where a request comes from, as far as that can be believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import final

from litestar.types import HTTPScope


@final
class Callers:
    """Who is believed what: `hops` proxies about addresses, these networks about traces."""

    def __init__(self, hops: int = 0, tracing_networks: Sequence[str] = ()) -> None:
        self._hops = hops
        self._networks = [ipaddress.ip_network(network) for network in tracing_networks]

    def address(self, scope: HTTPScope) -> str | None:
        """Return the client's address; see `client_address`."""
        return client_address(scope, self._hops)

    def traceparent(self, scope: HTTPScope) -> str | None:
        """Return the trace that a trusted caller says this request is part of; strangers are not listened to."""
        if not self._networks or not scope["client"]:
            return None
        said = [value for name, value in scope["headers"] if name == b"traceparent"]
        if len(said) != 1:
            return None
        peer = _parse(scope["client"][0])
        if peer is None or not any(peer in network for network in self._networks):
            return None
        return said[0].decode("latin-1")


def client_address(scope: HTTPScope, trusted_hops: int) -> str | None:
    """Return the client's address behind that many proxies; None if there is none, as on a Unix socket.

    Each proxy adds the address it was called from to the end of X-Forwarded-For, so what stands further in front was
    written by strangers. A list that is too short did not pass all the proxies, and the connection is believed.
    """
    peer = scope["client"][0] if scope["client"] else None
    if not trusted_hops:
        return peer
    values = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops = [hop.strip().decode("latin-1") for hop in values.split(b",")]
    if len(hops) < trusted_hops:
        return peer
    address = _parse(hops[-trusted_hops])
    return peer if address is None else str(address)


def network_of(address: str | None) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 that one customer of IPv6 is given."""
    parsed = _parse(address or "")
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address or "unknown"


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    # some proxies add the port
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        try:
            return ipaddress.ip_address(candidate)
        except ValueError:
            continue
    return None
