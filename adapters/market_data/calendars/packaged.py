"""The calendar of the `holidays` package, with our overrides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from types import MappingProxyType
from typing import Final, final

from holidays import HALF_DAY, PUBLIC, financial_holidays

from adapters.market_data.calendars.overrides import OVERRIDES
from application.market_data.calendars import TradingCalendar
from domain.market_data.calendar import SpecialDay
from domain.market_data.exchange import EXCHANGES, Exchange

# the package's name of an exchange, where that is not its market identifier code
_NAMES: Final[Mapping[str, str]] = MappingProxyType({"TSE": "XJPX", "ARCA": "XNYS", "AMEX": "XNYS"})
# when half days end, by the exchange's clock
_HALF_DAYS: Final[Mapping[str, time]] = MappingProxyType(
    {
        "NYSE": time(13),
        "NASDAQ": time(13),
        "ARCA": time(13),
        "AMEX": time(13),
        "TSX": time(13),
        "LSE": time(12, 30),
        "PARIS": time(14, 5),
        "AMSTERDAM": time(14, 5),
        "HKEX": time(12),
        "ASX": time(14, 10),
    }
)


@final
class PackagedCalendar(TradingCalendar):
    """Works out holidays by their rules, for any year."""

    def special_days(self, exchange: Exchange, first: date, last: date) -> Mapping[date, SpecialDay]:
        """Return the special days of the span."""
        if exchange.is_always_open:
            return {}
        found: dict[date, SpecialDay] = {}
        for year in range(first.year, last.year + 1):
            found |= _of_year(exchange.code, year)
        return {day: found[day] for day in sorted(found) if first <= day <= last}


@lru_cache(maxsize=256)
def _of_year(code: str, year: int) -> Mapping[date, SpecialDay]:
    exchange = EXCHANGES[code]
    name = _NAMES.get(code) or exchange.mic or code
    days: dict[date, SpecialDay] = {}
    half_day = _HALF_DAYS.get(code)
    if half_day is not None:
        for day, why in financial_holidays(name, years=year, categories=HALF_DAY).items():
            days[day] = SpecialDay(why, _until(exchange, half_day))
    for day, why in financial_holidays(name, years=year, categories=PUBLIC).items():
        days[day] = SpecialDay(why)
    days |= {day: special for day, special in OVERRIDES.get(code, {}).items() if day.year == year}
    return MappingProxyType(days)


def _until(exchange: Exchange, closes: time) -> tuple[tuple[time, time], ...]:
    return tuple((start, min(end, closes)) for start, end in exchange.sessions if start < closes)
