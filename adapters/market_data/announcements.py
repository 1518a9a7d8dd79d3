"""Puts in order what providers announce: of the days that were asked for, since some tell of more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from domain.market_data.announcement import EarningsReport, EconomicRelease


def reports_between(reports: Iterable[EarningsReport | None], first: date, last: date) -> Sequence[EarningsReport]:
    """Return the reports of these days by day and ticker, without what could not be read."""
    found = [each for each in reports if each is not None and first <= each.day <= last]
    return sorted(found, key=lambda each: (each.day, each.ticker))


def releases_between(releases: Iterable[EconomicRelease | None], first: date, last: date) -> Sequence[EconomicRelease]:
    """Return the figures of these days by time, country and name, without those that have no name."""
    found = [each for each in releases if each is not None and first <= each.at.date() <= last]
    return sorted(found, key=lambda each: (each.at, each.country, each.name))
