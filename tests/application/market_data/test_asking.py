"""What is told about coins, movers and calendars when providers fail, know nothing, or change their mind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import final
from uuid import UUID

import pytest

from application.market_data.asking import Asking
from application.market_data.chains import Chains, Link, NoProviderAnswers
from application.market_data.find_coins import FindCoins
from application.market_data.ports import CoinSource, EarningsSource, SourceFailed
from application.market_data.read_coin import ReadCoin
from application.market_data.read_coin_history import ReadCoinHistory
from application.market_data.read_earnings import ReadEarnings
from application.market_data.read_top_coins import ReadTopCoins
from application.market_data.shelves import OverviewLifetimes
from domain.market_data.announcement import EarningsReport
from domain.market_data.coin import Coin, CoinHistory, ListedCoin
from domain.market_data.provenance import Fallback, Provenance, Refusal
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden, Invalid, NotFound
from domain.shared.ids import OrganisationId, SessionId, UserId
from domain.shared.money import Currency
from tests.fakes.cache import FakeCache
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
TODAY = NOW.date()
USD = Currency("USD")
READER = Actor(UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset({Scope.MARKET_READ}))
SHELVES = OverviewLifetimes(
    coins=60,
    top_coins=120,
    coin_history=300,
    coin_search=600,
    movers=60,
    trending=300,
    fundamentals=86_400,
    calendars=43_200,
    stale=86_400,
)


def said_by(provider: str) -> Provenance:
    return Provenance(provider=provider, as_of=NOW, received_at=NOW)


def coin(coin_id: str, provider: str) -> Coin:
    return Coin(
        id=coin_id, symbol="BTC", name=coin_id, currency=USD, price=Decimal(5), provenance=said_by(provider), rank=1
    )


@final
@dataclass
class Coins(CoinSource):
    """Knows some coins; while it has a refusal it answers with that."""

    provider: str
    known: Sequence[str] = ("bitcoin", "ether")
    refusal: Refusal | None = None
    asked: list[object] = field(default_factory=list[object])

    def _ask(self, what: object) -> None:
        self.asked.append(what)
        if self.refusal is not None:
            raise SourceFailed(self.refusal, "told to")

    async def top(self, currency: Currency, limit: int) -> Sequence[Coin]:
        self._ask((currency, limit))
        return [coin(each, self.provider) for each in self.known[:limit]]

    async def coins(self, ids: Collection[str], currency: Currency) -> Mapping[str, Coin]:
        self._ask((tuple(ids), currency))
        return {each: coin(each, self.provider) for each in ids if each in self.known}

    async def coin_history(self, coin_id: str, currency: Currency, days: int) -> CoinHistory | None:
        self._ask((coin_id, currency, days))
        if coin_id not in self.known:
            return None
        return CoinHistory(id=coin_id, currency=currency, points=(), provenance=said_by(self.provider))

    async def find_coins(self, text: str, limit: int) -> Sequence[ListedCoin]:
        self._ask(text)
        return [
            ListedCoin(id=each, symbol="X", name=each, provenance=said_by(self.provider))
            for each in self.known
            if text in each
        ][:limit]


@final
@dataclass
class Reports(EarningsSource):
    """A report of each day; counts who asks."""

    asked: int = 0

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        self.asked += 1
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        return [EarningsReport(ticker=Ticker("AAPL", "NASDAQ"), day=day, provenance=said_by("test")) for day in days]


def asking(*sources: Coins, clock: FakeClock | None = None) -> Asking[CoinSource]:
    links: list[Link[CoinSource]] = [Link(source.provider, source) for source in sources]
    return Asking(Chains({None: links}), FakeCache(clock or FakeClock(NOW)), unknown_s=600)


async def test_the_next_is_asked_when_one_fails_and_the_answer_says_so() -> None:
    """Each coin names who should have told it, and why they did not."""
    first, second = Coins("first", refusal=Refusal.LIMITED), Coins("second")
    found = await ReadTopCoins(asking(first, second), SHELVES.top_coin_shelf)(READER, USD, 1)
    assert [each.provenance.provider for each in found.value] == ["second"]
    assert found.value[0].provenance.instead_of == (Fallback("first", Refusal.LIMITED),)


async def test_fewer_are_told_out_of_one_answer() -> None:
    """However many are wanted, providers are asked once."""
    source = Coins("only")
    read = ReadTopCoins(asking(source), SHELVES.top_coin_shelf)
    assert [len((await read(READER, USD, limit)).value) for limit in (1, 2, 50)] == [1, 2, 2]
    assert len(source.asked) == 1


async def test_what_does_not_exist_is_asked_for_once() -> None:
    """The second provider is not asked at all, and the first not again within ten minutes."""
    clock = FakeClock(NOW)
    first, second = Coins("first"), Coins("second", known=("unheard-of",))
    sources = asking(first, second, clock=clock)
    for _ in range(2):
        clock.advance(minutes=4)
        with pytest.raises(NotFound):
            await ReadCoin(sources, SHELVES.coin_shelf)(READER, "unheard-of", USD)
        with pytest.raises(NotFound):
            await ReadCoinHistory(sources, SHELVES.coin_history_shelf)(READER, "unheard-of", USD, 30)
    assert (len(first.asked), len(second.asked)) == (2, 0)


async def test_an_old_answer_stands_in_and_says_so() -> None:
    """While nobody answers; it tells its age, and for how long it has been too old is not told as fresh."""
    clock, source = FakeClock(NOW), Coins("only")
    read = ReadCoin(asking(source, clock=clock), SHELVES.coin_shelf)
    assert not (await read(READER, "bitcoin", USD)).value.provenance.stale
    clock.advance(minutes=5)
    source.refusal = Refusal.UNREACHABLE
    found = await read(READER, "bitcoin", USD)
    assert (found.is_stale, found.value.provenance.stale, found.age_s) == (True, True, 300)


async def test_nobody_to_ask_is_told_as_such() -> None:
    """With who was asked, and why none of them told."""
    with pytest.raises(NoProviderAnswers) as raised:
        await FindCoins(asking(Coins("only", refusal=Refusal.RESTING)), SHELVES.coin_search_shelf)(READER, "bit", 5)
    assert raised.value.refused == (Fallback("only", Refusal.RESTING),)


async def test_a_search_that_differs_in_case_is_the_same() -> None:
    source = Coins("only")
    find = FindCoins(asking(source), SHELVES.coin_search_shelf)
    assert [each.id for each in (await find(READER, " BIT ", 5)).value] == ["bitcoin"]
    assert [each.id for each in (await find(READER, "bit", 5)).value] == ["bitcoin"]
    assert source.asked == ["bit"]


def reading(reports: Reports) -> ReadEarnings:
    links: list[Link[EarningsSource]] = [Link("test", reports)]
    return ReadEarnings(
        Asking(Chains({None: links}), FakeCache(FakeClock(NOW)), unknown_s=600), SHELVES.earnings_shelf, FakeClock(NOW)
    )


async def test_a_calendar_is_of_a_week_from_today_unless_said_otherwise() -> None:
    """Companies are chosen out of one answer, whatever exchange their symbols name."""
    reports = Reports()
    read = reading(reports)
    assert [each.day for each in (await read(READER)).value] == [TODAY + timedelta(days=day) for day in range(7)]
    assert len((await read(READER, tickers=[Ticker("AAPL")])).value) == 7
    assert (await read(READER, tickers=[Ticker("MSFT")])).value == ()
    assert reports.asked == 1
    assert len((await read(READER, date(2026, 1, 5), date(2026, 1, 5))).value) == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [(TODAY, TODAY - timedelta(days=1)), (TODAY, TODAY + timedelta(days=94)), (None, date(2026, 1, 1))],
)
async def test_days_that_cannot_be_told_are_refused(first: date | None, last: date) -> None:
    """In the wrong order, or more than a quarter has."""
    with pytest.raises(Invalid):
        await reading(Reports())(READER, first, last)


async def test_the_last_day_of_all_is_no_accident() -> None:
    """A week from it ends with it."""
    assert len((await reading(Reports())(READER, date.max)).value) == 1


async def test_the_market_is_for_those_who_may_read_it() -> None:
    """No provider is asked for anybody else."""
    source = Coins("only")
    stranger = Actor(READER.user_id, READER.organisation_id, READER.session_id, frozenset())
    with pytest.raises(Forbidden):
        await ReadTopCoins(asking(source), SHELVES.top_coin_shelf)(stranger, USD, 5)
    assert source.asked == []
