"""What CoinGecko's numbers mean: letters are not ids, milliseconds are instants, and no noise becomes a digit more."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.market_data.coingecko import translate
from adapters.market_data.coingecko.settings import CoinGeckoSettings
from adapters.market_data.coingecko.wire import Chart, Market, SearchReply, TrendingReply
from adapters.platform.secret import Secret
from domain.market_data.coin import Coin
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.coingecko.samples import CHART, MARKETS, TRENDING
from tests.adapters.market_data.recorded import recorded

NOW = datetime(2026, 5, 18, 13, tzinfo=UTC)
USD = Currency("USD")
BTC = Ticker.parse("BTC-USD")


def coins(body: bytes) -> list[Coin]:
    return list(translate.coins(msgspec.json.decode(body, type=list[Market]), USD, NOW))


def test_a_coin_is_known_by_its_id() -> None:
    """Two may go by the same letters; one without a price is left out; tiny prices keep their digits."""
    bitcoin, bridged, tiny = coins(MARKETS)
    assert (bitcoin.id, bitcoin.symbol, bitcoin.rank, bitcoin.price) == ("bitcoin", "BTC", 1, Decimal(77671))
    assert bitcoin.provenance.as_of == datetime(2026, 5, 18, 12, 49, 21, 599000, tzinfo=UTC)
    assert (bridged.symbol, bridged.provenance.as_of) == ("BTC", NOW)
    assert tiny.price == Decimal("0.0000000012")


def test_the_letters_of_a_ticker_mean_the_coin_worth_most() -> None:
    """Its change is that of the last day."""
    quotes = translate.quotes(msgspec.json.decode(MARKETS, type=list[Market]), [BTC], NOW)
    assert set(quotes) == {BTC}
    assert (quotes[BTC].price, quotes[BTC].change) == (Decimal(77671), Decimal("-747.3360347281705"))
    assert quotes[BTC].name == "Bitcoin"


def test_a_history_joins_what_is_said_of_one_time() -> None:
    """A time without a price is none."""
    found = translate.history(msgspec.json.decode(CHART, type=Chart), "bitcoin", USD, NOW)
    assert [point.at.isoformat() for point in found.points] == [
        "2026-05-17T14:24:59.041000+00:00",
        "2026-05-17T14:29:59.661000+00:00",
    ]
    assert found.points[0].market_cap == Decimal("1560631481361.8042")
    assert (found.points[1].market_cap, found.points[1].volume) == (None, Decimal("18974828816.446976"))
    assert found.provenance.as_of == found.points[1].at


def test_what_trends_is_a_coin() -> None:
    """Letters of a currency of a country name no coin, and the others close up."""
    found = translate.trends(msgspec.json.decode(TRENDING, type=TrendingReply).coins, NOW)
    assert [(str(each.ticker), each.rank) for each in found] == [("PEPE-USD", 1), ("SUI-USD", 2)]


@pytest.mark.parametrize("plan", ["demo", "pro"])
def test_the_key_goes_where_its_plan_is_served(plan: str) -> None:
    """A key of one plan on the address of the other is refused by them."""
    settings = msgspec.convert({"provider": "coingecko", "plan": plan}, CoinGeckoSettings)
    assert ("pro-api" in settings.address) == (plan == "pro")
    assert settings.headers == {}
    assert CoinGeckoSettings(key=Secret("k")).headers == {"x-cg-demo-api-key": "k"}


@pytest.mark.parametrize("path", recorded("coingecko", "coins_markets.json"), ids=str)
def test_recorded_markets_translate(path: Path) -> None:
    """Each of them."""
    assert len(coins(path.read_bytes())) == len(msgspec.json.decode(path.read_bytes()))


@pytest.mark.parametrize("path", recorded("coingecko", "coins_id_*chart*.json"), ids=str)
def test_recorded_charts_translate(path: Path) -> None:
    """Each point of them has a price, what all was worth and what was traded."""
    found = translate.history(msgspec.json.decode(path.read_bytes(), type=Chart), "bitcoin", USD, NOW)
    assert found.points
    assert all(None not in point for point in found.points)


@pytest.mark.parametrize("path", recorded("coingecko", "search.json"), ids=str)
def test_recorded_searches_translate(path: Path) -> None:
    """With the coins and nothing else."""
    found = translate.found_coins(msgspec.json.decode(path.read_bytes(), type=SearchReply).coins, NOW)
    assert [(each.id, each.symbol, each.rank) for each in found] == [("ethereum", "ETH", 2)]
