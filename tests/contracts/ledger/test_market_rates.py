"""After the last day of the central bank's file the market tells rates, and each of them says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.market.prices import MarketPrice, MarketPrices
from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.rates.market import MarketRates
from domain.ledger.exchange import Rate, RateSource
from domain.shared.money import Currency

pytestmark = pytest.mark.anyio

EUR, USD, GBP = (Currency(code) for code in ("EUR", "USD", "GBP"))
LAST = date(2024, 1, 5)


def _file() -> bytes:
    return b"Date,USD,GBP,\n2024-01-05,1.1,0.9,\n2024-01-04,1.2,0.8,\n"


def close(code: str, day: date, price: str) -> MarketPrice:
    """What a euro was when a day ended."""
    ends = datetime.combine(day + timedelta(days=1), time(), UTC)
    return MarketPrice(f"EUR{code}=X", ends, code, Decimal(price), "test", is_simulated=False, received_at=ends)


@pytest.fixture
async def told(engine: AsyncEngine) -> MarketRates:
    """The market speaks of days after the bank's last, of that one, and of both currencies on one day only."""
    prices = MarketPrices(engine)
    await prices.add_closes(
        [
            close("USD", LAST, "9"),
            close("USD", LAST + timedelta(days=3), "1.5"),
            close("GBP", LAST + timedelta(days=3), "0.75"),
            close("USD", LAST + timedelta(days=4), "1.6"),
        ]
    )
    now = datetime.combine(LAST + timedelta(days=20), time(12), UTC)
    quote = MarketPrice("EURGBP=X", now, "GBP", Decimal("0.7"), "test", is_simulated=True, received_at=now)
    await prices.put([(quote, now)])
    return MarketRates(engine, EcbRates(_file, edition="1"))


async def rates(told: MarketRates, base: Currency, quote: Currency, *ahead: int) -> Mapping[date, Rate]:
    """Rates of so many days after the bank's last."""
    return await told.rates(base, quote, [LAST + timedelta(days=days) for days in ahead])


async def test_the_banks_own_days_stay_as_it_told_them(told: MarketRates) -> None:
    found = await rates(told, EUR, USD, -1, 0)
    assert [(rate.value, rate.source) for rate in found.values()] == [
        (Decimal("1.2"), RateSource.ECB),
        (Decimal("1.1"), RateSource.ECB),
    ]


async def test_after_them_the_nearest_day_counts_whoever_tells_it(told: MarketRates) -> None:
    """The bank's last for two days, and then the market's."""
    found = await rates(told, EUR, USD, 1, 2, 3, 4, 11)
    assert [(found[day].value, found[day].source, (found[day].day - LAST).days) for day in sorted(found)] == [
        (Decimal("1.1"), RateSource.ECB, 0),
        (Decimal("1.1"), RateSource.ECB, 0),
        (Decimal("1.5"), RateSource.MARKET, 3),
        (Decimal("1.6"), RateSource.MARKET, 4),
        (Decimal("1.6"), RateSource.MARKET, 4),
    ]
    assert await rates(told, EUR, USD, 12) == {}


async def test_two_other_currencies_are_told_of_one_day(told: MarketRates) -> None:
    """Of which both are known: pounds are not known a day later."""
    (rate,) = (await rates(told, USD, GBP, 4)).values()
    assert (rate.value, rate.day, rate.pivot) == (Decimal("0.5"), LAST + timedelta(days=3), EUR)


async def test_a_rate_that_is_made_up_says_so(told: MarketRates) -> None:
    (rate,) = (await rates(told, EUR, GBP, 20)).values()
    assert (rate.value, rate.source) == (Decimal("0.7"), RateSource.SIMULATED)


async def test_what_is_told_while_somebody_reads_comes_with_the_next_read(
    told: MarketRates, engine: AsyncEngine
) -> None:
    """Nobody who is in a snapshot waits for the database for a second time."""
    current = await told.current()
    day = LAST + timedelta(days=30)
    await MarketPrices(engine).add_closes([close("USD", day, "2")])
    assert await current.rates(EUR, USD, [day]) == {}
    later = MarketRates(engine, EcbRates(_file, edition="1"))
    assert (await later.rates(EUR, USD, [day]))[day].value == 2
