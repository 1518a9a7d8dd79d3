"""Tells whether a market that is followed can be quiet, or a feed that says nothing must be broken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, final

from application.market_data.calendars import TradingCalendar
from domain.market_data.asset_class import AssetClass
from domain.market_data.settled import home_of, may_have_traded
from domain.market_data.ticker import Ticker

_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
# banks trade currencies from Sunday to Friday, ten in the evening in UTC or an hour before that
_WEEK_ENDS_AT, _WEEK_BEGINS_AT = 21, 22


@final
class OpenMarkets:
    """Knows when the exchanges of tickers are open; of what has no exchange that we know it says nothing."""

    def __init__(self, calendar: TradingCalendar) -> None:
        self._calendar = calendar

    def are_open(self, tickers: Collection[Ticker], since: datetime, until: datetime) -> bool:
        """Return whether the market of any of these was open at both times."""
        samples = {(ticker.asset_class, ticker.exchange): ticker for ticker in tickers}
        return any(self._is_open(each, since) and self._is_open(each, until) for each in samples.values())

    def _is_open(self, ticker: Ticker, at: datetime) -> bool:
        if ticker.asset_class is AssetClass.CURRENCY:
            return not _is_weekend(at)
        home = home_of(ticker)
        if home is None:
            return False
        special_days = self._calendar.special_days(home, at.date() - _DAY, at.date() + _DAY)
        return may_have_traded(home, special_days, at - _INSTANT, at)


def _is_weekend(at: datetime) -> bool:
    day, hour = at.weekday(), at.hour
    return day == _SATURDAY or (day == _FRIDAY and hour >= _WEEK_ENDS_AT) or (day == _SUNDAY and hour < _WEEK_BEGINS_AT)
