"""Whatever a user types for a thing with a price, equal things are equal, and what is shown reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import BY_SUFFIX, EXCHANGES
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency
from domain.shared.time import zone

STOCK, INDEX, CRYPTO = AssetClass.STOCK, AssetClass.INDEX, AssetClass.CRYPTO
CURRENCY, FUTURE = AssetClass.CURRENCY, AssetClass.FUTURE


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("AAPL", Ticker("AAPL")),
        (" aapl ", Ticker("AAPL")),
        ("BRK-B", Ticker("BRK-B")),
        ("BRK.B", Ticker("BRK-B")),
        ("BRK/B", Ticker("BRK-B")),
        ("BAC-PL", Ticker("BAC-PL")),
        ("^GSPC", Ticker("GSPC", None, INDEX)),
        ("BTC-USD", Ticker("BTC-USD", None, CRYPTO)),
        ("ETH/BTC", Ticker("ETH-BTC", None, CRYPTO)),
        ("CRYPTO:BTC-USD", Ticker("BTC-USD", None, CRYPTO)),
        ("M&M.NS", Ticker("M&M", "NSE")),
        ("NSE:INFY", Ticker("INFY", "NSE")),
        ("XNSE:INFY", Ticker("INFY", "NSE")),
        ("NSE:INFY.NS", Ticker("INFY", "NSE")),
        ("NSE:BAJAJ-AUTO", Ticker("BAJAJ-AUTO", "NSE")),
        ("BOM:500325", Ticker("500325", "BSE")),
        ("VOD.L", Ticker("VOD", "LSE")),
        ("7203.T", Ticker("7203", "TSE")),
        ("EURUSD=X", Ticker("EURUSD", None, CURRENCY)),
        ("EUR/USD", Ticker("EURUSD", None, CURRENCY)),
        ("INR=X", Ticker("USDINR", None, CURRENCY)),
        ("GC=F", Ticker("GC", None, FUTURE)),
    ],
)
def test_what_users_type_is_understood(text: str, ticker: Ticker) -> None:
    """Marks of Yahoo, prefixes of exchanges, share classes and pairs."""
    assert Ticker.parse(text) == ticker
    assert Ticker.parse(str(ticker)) == ticker


@pytest.mark.parametrize(
    ("text", "exchange", "words"),
    [
        ("", None, "1 to 32 characters"),
        ("X" * 33, None, "1 to 32 characters"),
        ("A B", None, "is not a symbol"),
        ("^", None, "is not a symbol"),
        ("DROP;TABLE", None, "is not a symbol"),
        ("../etc", None, "is not a symbol"),
        ("٣", None, "is not a symbol"),
        ("FOO:X", None, "not an exchange that is known"),
        ("AAPL", "FOO", "not an exchange that is known"),
        ("EUREUR=X", None, "not a pair of two currencies"),
        ("NSE:VOD.L", None, "is of the exchange LSE, not of NSE"),
        ("VOD.L", "NSE", "is of the exchange LSE, not of NSE"),
        ("NSE:INFY", "BSE", "is of the exchange NSE, not of BSE"),
        ("BTC", "CRYPTO", "like BTC-USD"),
    ],
)
def test_what_is_no_symbol_is_refused_by_name(text: str, exchange: str | None, words: str) -> None:
    """The message quotes what was typed and says what would do."""
    with pytest.raises(Invalid, match=words):
        Ticker.parse(text, exchange)


def test_an_exchange_may_be_said_beside_the_symbol() -> None:
    """It is the same as before a colon; what has no exchange of its own does not mind."""
    assert Ticker.parse("INFY", "nse") == Ticker.parse("NSE:INFY")
    assert Ticker.parse("INFY.NS", "NSE") == Ticker.parse("NSE:INFY")
    assert Ticker.parse("^NSEI", "NSE").asset_class is INDEX


def test_a_ticker_knows_its_currency_where_it_says_so() -> None:
    """A pair is priced in its second currency, a listing in its exchange's; a bare symbol says nothing."""
    assert Ticker.parse("BTC-EUR").pair == (Currency("BTC"), Currency("EUR"))
    assert Ticker.parse("USDINR=X").currency == Currency("INR")
    assert Ticker.parse("M&M.NS").currency == Currency("INR")
    assert Ticker.parse("AAPL").currency is None


symbols = st.from_regex(r"[A-Z0-9][A-Z0-9&_.-]{0,9}", fullmatch=True)
texts = st.one_of(
    symbols,
    st.builds("^{}".format, symbols),
    st.builds("{}=F".format, symbols),
    st.builds("{}:{}".format, st.sampled_from(sorted(EXCHANGES)), symbols),
    st.builds("{}{}".format, symbols, st.sampled_from(sorted(BY_SUFFIX))),
    st.builds("{}-{}".format, symbols, st.sampled_from(["USD", "EUR", "BTC", "USDT"])),
    st.text(max_size=12),
)


@given(texts)
def test_what_is_shown_reads_back(text: str) -> None:
    """For every text that means something; what means nothing raises Invalid and nothing else."""
    try:
        ticker = Ticker.parse(text)
    except Invalid:
        return
    assert Ticker.parse(str(ticker)) == ticker
    assert Ticker.parse(str(ticker).lower()) == ticker


def test_every_exchange_has_a_zone_and_hours_in_order() -> None:
    """The zones exist, sessions do not overlap, and no two exchanges share a name."""
    for exchange in EXCHANGES.values():
        assert zone(exchange.zone).key == exchange.zone
        hours = [hour for session in exchange.sessions for hour in session]
        assert hours == sorted(set(hours))
    names = [name for each in EXCHANGES.values() for name in {each.code, each.mic, *each.aliases}]
    assert len(names) == len(set(names))
