"""The job that keeps what each day has left of what people hold, or held: its last price, splits and dividends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, final

from adapters.ledger.market.prices import MarketPrice, MarketPrices
from adapters.ledger.market.tickers import InstrumentTickers, Traded
from adapters.ledger.market.watched import Watched, WatchRules, special_days
from application.ledger.proposals.propose_actions import (
    Announced,
    AnnouncedDividend,
    AnnouncedSplit,
    ProposeActions,
)
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import NoProviderAnswers
from application.market_data.history import BarBook, HistoryWanted
from application.shared.chores import Chore
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.exchange import EXCHANGES, Exchange
from domain.market_data.settled import SETTLING, home_of, may_have_traded, settled_until
from domain.market_data.ticker import Ticker
from domain.shared.time import zone

_DAY: Final = timedelta(days=1)
# of what nobody says since when it is held
_LITTLE: Final = timedelta(days=7)
# what is asked for again, for what came late
_OVERLAP: Final = timedelta(days=30)
# rates of before are those of the central bank
_RATES: Final = timedelta(days=366)
_MOST: Final = 50
_AROUND_THE_CLOCK: Final = EXCHANGES["CRYPTO"]


@final
class MarketClosesJob(Chore):
    """Looks at fifty tickers at a time, those first that nobody has looked at; a day is looked at once."""

    def __init__(  # noqa: PLR0917 - what it asks, keeps and goes by
        self,
        watched: Watched,
        tickers: InstrumentTickers,
        prices: MarketPrices,
        bars: BarBook,
        calendar: TradingCalendar,
        clock: Clock,
        propose_actions: ProposeActions,
        rules: WatchRules,
    ) -> None:
        self._watched = watched
        self._tickers = tickers
        self._prices = prices
        self._bars = bars
        self._calendar = calendar
        self._clock = clock
        self._propose_actions = propose_actions
        self._rules = rules

    async def __call__(self) -> int:
        """Return how many last prices of days were seen."""
        now = self._clock.now()
        forgotten = 0 if self._rules.simulated else await self._prices.forget_simulated()
        due: defaultdict[Ticker, list[Traded]] = defaultdict(list)
        for traded in await self._watched.traded(anew=forgotten > 0):
            if self._is_due(traded, now):
                due[traded.ticker].append(traded)
        # what was never looked at comes first
        ordered = sorted(due.items(), key=lambda pair: (_looked(pair[1]), str(pair[0])))
        count = 0
        for ticker, concerned in ordered[:_MOST]:
            count += await self._look(ticker, concerned, now)
        return count + await self._look_at_rates(now)

    def _is_due(self, traded: Traded, now: datetime) -> bool:
        if traded.looked_from is None or traded.looked_until is None:
            return True
        home = home_of(traded.ticker) or _AROUND_THE_CLOCK
        special = special_days(self._calendar, home, now)
        end = settled_until(Interval.DAY, home, special, now)
        if not traded.is_held and traded.last_at is not None:
            end = min(end, traded.last_at + _DAY)
        return _first_day(traded, now) < traded.looked_from or may_have_traded(home, special, traded.looked_until, end)

    async def _look(self, ticker: Ticker, concerned: Sequence[Traded], now: datetime) -> int:
        since = min(_ask_from(each, now) for each in concerned)
        series = await self._series(ticker, since, now)
        if isinstance(series, NoProviderAnswers):
            return 0
        home = home_of(ticker) or _AROUND_THE_CLOCK
        closes = [] if series is None else _closes(series, home, now)
        await self._prices.add_closes(closes)
        until = settled_until(Interval.DAY, home, special_days(self._calendar, home, now), now)
        for traded in concerned:
            first = _first_day(traded, now)
            if series is not None:
                await self._propose(traded, series, home, first)
            await self._tickers.note_looked(traded, min(first, traded.looked_from or first), until)
        return len(closes)

    async def _propose(self, traded: Traded, series: BarSeries, home: Exchange, first: date) -> None:
        """Propose what was done since somebody held it, if it is told in the currency that they hold it in."""
        splits = [
            AnnouncedSplit(each.day, _midnight(each.day, home), each.new, each.old)
            for each in series.splits
            if each.day >= first
        ]
        dividends = [
            AnnouncedDividend(each.day, _midnight(each.day, home), each.amount)
            for each in series.dividends
            if each.day >= first and series.currency == traded.instrument.key.currency
        ]
        if splits or dividends:
            announced = Announced(
                organisation_id=traded.organisation_id,
                instrument_id=traded.instrument.id,
                currency=series.currency,
                provider=series.provenance.provider,
                is_simulated=series.provenance.simulated,
                splits=splits,
                dividends=dividends,
            )
            await self._propose_actions.propose(announced)

    async def _look_at_rates(self, now: datetime) -> int:
        known = await self._prices.last_closes()
        until = settled_until(Interval.DAY, _AROUND_THE_CLOCK, {}, now)
        count = 0
        for ticker in await self._watched.rates():
            last = known.get(str(ticker))
            if last is not None and last >= until:
                continue
            since = (now - _RATES).date() if last is None else (last - _OVERLAP).date()
            series = await self._series(ticker, since, now)
            if series is not None and not isinstance(series, NoProviderAnswers):
                closes = _closes(series, _AROUND_THE_CLOCK, now)
                await self._prices.add_closes(closes)
                count += len(closes)
        return count

    async def _series(self, ticker: Ticker, since: date, now: datetime) -> BarSeries | NoProviderAnswers | None:
        """Return bars as they were traded; None for what nobody knows, can restate or may be used."""
        wanted = HistoryWanted.between(since - _DAY, now.date(), Interval.DAY, Adjustment.NONE)
        told = (await self._bars.read([ticker], wanted))[ticker]
        if isinstance(told, NoProviderAnswers):
            return told
        series = told.value.series
        if series is None or series.adjustment is not Adjustment.NONE:
            return None
        return None if series.provenance.simulated and not self._rules.simulated else series


def _closes(series: BarSeries, home: Exchange, now: datetime) -> list[MarketPrice]:
    """Return the last prices of the days that are over, by the exchange's ordinary hours."""
    if home.is_always_open:
        after = _DAY
    else:
        closes = home.sessions[-1][1]
        after = timedelta(hours=closes.hour, minutes=closes.minute)
    said = series.provenance
    return [
        MarketPrice(
            ticker=str(series.ticker),
            as_of=bar.start + after,
            currency=series.currency.code,
            price=bar.close,
            provider=said.provider,
            is_simulated=said.simulated,
            received_at=now,
        )
        for bar in series.bars
        if bar.close > 0 and bar.start + after + SETTLING <= now
    ]


def _midnight(day: date, home: Exchange) -> datetime:
    return datetime.combine(day, time(), zone(home.zone)).astimezone(UTC)


def _first_day(traded: Traded, now: datetime) -> date:
    return (traded.first_at or now - _LITTLE).date()


def _ask_from(traded: Traded, now: datetime) -> date:
    first = _first_day(traded, now)
    if traded.looked_from is None or traded.looked_until is None or first < traded.looked_from:
        return first
    return max(first, (traded.looked_until - _OVERLAP).date())


def _looked(concerned: Sequence[Traded]) -> str:
    return min("" if each.looked_until is None else each.looked_until.isoformat() for each in concerned)
