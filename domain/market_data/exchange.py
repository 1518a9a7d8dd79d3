"""Exchanges: their codes here and elsewhere, where they are, and when they trade on an ordinary day.

Holidays and half days are not here: they are data, and come from a calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType
from typing import Final

from domain.shared.errors import Invalid
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A market place. `suffix` is how Yahoo and many users mark its symbols; `aliases` are its names before a colon.

    `sessions` are the hours of continuous trading in local time; none stands for around the clock, every day.
    """

    code: str
    mic: str | None
    name: str
    country: str | None
    zone: str
    currency: Currency | None
    suffix: str = ""
    aliases: frozenset[str] = frozenset()
    sessions: tuple[tuple[time, time], ...] = ()

    @property
    def is_always_open(self) -> bool:
        """Whether it trades around the clock."""
        return not self.sessions


def _day(opens: str, closes: str, *more: str) -> tuple[tuple[time, time], ...]:
    hours = [time.fromisoformat(text) for text in (opens, closes, *more)]
    return tuple(zip(hours[::2], hours[1::2], strict=True))


_AMERICAN: Final = _day("09:30", "16:00")
_INDIAN: Final = _day("09:15", "15:30")
_EUROPEAN: Final = _day("09:00", "17:30")

_ALL: Final = (
    Exchange(
        code="NYSE",
        mic="XNYS",
        name="New York Stock Exchange",
        country="US",
        zone="America/New_York",
        currency=Currency("USD"),
        sessions=_AMERICAN,
    ),
    Exchange(
        code="NASDAQ",
        mic="XNAS",
        name="Nasdaq",
        country="US",
        zone="America/New_York",
        currency=Currency("USD"),
        sessions=_AMERICAN,
    ),
    Exchange(
        code="ARCA",
        mic="ARCX",
        name="NYSE Arca",
        country="US",
        zone="America/New_York",
        currency=Currency("USD"),
        aliases=frozenset({"NYSEARCA"}),
        sessions=_AMERICAN,
    ),
    Exchange(
        code="AMEX",
        mic="XASE",
        name="NYSE American",
        country="US",
        zone="America/New_York",
        currency=Currency("USD"),
        aliases=frozenset({"NYSEAMERICAN", "NYSEMKT"}),
        sessions=_AMERICAN,
    ),
    Exchange(
        code="LSE",
        mic="XLON",
        name="London Stock Exchange",
        country="GB",
        zone="Europe/London",
        currency=Currency("GBP"),
        suffix=".L",
        aliases=frozenset({"LON"}),
        sessions=_day("08:00", "16:30"),
    ),
    Exchange(
        code="NSE",
        mic="XNSE",
        name="National Stock Exchange of India",
        country="IN",
        zone="Asia/Kolkata",
        currency=Currency("INR"),
        suffix=".NS",
        sessions=_INDIAN,
    ),
    Exchange(
        code="BSE",
        mic="XBOM",
        name="BSE",
        country="IN",
        zone="Asia/Kolkata",
        currency=Currency("INR"),
        suffix=".BO",
        aliases=frozenset({"BOM"}),
        sessions=_INDIAN,
    ),
    Exchange(
        code="TSE",
        mic="XTKS",
        name="Tokyo Stock Exchange",
        country="JP",
        zone="Asia/Tokyo",
        currency=Currency("JPY"),
        suffix=".T",
        aliases=frozenset({"TYO"}),
        sessions=_day("09:00", "11:30", "12:30", "15:30"),
    ),
    Exchange(
        code="TSX",
        mic="XTSE",
        name="Toronto Stock Exchange",
        country="CA",
        zone="America/Toronto",
        currency=Currency("CAD"),
        suffix=".TO",
        sessions=_AMERICAN,
    ),
    Exchange(
        code="XETRA",
        mic="XETR",
        name="Xetra",
        country="DE",
        zone="Europe/Berlin",
        currency=Currency("EUR"),
        suffix=".DE",
        aliases=frozenset({"ETR"}),
        sessions=_EUROPEAN,
    ),
    Exchange(
        code="PARIS",
        mic="XPAR",
        name="Euronext Paris",
        country="FR",
        zone="Europe/Paris",
        currency=Currency("EUR"),
        suffix=".PA",
        aliases=frozenset({"EPA"}),
        sessions=_EUROPEAN,
    ),
    Exchange(
        code="AMSTERDAM",
        mic="XAMS",
        name="Euronext Amsterdam",
        country="NL",
        zone="Europe/Amsterdam",
        currency=Currency("EUR"),
        suffix=".AS",
        aliases=frozenset({"AMS"}),
        sessions=_EUROPEAN,
    ),
    Exchange(
        code="HKEX",
        mic="XHKG",
        name="Hong Kong Exchanges",
        country="HK",
        zone="Asia/Hong_Kong",
        currency=Currency("HKD"),
        suffix=".HK",
        aliases=frozenset({"HKG"}),
        sessions=_day("09:30", "12:00", "13:00", "16:00"),
    ),
    Exchange(
        code="ASX",
        mic="XASX",
        name="Australian Securities Exchange",
        country="AU",
        zone="Australia/Sydney",
        currency=Currency("AUD"),
        suffix=".AX",
        sessions=_day("10:00", "16:00"),
    ),
    Exchange(
        code="CRYPTO",
        mic=None,
        name="Crypto currencies, over all venues",
        country=None,
        zone="UTC",
        currency=None,
    ),
)
EXCHANGES: Final[Mapping[str, Exchange]] = MappingProxyType({each.code: each for each in _ALL})
"""Every exchange by its code."""
BY_SUFFIX: Final[Mapping[str, Exchange]] = MappingProxyType({each.suffix: each for each in _ALL if each.suffix})
"""The exchanges whose symbols carry a mark, by that mark."""
BY_NAME: Final[Mapping[str, Exchange]] = MappingProxyType(
    {name: each for each in _ALL for name in (each.code, each.mic, *each.aliases) if name is not None}
)
"""The exchanges by all names that may stand before a colon."""


def exchange_named(name: str) -> Exchange:
    """Return the exchange of that code or other name, whatever its case; raise Invalid if none is called so."""
    found = BY_NAME.get(name.strip().upper())
    if found is None:
        known = ", ".join(sorted(EXCHANGES))
        raise Invalid(f"{name[:32]!r} is not an exchange that is known here: {known}.", field="exchange")
    return found
