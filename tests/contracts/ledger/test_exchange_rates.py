"""Rates are what was published on the day or shortly before, exactly; what nobody published is never made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.rates.market import MarketRates
from application.ledger.currencies.ports import ExchangeRates
from domain.ledger.exchange import MAX_AGE, Rate, RateSource
from domain.shared.money import Currency
from tests.fakes.exchange_rates import FakeExchangeRates

pytestmark = pytest.mark.anyio

# a Thursday, the Friday of a weekend, a Monday on which roubles are no longer quoted
DAYS: Mapping[date, Mapping[str, str]] = {
    date(2024, 1, 4): {"USD": "1.0953", "GBP": "0.86278", "JPY": "158.45", "RUB": "100.5"},
    date(2024, 1, 5): {"USD": "1.0921", "GBP": "0.86130", "JPY": "158.67", "RUB": "99"},
    date(2024, 1, 8): {"USD": "1.0946", "GBP": "0.86145", "JPY": "157.75"},
}
CODES = ("USD", "GBP", "JPY", "RUB")
FRIDAY, MONDAY = date(2024, 1, 5), date(2024, 1, 8)


def _file() -> bytes:
    lines = [
        f"{day.isoformat()},{','.join(quoted.get(code, 'N/A') for code in CODES)},"
        for day, quoted in sorted(DAYS.items(), reverse=True)
    ]
    return "\n".join([f"Date,{','.join(CODES)},", *lines, ""]).encode()


@pytest.fixture(params=["fake", "ecb", "market"])
def exchange_rates(request: pytest.FixtureRequest, engine: AsyncEngine) -> ExchangeRates:
    """The market adds nothing to the bank's own days, and keeps all of its promises."""
    if request.param == "fake":
        return FakeExchangeRates(DAYS)
    bank = EcbRates(_file, edition="1")
    return bank if request.param == "ecb" else MarketRates(engine, bank)


async def look_up(exchange_rates: ExchangeRates, base: str, quote: str, day: date) -> Rate | None:
    """The rate, if there is one; nothing else is ever found."""
    found = await exchange_rates.rates(Currency(base), Currency(quote), [day])
    assert found.keys() <= {day}
    return found.get(day)


async def value(exchange_rates: ExchangeRates, base: str, quote: str, day: date) -> Decimal:
    """The rate's value; there must be one."""
    rate = await look_up(exchange_rates, base, quote, day)
    assert rate is not None
    return rate.value


async def test_what_is_quoted_against_the_euro_is_told_as_it_was_written(exchange_rates: ExchangeRates) -> None:
    rate = await look_up(exchange_rates, "EUR", "USD", FRIDAY)
    assert rate is not None
    assert (rate.value, rate.day, rate.source) == (Decimal("1.0921"), FRIDAY, RateSource.ECB)
    assert (rate.pivot, rate.in_base, rate.in_quote) == (Currency("EUR"), Decimal(1), Decimal("1.0921"))


async def test_the_other_way_round_is_the_quotient_to_18_places(exchange_rates: ExchangeRates) -> None:
    """1 / 1.0921 = 0.915667063455..."""
    assert await value(exchange_rates, "USD", "EUR", FRIDAY) == Decimal("0.915667063455727497")


async def test_two_other_currencies_go_through_the_euro(exchange_rates: ExchangeRates) -> None:
    """158.67 / 0.8613 yen for a pound."""
    found = await value(exchange_rates, "GBP", "JPY", FRIDAY)
    assert abs(Fraction(found) - Fraction("158.67") / Fraction("0.8613")) <= Fraction(1, 2 * 10**18)


async def test_a_weekend_takes_the_rate_of_its_friday_and_says_so(exchange_rates: ExchangeRates) -> None:
    for day in (FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2)):
        rate = await look_up(exchange_rates, "USD", "GBP", day)
        assert rate is not None
        assert rate.day == FRIDAY
    monday = await look_up(exchange_rates, "USD", "GBP", MONDAY)
    assert monday is not None
    assert monday.day == MONDAY


async def test_a_rate_is_never_older_than_a_week(exchange_rates: ExchangeRates) -> None:
    last = await look_up(exchange_rates, "USD", "EUR", MONDAY + MAX_AGE)
    assert last is not None
    assert last.day == MONDAY
    assert await look_up(exchange_rates, "USD", "EUR", MONDAY + MAX_AGE + timedelta(days=1)) is None


async def test_a_currency_that_is_no_longer_quoted_has_rates_for_a_week(exchange_rates: ExchangeRates) -> None:
    """And both sides of a rate are of the same day."""
    rate = await look_up(exchange_rates, "RUB", "USD", MONDAY)
    assert rate is not None
    assert (rate.day, rate.in_quote) == (FRIDAY, Decimal("1.0921"))
    assert await look_up(exchange_rates, "RUB", "USD", FRIDAY + MAX_AGE + timedelta(days=1)) is None


async def test_before_the_first_day_and_for_unknown_currencies_there_is_none(exchange_rates: ExchangeRates) -> None:
    assert await look_up(exchange_rates, "USD", "EUR", date(2024, 1, 3)) is None
    assert await look_up(exchange_rates, "USDT", "EUR", FRIDAY) is None
    assert await look_up(exchange_rates, "EUR", "USDT", FRIDAY) is None


async def test_a_currency_in_itself_is_one_whoever_quotes_it(exchange_rates: ExchangeRates) -> None:
    for code in ("EUR", "USD", "USDT"):
        rate = await look_up(exchange_rates, code, code, date(1970, 1, 1))
        assert rate is not None
        assert (rate.value, rate.source) == (Decimal(1), RateSource.SAME_CURRENCY)


async def test_many_are_looked_up_at_once(exchange_rates: ExchangeRates) -> None:
    days = [date(2024, 1, 1) + timedelta(days=each) for each in range(30)]
    found = await exchange_rates.rates(Currency("USD"), Currency("EUR"), days)
    assert set(found) == set(days[3:15])
    assert found[FRIDAY].value == Decimal("0.915667063455727497")


async def test_the_history_in_the_wheel_has_the_rates_that_were_published() -> None:
    """Of 2 January 2024: 1.0956 dollars and 0.86645 pounds; of the first day, 1.1789 dollars; Good Friday has none."""
    bank = EcbRates()
    assert await value(bank, "EUR", "USD", date(2024, 1, 2)) == Decimal("1.0956")
    assert await value(bank, "EUR", "GBP", date(2024, 1, 2)) == Decimal("0.86645")
    assert await value(bank, "EUR", "USD", date(1999, 1, 4)) == Decimal("1.1789")
    easter = await look_up(bank, "EUR", "USD", date(2024, 4, 1))
    assert easter is not None
    assert (easter.day, easter.value) == (date(2024, 3, 28), Decimal("1.0811"))
    assert await look_up(bank, "EUR", "USD", date(1999, 1, 3)) is None


async def test_a_history_is_read_once_and_only_when_it_is_wanted() -> None:
    reads: list[int] = []

    def read() -> bytes:
        reads.append(1)
        return _file()

    bank = EcbRates(read)
    assert not reads
    for _ in range(2):
        await value(bank, "EUR", "USD", FRIDAY)
    assert len(reads) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Date,USD,\n",
        b"Day,USD,\n2024-01-05,1.09,\n",
        b"Date,USD,\n2024-01-05,0,\n",
        b"Date,USD,\n2024-01-05,1e5,\n",
    ],
)
async def test_a_file_that_is_no_history_is_not_taken_for_one(content: bytes) -> None:
    with pytest.raises(ValueError, match="file of exchange rates"):
        await EcbRates(lambda: content).rates(Currency("EUR"), Currency("USD"), [FRIDAY])
