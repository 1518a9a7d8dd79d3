"""Counts guesses in the process's memory. Several API processes each count for themselves."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Hashable
from datetime import datetime
from typing import TypeVar, final

from adapters.identity.memory import RecentlyUsed
from application.identity.ports import SignInThrottle
from domain.identity.errors import TooManyAttempts
from domain.identity.throttle import ACCOUNT, NO_WAIT, PAIR, SOURCE, Guesses, counted

K = TypeVar("K", bound=Hashable)

_CAPACITY = 10_000
_IPV6_SITE_BITS = 64


@final
class InProcessThrottle(SignInThrottle):
    """Three counts for each attempt: of the account from this source, of the source, of the account.

    A pair of account and source that signed in lately is held up by its own mistakes only.
    """

    def __init__(self) -> None:
        self._pairs: RecentlyUsed[tuple[str, str], Guesses] = RecentlyUsed(_CAPACITY)
        self._sources: RecentlyUsed[str, Guesses] = RecentlyUsed(_CAPACITY)
        self._accounts: RecentlyUsed[str, Guesses] = RecentlyUsed(_CAPACITY)
        self._familiar: RecentlyUsed[tuple[str, str], datetime] = RecentlyUsed(_CAPACITY)

    def admit(self, account: str, source: str, now: datetime) -> None:
        """Count the attempt before it is looked at, so that parallel ones cannot slip through together."""
        site = _site(source)
        pair = (account, site)
        wait = PAIR.wait(self._pairs.get(pair), now)
        if self._familiar.get(pair) is None:
            of_source = SOURCE.wait(self._sources.get(site), now)
            of_account = ACCOUNT.wait(self._accounts.get(account), now)
            wait = max(wait, of_source, of_account)
        if wait > NO_WAIT:
            raise TooManyAttempts(math.ceil(wait.total_seconds()))
        self._pairs.put(pair, counted(self._pairs.get(pair), now))
        self._sources.put(site, counted(self._sources.get(site), now))
        self._accounts.put(account, counted(self._accounts.get(account), now))

    def withdraw(self, account: str, source: str, now: datetime) -> None:
        """Take back the attempt in all three counts."""
        del now
        site = _site(source)
        _one_less(self._pairs, (account, site))
        _one_less(self._sources, site)
        _one_less(self._accounts, account)

    def succeeded(self, account: str, source: str, now: datetime) -> None:
        """Forget the pair's mistakes; the guesses of others on this account, or from this source, stay."""
        self.withdraw(account, source, now)
        pair = (account, _site(source))
        self._pairs.drop(pair)
        self._familiar.put(pair, now)


def _one_less(counts: RecentlyUsed[K, Guesses], key: K) -> None:
    guesses = counts.get(key)
    if guesses is not None:
        counts.put(key, guesses.one_less())


def _site(source: str) -> str:
    """Return whom an address stands for: an IPv6 customer has a whole network, so its first half is taken."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _IPV6_SITE_BITS), strict=False).network_address)
    return str(address)
