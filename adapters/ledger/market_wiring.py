"""Puts together the jobs that bring the market to the ledger."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.market.closes_job import MarketClosesJob
from adapters.ledger.market.marks_job import MarketMarksJob
from adapters.ledger.market.prices import MarketPrices
from adapters.ledger.market.tickers import InstrumentTickers
from adapters.ledger.market.watched import Followed, Watched, WatchRules
from adapters.market_data.settings import name_of
from adapters.platform.settings import Settings
from application.ledger.proposals.propose_actions import ProposeActions
from application.market_data.calendars import TradingCalendar
from application.market_data.directory.ports import Directory
from application.market_data.history import BarBook
from application.market_data.live.ports import TickPublisher
from application.market_data.quotes import QuoteBook
from application.shared.ports import Clock
from domain.market_data.ticker import Ticker

_DAY_S: Final = 86_400
# with fewer calls a day nobody can be asked every five minutes for what some people hold
_ENOUGH: Final = 5_000


def marks_job(  # noqa: PLR0917 - what it is made of
    engine: AsyncEngine,
    directory: Directory,
    publisher: TickPublisher,
    quotes: QuoteBook,
    calendar: TradingCalendar,
    clock: Clock,
    settings: Settings,
) -> MarketMarksJob:
    """Return the job that asks what things cost now."""
    watched = Watched(InstrumentTickers(engine, directory))
    rules = watch_rules(settings)
    return MarketMarksJob(watched, Followed(publisher), MarketPrices(engine), quotes, calendar, clock, rules)


def closes_job(  # noqa: PLR0917 - what this one is made of
    engine: AsyncEngine,
    directory: Directory,
    bars: BarBook,
    calendar: TradingCalendar,
    clock: Clock,
    settings: Settings,
    propose_actions: ProposeActions,
) -> MarketClosesJob:
    """Return the job that keeps what days have left."""
    tickers = InstrumentTickers(engine, directory)
    rules = watch_rules(settings)
    return MarketClosesJob(
        Watched(tickers), tickers, MarketPrices(engine), bars, calendar, clock, propose_actions, rules
    )


def watch_rules(settings: Settings) -> WatchRules:
    """Return by which rules the settings let the market be looked at."""
    market = settings.market_data
    first = market.chains.get("quotes", tuple(map(name_of, market.opened)))[:1]
    budgets = [budget for name in first for budget in market.budget_of(name)]
    return WatchRules(
        popular=tuple(map(Ticker.parse, market.popular)),
        simulated=market.simulated_marks,
        is_scarce=any(
            budget.seconds >= _DAY_S and budget.calls * _DAY_S < _ENOUGH * budget.seconds for budget in budgets
        ),
    )
