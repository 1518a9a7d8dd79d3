"""Whoever keeps the directory finds what is meant: by symbol, name or number, with a letter or two wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from adapters.market_data.directory.directory import BUILT_IN, SqlDirectory
from adapters.market_data.directory.known import known_listings
from adapters.platform.database.engine import open_engine
from application.market_data.directory.ports import Directory
from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.fakes.directory import FakeDirectory

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["fake", "sql"])
async def directory(request: pytest.FixtureRequest) -> AsyncIterator[Directory]:
    if request.param == "fake":
        fake = FakeDirectory()
        await fake.add(list(known_listings()), BUILT_IN)
        yield fake
        return
    url: str = request.getfixturevalue("database_url")
    engine = open_engine(url)
    yield SqlDirectory(engine)
    await engine.dispose()


async def first(directory: Directory, text: str, kind: AssetClass | None = None) -> str | None:
    found = await directory.search(text, kind, 5)
    return str(found[0].ticker) if found else None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("AAPL", "NASDAQ:AAPL"),
        ("aapl", "NASDAQ:AAPL"),
        ("Apple", "NASDAQ:AAPL"),
        ("micorsoft", "NASDAQ:MSFT"),
        ("berkshire hathaway inc. class b", "NYSE:BRK-B"),
        ("BRK.B", "NYSE:BRK-B"),
        ("GSPC", "^GSPC"),
        ("^GSPC", "^GSPC"),
        ("nifty", "^NSEI"),
        ("bitcoin", "BTC-USD"),
        ("BTC-USD", "BTC-USD"),
        ("EUR/USD", "EURUSD=X"),
        ("GC=F", "GC=F"),
        ("NSE:INFY", "NSE:INFY"),
        ("M&M.NS", "NSE:M&M"),
        ("US5949181045", "NASDAQ:MSFT"),
        ("mahindra", "NSE:M&M"),
        ("tesle", "NASDAQ:TSLA"),
    ],
)
async def test_what_is_meant_comes_first(directory: Directory, typed: str, meant: str) -> None:
    """However it is typed."""
    assert await first(directory, typed) == meant


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "\\", "'", '"; --', "qqqqzzzzxxxx", "\U0001f680", "x" * 500])
async def test_what_is_like_nothing_finds_nothing(directory: Directory, typed: str) -> None:
    """And is no pattern of ours."""
    assert await directory.search(typed, None, 5) == []


async def test_a_kind_may_be_wanted(directory: Directory) -> None:
    """A fund may be named for an index."""
    assert await first(directory, "S&P 500", AssetClass.INDEX) == "^GSPC"
    found = await directory.search("S&P 500", AssetClass.FUND, 5)
    assert {each.ticker.asset_class for each in found} == {AssetClass.FUND}


async def test_what_is_gone_is_found_and_says_so(directory: Directory) -> None:
    """With the day, or what it is called now."""
    (twitter,) = await directory.search("TWTR", None, 1)
    assert twitter.delisted_on == date(2022, 10, 28)
    (facebook,) = await directory.search("FB", None, 1)
    assert facebook.renamed_to == Ticker("META", "NASDAQ")


async def test_a_symbol_alone_is_of_its_home(directory: Directory) -> None:
    """Where it trades on several exchanges; one that is named is not replaced by another."""
    infosys, on_bse, nowhere, sp500 = Ticker("INFY"), Ticker("INFY", "BSE"), Ticker("INFY", "LSE"), Ticker("SPY")
    found = await directory.find([infosys, on_bse, nowhere, sp500, Ticker("NOSUCH")])
    assert {asked: str(listing.ticker) for asked, listing in found.items() if asked != infosys} == {
        on_bse: "BSE:INFY",
        sp500: "ARCA:SPY",
    }
    assert found[infosys].isin == "INE009A01021"


async def test_what_a_provider_does_not_say_stays(directory: Directory) -> None:
    """And what it says is kept, over what was built in."""
    ticker = Ticker("ZZNEW", "NYSE")
    plain = Listing(ticker=ticker, name="Zz New Company", isin="US0378331005", provider_symbols={"a": "1"})
    await directory.add([plain], "a")
    more = Listing(ticker=ticker, name="Zz Newer Company", currency=Currency("USD"), provider_symbols={"b": "2"})
    await directory.add([more], "b")
    found = (await directory.find([ticker]))[ticker]
    assert (found.name, found.isin, found.currency) == ("Zz Newer Company", plain.isin, Currency("USD"))
    assert found.provider_symbols == {"a": "1", "b": "2"}


def test_the_list_holds_what_it_should() -> None:
    """Each thing once, of every kind, with numbers whose check digits are right."""
    known = list(known_listings())
    assert len({listing.ticker for listing in known}) == len(known)
    assert {listing.ticker.asset_class for listing in known} == set(AssetClass)
    assert sum(listing.isin is not None for listing in known) > 100
