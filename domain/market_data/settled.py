"""Which bars can change no more, and whether any can have come since: told from the clock and the calendar alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Interval
from domain.market_data.calendar import LONGEST_PAUSE, SpecialDay, sessions
from domain.market_data.exchange import EXCHANGES, Exchange
from domain.market_data.ticker import Ticker
from domain.shared.time import zone

SETTLING: Final = timedelta(minutes=30)
"""So long after its end a bar may still change: providers are late, and exchanges correct."""

_DAY: Final = timedelta(days=1)


def home_of(ticker: Ticker) -> Exchange | None:
    """Return the exchange whose clock and days count for it; None where these are not known.

    A share of which nobody says where it is listed is American, as all providers take it.
    """
    match ticker.asset_class:
        case AssetClass.CRYPTO | AssetClass.CURRENCY:
            return EXCHANGES["CRYPTO"]
        case AssetClass.STOCK | AssetClass.FUND:
            return EXCHANGES[ticker.exchange or "NYSE"]
        case AssetClass.INDEX | AssetClass.FUTURE:
            return None


def settled_until(
    interval: Interval, home: Exchange | None, special_days: Mapping[date, SpecialDay], now: datetime
) -> datetime:
    """Return the time before which bars start that can change no more; the special days are those around now."""
    then = now - SETTLING
    if interval.length is not None:
        return then - interval.length
    if home is None:
        return then - _DAY
    local = zone(home.zone)
    day = then.astimezone(local).date()
    if not home.is_always_open:
        hours = sessions(home, day, special_days.get(day))
        if hours and hours[-1].closes_at <= then:
            day += _DAY
    return datetime.combine(day, time(), local).astimezone(UTC)


def end_of(start: datetime, interval: Interval, home: Exchange | None) -> datetime:
    """Return when a bar of a day or less ends; a day's ends with the next midnight by the exchange's clock."""
    if interval.length is not None:
        return start + interval.length
    if home is None:
        return start + _DAY
    local = zone(home.zone)
    return datetime.combine(start.astimezone(local).date() + _DAY, time(), local).astimezone(UTC)


def may_have_traded(
    home: Exchange | None, special_days: Mapping[date, SpecialDay], since: datetime, until: datetime
) -> bool:
    """Whether trading can have gone on between the times; the special days are those of these, or of the last weeks."""
    if since >= until:
        return False
    if home is None or home.is_always_open or until - since > LONGEST_PAUSE:
        return True
    local = zone(home.zone)
    day, last = since.astimezone(local).date(), until.astimezone(local).date()
    while day <= last:
        if any(
            session.opens_at < until and session.closes_at > since
            for session in sessions(home, day, special_days.get(day))
        ):
            return True
        day += _DAY
    return False
