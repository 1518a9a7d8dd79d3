"""Health says of each feed whether prices come from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import pytest

from adapters.market_data.live.feeds import streaming
from adapters.market_data.live.probe import FeedProbe
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.settings import MarketDataSettings
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.secret import Secret
from application.market_data.live.ports import BusAway, FeedHealth, FeedReports
from domain.shared.errors import Unavailable
from tests.fakes.live import FakeBus

pytestmark = pytest.mark.anyio

ALIVE = FeedHealth("yahoo", is_alive=True, connections=1, followed=3, silent_s=0.2, reconnects=0)
SILENT = FeedHealth("yahoo", is_alive=False, connections=1, followed=3, silent_s=90.4, reconnects=2)


@final
class Reports(FeedReports):
    """What processes say."""

    def __init__(self, *said: FeedHealth, is_away: bool = False) -> None:
        self._said = said
        self._is_away = is_away

    async def tell(self, feeds: Sequence[FeedHealth]) -> None:
        """Nobody does here."""
        raise AssertionError(feeds)

    async def told(self) -> Sequence[FeedHealth]:
        """Return it."""
        if self._is_away:
            raise BusAway("Reports")
        return self._said


async def test_a_feed_that_is_alive_is_up() -> None:
    await FeedProbe("yahoo", Reports(ALIVE, SILENT._replace(provider="massive")), FakeBus())()


async def test_one_silent_process_is_enough_to_say_so() -> None:
    with pytest.raises(Unavailable, match="for 90 s"):
        await FeedProbe("yahoo", Reports(ALIVE, SILENT), FakeBus())()


async def test_without_a_process_a_feed_is_down_once_somebody_wants_prices() -> None:
    bus = FakeBus()
    probe = FeedProbe("yahoo", Reports(), bus)
    await probe()
    await bus.listener().follow(frozenset({"AAPL"}))
    with pytest.raises(Unavailable, match="tapedeck ingest"):
        await probe()


async def test_without_redis_nobody_knows() -> None:
    with pytest.raises(Unavailable, match="Redis"):
        await FeedProbe("yahoo", Reports(is_away=True), FakeBus())()


def test_streams_are_those_of_the_chain_or_of_the_providers() -> None:
    massive, yahoo = MassiveSettings(key=Secret("k")), YahooSettings()
    assert streaming(MarketDataSettings()) == ["simulator"]
    assert streaming(MarketDataSettings(providers=(yahoo, massive))) == ["yahoo", "massive"]
    chains: dict[str, tuple[str, ...]] = {"ticks": ("massive",)}
    assert streaming(MarketDataSettings(providers=(yahoo, massive), chains=chains)) == ["massive"]
