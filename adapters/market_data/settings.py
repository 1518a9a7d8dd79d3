"""Which providers of market data there are, in which order they are asked, and for how long answers are good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from adapters.market_data.alpha_vantage.settings import AlphaVantageSettings
from adapters.market_data.benzinga.settings import BenzingaSettings
from adapters.market_data.coingecko.settings import CoinGeckoSettings
from adapters.market_data.ecb.settings import EcbSettings
from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.files.settings import FilesSettings
from adapters.market_data.finnhub.settings import FinnhubNewsSettings, FinnhubSettings
from adapters.market_data.fmp.settings import FmpSettings
from adapters.market_data.live.settings import LiveSettings
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.news_api.settings import NewsApiSettings
from adapters.market_data.reddit.settings import RedditSettings
from adapters.market_data.sentiment.settings import LexiconSettings, SentimentSettings
from adapters.market_data.simulator.settings import SimulatorSettings
from adapters.market_data.stocktwits.settings import StockTwitsSettings
from adapters.market_data.yahoo.settings import YahooSettings
from domain.market_data.asset_class import AssetClass
from domain.market_data.ticker import Ticker

ProviderSettings: TypeAlias = (
    SimulatorSettings
    | YahooSettings
    | AlphaVantageSettings
    | CoinGeckoSettings
    | EcbSettings
    | FilesSettings
    | FinnhubSettings
    | FmpSettings
    | MassiveSettings
)
NewsSettings: TypeAlias = (
    NewsApiSettings | BenzingaSettings | FinnhubNewsSettings | RedditSettings | StockTwitsSettings | FeedSettings
)
Seconds: TypeAlias = Annotated[float, Meta(gt=0, le=31_536_000)]

CAPABILITIES: Final = (
    "quotes",
    "ticks",
    "bars",
    "listings",
    "articles",
    "fundamentals",
    "coins",
    "movers",
    "trends",
    "earnings",
    "releases",
)
"""What a chain can be configured for; also for one asset class each, such as `quotes.crypto`."""
POPULAR: Final = ("AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "TSLA", "SPY", "BTC-USD", "ETH-USD")
"""What many ask for, put at hand before they do."""
# what is made up, or lies here, needs nobody outside
_MADE_UP: Final = (SimulatorSettings,)


class CallBudget(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """At most so many `calls` within any so many `seconds`, over all processes."""

    calls: Annotated[int, Meta(ge=1)]
    seconds: Annotated[int, Meta(ge=1)]


# what they allow without a contract; a better plan is told in `budgets`
_BUDGETS: Final[Mapping[str, tuple[CallBudget, ...]]] = {
    "yahoo": (CallBudget(calls=20, seconds=4),),
    "alpha_vantage": (CallBudget(calls=5, seconds=60), CallBudget(calls=25, seconds=86_400)),
    "coingecko": (CallBudget(calls=30, seconds=60),),
    "finnhub": (CallBudget(calls=60, seconds=60),),
    "fmp": (CallBudget(calls=250, seconds=86_400),),
    "massive": (CallBudget(calls=5, seconds=60),),
    "news_api": (CallBudget(calls=100, seconds=86_400),),
    "reddit": (CallBudget(calls=100, seconds=60),),
    "stocktwits": (CallBudget(calls=200, seconds=3_600),),
}


class LifetimeSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For how many seconds answers are good. `unknown_s` is how long nobody is asked again for what nobody knew.

    For `stale_s` more, an answer is shown as a stale one while no provider gives a newer one.
    """

    live_quote_s: Seconds = 3.0
    delayed_quote_s: Seconds = 60.0
    history_s: Seconds = 300.0
    search_s: Seconds = 600.0
    news_s: Seconds = 300.0
    sentiment_s: Seconds = 180.0
    coin_s: Seconds = 60.0
    top_coins_s: Seconds = 120.0
    movers_s: Seconds = 60.0
    trends_s: Seconds = 300.0
    fundamentals_s: Seconds = 86_400.0
    calendar_s: Seconds = 43_200.0
    unknown_s: Seconds = 600.0
    stale_s: Seconds = 86_400.0


class MarketDataSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where prices come from. `providers` are asked in this order, or in that of `chains` where one is named.

    A chain is named by a capability, or by one and a kind of thing: {"quotes": ["yahoo"], "bars.crypto": ["yahoo"]}.
    Without providers a simulator makes everything up; it does not go together with real ones. `patience_s` is how long
    a provider is waited for before the next one is asked. `budgets` says by provider how many calls it allows, where
    that is not what it allows everybody: {"finnhub": [{"calls": 300, "seconds": 60}]}; none for no limit of ours.

    With a `tolerance` such as 0.02 other providers are asked for each quote, `quorum` in all, and it says whose prices
    differ by a larger share than that.

    Prices of what people hold, and of what is `popular`, are asked for every five minutes while it trades, unless a
    provider allows less than 5,000 calls a day. What is made up values nothing that they hold, unless
    `simulated_marks` says so; then every figure tells.

    All sources of `news` are asked; news are made up where everything is. What was published more than `news_days` ago
    is removed. `sentiment` is the model that scores them. `live` is about streams.
    """

    providers: tuple[ProviderSettings, ...] = ()
    chains: dict[str, tuple[str, ...]] = {}
    lifetimes: LifetimeSettings = LifetimeSettings()
    patience_s: Seconds = 6.0
    tolerance: Annotated[float, Meta(gt=0, lt=1)] | None = None
    quorum: Annotated[int, Meta(ge=2, le=5)] = 2
    budgets: dict[str, tuple[CallBudget, ...]] = {}
    popular: tuple[str, ...] = POPULAR
    simulated_marks: bool = False
    news: tuple[NewsSettings, ...] = ()
    news_days: Annotated[int, Meta(ge=1)] = 365
    sentiment: SentimentSettings = LexiconSettings()
    live: LiveSettings = LiveSettings()

    def __post_init__(self) -> None:
        for symbol in self.popular:
            Ticker.parse(symbol)
        names = [name_of(each) for each in self.providers]
        if len(set(names)) != len(names):
            raise ValueError("each of providers is there once")
        for name in self.budgets:
            if name not in {*names, *map(name_of, self.news)}:
                raise ValueError(f"budgets names {name!r}, which is not among providers or news")
        made_up = [each for each in self.providers if isinstance(each, _MADE_UP)]
        if made_up and len(made_up) != len(self.providers):
            raise ValueError("providers has the simulator beside real ones, which would mix made up prices with theirs")
        known = {*CAPABILITIES, *(f"{each}.{kind.value}" for each in CAPABILITIES for kind in AssetClass)}
        for chain, links in self.chains.items():
            if chain not in known:
                raise ValueError(f"chains has {chain!r}, which is no capability, such as quotes or quotes.crypto")
            for link in links:
                if link not in names:
                    raise ValueError(f"chains.{chain} names {link!r}, which is not among providers")

    @property
    def seed(self) -> int | None:
        """What everything is made up from; None where somebody outside is asked, so that nothing is made up."""
        seeds = [each.seed for each in self.opened if isinstance(each, SimulatorSettings)]
        return None if self.news or not seeds else seeds[0]

    @property
    def opened(self) -> tuple[ProviderSettings, ...]:
        """The providers that there are: the simulator where none is configured."""
        return self.providers or (SimulatorSettings(),)

    def budget_of(self, provider: str) -> tuple[CallBudget, ...]:
        """Return how many calls a provider allows."""
        return self.budgets.get(provider, _BUDGETS.get(provider, ()))


def name_of(settings: ProviderSettings | NewsSettings) -> str:
    """Return what the provider is called here: in chains, in provenance and in health."""
    if isinstance(settings, FeedSettings):
        return f"feed_{settings.name}"
    return str(settings.__struct_config__.tag)
