"""What providers' streams say is understood: alone, several in a frame, repeated, and in any order."""

from __future__ import annotations

import base64
import json
import random
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.finnhub.stream import FinnhubDialect
from adapters.market_data.live.dialect import Dialect, Named, Refused
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.stream import MassiveDialect
from adapters.market_data.yahoo.protobuf import of_single
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.market_data.yahoo.stream import YahooDialect
from adapters.platform.resilience.failures import ProviderFailure
from adapters.platform.secret import Secret
from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.tick_book import TickBook
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.recorded import recorded

NOW = datetime(2026, 1, 30, 15, tzinfo=UTC)
MASSIVE = MassiveDialect(MassiveSettings(key=Secret("k" * 16)))
FINNHUB = FinnhubDialect(FinnhubSettings(key=Secret("a key&more")))
YAHOO = YahooDialect(YahooSettings())
# as their documentation shows them: a trade and an offer of a share, its minute; a coin, a currency and an index
TRADE = {"ev": "T", "sym": "MSFT", "x": 4, "p": 114.125, "s": 100, "c": [0, 12], "t": 1536036818784, "q": 3681328}
OFFER = {"ev": "Q", "sym": "MSFT", "bp": 114.125, "bs": 100, "ap": 114.128, "as": 160, "t": 1536036818784, "q": 5}
MINUTE = {"ev": "AM", "sym": "MSFT", "v": 4110, "av": 9470157, "op": 0.4372, "s": 1610144640000, "e": 1610144700000}
COIN = {"ev": "XT", "pair": "BTC-USD", "p": 33021.9, "t": 1610462007425, "s": 0.01616617, "c": [2], "x": 3}
COIN_OFFER = {
    "ev": "XQ",
    "pair": "BTC-USD",
    "bp": 33052.79,
    "bs": 0.48,
    "ap": 33073.19,
    "as": 0.601,
    "t": 1610462411115,
}
PAIR = {"ev": "C", "p": "USD/CNH", "x": "44", "a": 6.83366, "b": 6.83363, "t": 1536036818784}
INDEX = {"ev": "V", "val": 3988.5, "T": "I:SPX", "t": 1678220098130}
OTHERS = [{"ev": "LULD", "T": "MSFT", "h": 218.96, "l": 198.11}, {"ev": "NOI", "T": "MSFT", "p": 440, "t": 1}]
FINNHUB_FRAME = {"type": "trade", "data": [{"p": 7296.89, "s": "AAPL", "t": 1575526691134, "v": 0.011467, "c": None}]}


def named(dialect: Dialect, *symbols: str) -> Named:
    """Return how the dialect calls these."""
    found: dict[str, list[Ticker]] = {}
    for symbol in symbols:
        ticker = Ticker.parse(symbol)
        found.setdefault(dialect.symbol_of(ticker), []).append(ticker)
    return found


def heard(dialect: Dialect, message: str | bytes, *symbols: str) -> Sequence[TickUpdate]:
    """Return what a message says of these."""
    return dialect.understand(message, named(dialect, *symbols), NOW)


def varint(value: int) -> bytes:
    """Write a number as protocol buffers do."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def pricing(numbers: Mapping[int, float | int | str]) -> bytes:
    """Write a message of Yahoo's: texts, single-precision numbers and zigzag numbers, by the type of the value."""
    out = b""
    for field, value in numbers.items():
        if isinstance(value, str):
            text = value.encode()
            out += varint(field << 3 | 2) + varint(len(text)) + text
        elif isinstance(value, float):
            out += varint(field << 3 | 5) + struct.pack("<f", value)
        else:
            out += varint(field << 3) + varint(value * 2 if value >= 0 else -value * 2 - 1)
    return out


PRICING: dict[int, float | int | str] = {
    1: "AAPL",
    2: 189.37,
    3: 1769785200123,
    5: "NMS",
    6: 8,
    8: 0.5,
    9: 12_345_678,
    10: 190.5,
    11: 187.25,
    15: 188.0,
    16: 188.37,
    22: 100,
    23: 189.36,
    24: 3,
    25: 189.38,
    26: 5,
    27: 2,
}
LETTERS = base64.b64encode(pricing(PRICING)).decode()
ENVELOPE = json.dumps({"type": "pricing", "message": LETTERS})


def test_massive_tells_trades_and_offers() -> None:
    trade, offer, minute = heard(MASSIVE, json.dumps([TRADE, OFFER, MINUTE]), "MSFT")
    assert (trade.last, trade.last_size, trade.order) == (Decimal("114.125"), Decimal(100), 3681328)
    assert trade.as_of == datetime(2018, 9, 4, 4, 53, 38, 784_000, tzinfo=UTC)
    assert (offer.bid, offer.bid_size, offer.ask, offer.ask_size) == (
        Decimal("114.125"),
        Decimal(100),
        Decimal("114.128"),
        Decimal(160),
    )
    assert (minute.volume, minute.open, minute.last) == (Decimal(9470157), Decimal("0.4372"), None)


def test_massive_tells_coins_currencies_and_indices() -> None:
    frame = json.dumps([COIN, COIN_OFFER, PAIR | {"p": "USD/CHF"}, INDEX])
    coin, coin_offer, pair, index = heard(MASSIVE, frame, "BTC-USD", "USDCHF=X", "^GSPC")
    assert (str(coin.ticker), coin.last, coin.last_size) == ("BTC-USD", Decimal("33021.9"), Decimal("0.01616617"))
    assert (coin_offer.bid, coin_offer.ask) == (Decimal("33052.79"), Decimal("33073.19"))
    assert (str(pair.ticker), pair.bid, pair.ask) == ("USDCHF=X", Decimal("6.83363"), Decimal("6.83366"))
    assert (str(index.ticker), index.last, index.currency.code) == ("^GSPC", Decimal("3988.5"), "USD")


def test_massive_is_asked_by_kind() -> None:
    symbols = sorted(named(MASSIVE, "BRK-B", "BTC-USD", "EURUSD=X", "^GSPC"))
    [said] = MASSIVE.follow(symbols)
    assert set(json.loads(said)["params"].split(",")) == {
        "T.BRK.B",
        "Q.BRK.B",
        "AM.BRK.B",
        "XT.BTC-USD",
        "XQ.BTC-USD",
        "C.EUR/USD",
        "V.I:SPX",
    }
    assert {MASSIVE.place_of(Ticker.parse(each)) for each in ("AAPL", "BTC-USD", "EURUSD=X", "^GSPC")} == {
        "stocks",
        "crypto",
        "forex",
        "indices",
    }


def test_massive_says_whether_it_wants_us() -> None:
    assert not MASSIVE.is_signed_in('[{"ev":"status","status":"connected","message":"Connected Successfully"}]')
    assert MASSIVE.is_signed_in('[{"ev":"status","status":"auth_success","message":"authenticated"}]')
    not_in_the_plan = '{"ev":"status","status":"not_authorized","message":"You are not authorized to subscribe to Q"}'
    assert [each.last for each in heard(MASSIVE, f"[{not_in_the_plan},{json.dumps(TRADE)}]", "MSFT")] == [
        Decimal("114.125")
    ]
    for status in ("auth_failed", "max_connections"):
        with pytest.raises(Refused):
            MASSIVE.is_signed_in(json.dumps([{"ev": "status", "status": status, "message": "k" * 16}]))


@pytest.mark.parametrize("path", recorded("massive-polygon", "websocket_examples.json"), ids=lambda path: path.name)
def test_every_recorded_frame_of_massive_is_understood(path: Path) -> None:
    """Alone, all in one frame, in frames of a few, twice, and shuffled: the end is the same."""
    messages: list[object] = list(json.loads(path.read_text()).values())
    symbols = ("MSFT", "SPCE", "GTE", "AAPL", "BTC-USD", "EURUSD=X", "USDCNY=X", "^GSPC")
    chance = random.Random(1)  # noqa: S311 - shuffles a test
    single = [[each] for each in messages]
    ways = [
        single,
        [messages],
        [messages[at : at + 3] for at in range(0, len(messages), 3)],
        [[each, each] for each in messages],
        [chance.sample(messages, len(messages)) for _ in range(3)],
    ]
    ends: list[dict[Ticker, tuple[object, ...]]] = []
    for frames in ways:
        book, last = TickBook(), dict[Ticker, Tick]()
        for frame in frames:
            for update in heard(MASSIVE, json.dumps(frame), *symbols):
                tick = book.apply(update)
                if tick is not None:
                    last[tick.ticker] = tick
        ends.append({ticker: (tick.last, tick.bid, tick.ask, tick.as_of) for ticker, tick in last.items()})
    assert {str(ticker) for ticker in ends[0]} >= {"MSFT", "SPCE", "GTE", "BTC-USD", "^GSPC"}
    assert all(end == ends[0] for end in ends)


def test_kinds_that_nobody_asked_for_say_nothing() -> None:
    """Not even where their members have other types, and those around them are heard all the same."""
    assert [each.last for each in heard(MASSIVE, json.dumps([OTHERS[0], TRADE, OTHERS[1]]), "MSFT")] == [
        Decimal("114.125")
    ]


@pytest.mark.parametrize("broken", [{"p": "a lot"}, {"t": 10**17}, {"p": 1e40}])
def test_a_broken_message_takes_no_others_with_it(broken: Mapping[str, object]) -> None:
    assert len(heard(MASSIVE, json.dumps([TRADE, {**TRADE, **broken}, OFFER]), "MSFT")) == 2


def test_finnhub_tells_trades() -> None:
    more = {"p": 7296.9, "s": "MSFT", "t": 1575526691200, "v": 0}
    frame = json.dumps(FINNHUB_FRAME | {"data": [*FINNHUB_FRAME["data"], more]})
    first, second = heard(FINNHUB, frame, "AAPL", "NASDAQ:MSFT")
    assert (first.last, first.last_size) == (Decimal("7296.89"), Decimal("0.011467"))
    assert first.as_of == datetime(2019, 12, 5, 6, 18, 11, 134_000, tzinfo=UTC)
    assert (str(second.ticker), second.last_size) == ("NASDAQ:MSFT", None)
    assert heard(FINNHUB, '{"type":"ping"}', "AAPL") == []
    with pytest.raises(ProviderFailure):
        heard(FINNHUB, '{"type":"error","msg":"Invalid symbol"}', "AAPL")


def test_finnhub_is_asked_one_by_one_and_told_the_key_safely() -> None:
    assert [json.loads(each) for each in FINNHUB.follow(["AAPL", "BRK.B"])] == [
        {"type": "subscribe", "symbol": "AAPL"},
        {"type": "subscribe", "symbol": "BRK.B"},
    ]
    assert FINNHUB.url("all").endswith("?token=a%20key%26more")


@pytest.mark.parametrize("message", [LETTERS, ENVELOPE, ENVELOPE.encode()], ids=["version 1", "version 2", "as bytes"])
def test_yahoo_tells_all_in_one(message: str | bytes) -> None:
    [said] = heard(YAHOO, message, "AAPL")
    prices = (said.last, said.bid, said.ask, said.open, said.high, said.low, said.previous_close)
    expected = ("189.37", "189.36", "189.38", "188", "190.5", "187.25", "188.37")
    assert prices == tuple(map(Decimal, expected))
    sizes = (said.volume, said.last_size, said.bid_size, said.ask_size)
    assert sizes == tuple(map(Decimal, (12_345_678, 100, 3, 5)))
    assert said.as_of == datetime(2026, 1, 30, 15, 0, 0, 123_000, tzinfo=UTC)


def test_yahoo_prices_in_pence_are_pounds() -> None:
    content = pricing({1: "VOD.L", 2: 71.5, 3: 1769785200123, 4: "GBp"})
    [said] = heard(YAHOO, base64.b64encode(content).decode(), "LSE:VOD")
    assert (said.last, said.currency.code) == (Decimal("0.715"), "GBP")


def test_yahoo_says_other_things_as_well() -> None:
    assert heard(YAHOO, '{"type":"heartbeat"}', "AAPL") == []
    assert heard(YAHOO, ENVELOPE, "MSFT") == []


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**50), max_value=2.0**50))
def test_a_single_is_read_as_the_shortest_decimal_that_means_it(value: float) -> None:
    """No digit of noise, and none that it had is lost; below 18 places it is rounded."""
    found = of_single(struct.pack("<f", value))
    if abs(value) > 1e-8:
        assert struct.pack("<f", float(found)) == struct.pack("<f", value)
    assert len(found.normalize().as_tuple().digits) <= 9


@pytest.mark.parametrize("dialect", [MASSIVE, FINNHUB, YAHOO], ids=lambda dialect: str(dialect.provider))
@given(message=st.one_of(st.binary(max_size=200), st.text(max_size=100), st.binary(max_size=80).map(base64.b64encode)))
def test_junk_is_refused_and_nothing_else_happens(dialect: Dialect, message: str | bytes) -> None:
    with suppress(ProviderFailure, Refused):
        assert heard(dialect, message, "AAPL", "BTC-USD") == []


@pytest.mark.parametrize(
    ("dialect", "message"),
    [
        (MASSIVE, json.dumps([TRADE | {"p": "a lot"}])),
        (MASSIVE, json.dumps([TRADE | {"t": 10**17}])),
        (MASSIVE, json.dumps(TRADE)),
        (FINNHUB, json.dumps({"type": "trade", "data": [{"s": "MSFT", "p": 1e40, "t": 1}]})),
        (YAHOO, "not letters"),
        (YAHOO, base64.b64encode(pricing({1: "MSFT", 2: float("nan")})).decode()),
        (YAHOO, base64.b64encode(pricing(PRICING)[:-1]).decode()),
        (YAHOO, base64.b64encode(b"\xff" * 12).decode()),
        (YAHOO, base64.b64encode(b"\x0b").decode()),
    ],
)
def test_what_cannot_be_true_is_unreadable(dialect: Dialect, message: str) -> None:
    with pytest.raises(ProviderFailure):
        heard(dialect, message, "MSFT")
