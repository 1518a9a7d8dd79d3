"""What Financial Modeling Prep's numbers mean: prices as they were traded, and what lies outside of America."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from adapters.market_data.fmp import translate
from adapters.market_data.fmp.symbols import currency_of, is_carried, symbol_of
from adapters.market_data.fmp.wire import (
    BarRow,
    DividendRow,
    Earnings,
    Found,
    Income,
    Mover,
    Profile,
    QuoteRow,
    Release,
    SplitRow,
)
from application.market_data.ports import Span
from domain.market_data.announcement import Impact
from domain.market_data.bar import Adjustment, Dividend, Interval, Split
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.fmp import samples

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
AAPL = Ticker("AAPL")
SPRING = (date(2026, 3, 1), date(2026, 5, 31))


def test_a_quote_is_of_what_was_asked_for() -> None:
    """By the symbol that they know it by."""
    rows = msgspec.json.decode(samples.QUOTE, type=list[QuoteRow])
    quote = translate.quotes(rows, [AAPL], NOW)[AAPL]
    assert (quote.price, quote.change, quote.market_cap) == (
        Decimal("232.8"),
        Decimal("4.79"),
        Decimal(3500823120000),
    )
    assert translate.quotes(rows, [Ticker("MSFT")], NOW) == {}


def test_things_have_names_of_theirs() -> None:
    """Pairs without a mark; an index whose currency nobody knows is not carried, nor are shares elsewhere."""
    names = {"BTC-USD": "BTCUSD", "EURUSD=X": "EURUSD", "^GSPC": "^GSPC", "BRK.B": "BRK-B"}
    assert {text: symbol_of(Ticker.parse(text)) for text in names} == names
    assert currency_of(Ticker.parse("^FTSE")) == Currency("GBP")
    assert not is_carried(Ticker.parse("^UNKNOWN"))
    assert not is_carried(Ticker.parse("INFY.NS"))


def test_bars_are_as_they_were_traded_with_what_happened_in_their_time() -> None:
    """A split of years before is not of this time."""
    actions = translate.Actions(
        msgspec.json.decode(samples.SPLITS, type=list[SplitRow]),
        msgspec.json.decode(samples.DIVIDENDS, type=list[DividendRow]),
    )
    span = Span(interval=Interval.DAY, since=datetime(2020, 8, 28, tzinfo=UTC), until=NOW)
    found = translate.bars(msgspec.json.decode(samples.BARS, type=list[BarRow]), actions, AAPL, span, NOW)
    assert found.adjustment is Adjustment.NONE
    assert [(bar.start.isoformat(), bar.close) for bar in found.bars] == [
        ("2020-08-28T04:00:00+00:00", Decimal("499.23")),
        ("2020-09-01T04:00:00+00:00", Decimal("134.18")),
    ]
    assert found.splits == [Split(date(2020, 8, 31), 4, 1)]
    assert found.dividends == [Dividend(date(2020, 11, 6), Decimal("0.205"))]


def test_only_american_shares_are_found() -> None:
    """On the exchange that they name; so with movers and earnings."""
    found = translate.listings(msgspec.json.decode(samples.SEARCH, type=list[Found]))
    assert [str(each.ticker) for each in found] == ["NASDAQ:AAPL"]
    (mover,) = translate.movers(msgspec.json.decode(samples.MOVERS, type=list[Mover]), NOW)
    assert mover.previous_close == Decimal("1.50")
    reports = translate.earnings(msgspec.json.decode(samples.EARNINGS, type=list[Earnings]), *SPRING, NOW)
    assert [(each.ticker.symbol, each.day) for each in reports] == [("AAPL", date(2026, 4, 30))]


def test_fundamentals_are_profile_and_latest_year() -> None:
    """Without a statement there are the figures of the profile."""
    (profile,) = msgspec.json.decode(samples.PROFILE, type=list[Profile])
    statements = msgspec.json.decode(samples.INCOME, type=list[Income])
    found = translate.fundamentals(profile, statements, AAPL, NOW)
    assert found is not None
    assert (found.figures["revenue"], found.fiscal_period_end) == (Decimal(416161000000), date(2025, 9, 27))
    bare = translate.fundamentals(profile, [], AAPL, NOW)
    assert bare is not None
    assert set(bare.figures) == {"market_cap", "beta"}


def test_releases_have_an_impact() -> None:
    """However it is written."""
    (release,) = translate.releases(msgspec.json.decode(samples.RELEASES, type=list[Release]), *SPRING, NOW)
    assert (release.impact, release.at) == (Impact.HIGH, datetime(2026, 3, 2, 15, tzinfo=UTC))
