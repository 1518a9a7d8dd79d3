"""What each configured provider can be asked for, and the chains that come of it.

A provider is one arm of `open_offer`: which of the ports it fulfils, and for which kinds of things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from adapters.market_data.alpha_vantage import failures as alpha_vantage
from adapters.market_data.alpha_vantage.client import AlphaVantage
from adapters.market_data.alpha_vantage.settings import AlphaVantageSettings
from adapters.market_data.coingecko import failures as coingecko
from adapters.market_data.coingecko.client import CoinGecko
from adapters.market_data.coingecko.settings import CoinGeckoSettings
from adapters.market_data.ecb.client import Ecb
from adapters.market_data.ecb.settings import EcbSettings
from adapters.market_data.files.client import Files
from adapters.market_data.files.settings import FilesSettings
from adapters.market_data.finnhub.client import Finnhub
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.fmp.client import Fmp
from adapters.market_data.fmp.settings import FmpSettings
from adapters.market_data.massive.client import Massive
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.settings import MarketDataSettings, ProviderSettings, name_of
from adapters.market_data.simulator.client import Simulator
from adapters.market_data.simulator.overview import SimulatedOverview
from adapters.market_data.simulator.settings import SimulatorSettings
from adapters.market_data.yahoo import failures as yahoo
from adapters.market_data.yahoo.client import Yahoo
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.http_client.budget import Allowance, Budget
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Judge, Provider
from adapters.platform.resilience.policies import Policies
from adapters.platform.resilience.policy import Terms
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import Chains, Link
from application.market_data.ports import (
    ArticleSource,
    BarSource,
    CoinSource,
    EarningsSource,
    FundamentalsSource,
    ListingSource,
    MoverSource,
    QuoteSource,
    ReleaseSource,
    TrendSource,
)
from application.market_data.sampled_bars import SampledBars
from application.shared.ports import Clock
from application.shared.rate_limits import RateLimiter
from domain.market_data.asset_class import AssetClass

S = TypeVar("S")

EVERYTHING: Final = frozenset(AssetClass)
_SHARES: Final = frozenset({AssetClass.STOCK, AssetClass.FUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider by its name: what it is asked through for each capability, None for what it has not.

    What is local costs no call and may change at any time, so it is not kept.
    """

    name: str
    is_local: bool = False
    kinds: frozenset[AssetClass] = EVERYTHING
    quotes: QuoteSource | None = None
    bars: BarSource | None = None
    listings: ListingSource | None = None
    articles: ArticleSource | None = None
    fundamentals: FundamentalsSource | None = None
    coins: CoinSource | None = None
    movers: MoverSource | None = None
    trends: TrendSource | None = None
    earnings: EarningsSource | None = None
    releases: ReleaseSource | None = None


@dataclass(frozen=True, slots=True)
class Plumbing:
    """What providers are built of."""

    settings: MarketDataSettings
    policies: Policies
    http: HttpClient
    calendar: TradingCalendar
    clock: Clock
    limiter: RateLimiter

    def provider(self, name: str, judge: Judge | None = None, *, part: str = "") -> Provider:
        """Return a way to a provider, or to a part of it with a circuit of its own.

        A try takes half of the patience, so that there may be a second one; all parts share one budget.
        """
        patience = self.settings.patience_s
        terms = Terms(deadline_s=patience, attempt_timeout_s=patience / 2, attempts=2)
        allowances = [Allowance(each.calls, each.seconds) for each in self.settings.budget_of(name)]
        budget = Budget(name, allowances, self.limiter)
        return Provider(self.policies.policy(name + part, terms), self.http, judge=judge, budget=budget)


def open_offers(plumbing: Plumbing) -> Sequence[Offer]:
    """Return what the configured providers offer, in their order."""
    return [open_offer(each, plumbing) for each in plumbing.settings.opened]


def open_offer(settings: ProviderSettings, plumbing: Plumbing) -> Offer:  # noqa: PLR0911 - one for each provider
    """Return what one provider offers; nothing is opened by that."""
    match settings:
        case SimulatorSettings():
            return _simulator(settings, plumbing)
        case YahooSettings():
            return _yahoo(settings, plumbing)
        case AlphaVantageSettings():
            return _alpha_vantage(settings, plumbing)
        case CoinGeckoSettings():
            return _coingecko(settings, plumbing)
        case EcbSettings():
            return _ecb(settings, plumbing)
        case FilesSettings():
            files = SampledBars(Files(settings, plumbing.clock), plumbing.calendar)
            return Offer(name=name_of(settings), is_local=True, bars=files)
        case FinnhubSettings():
            return _finnhub(settings, plumbing)
        case FmpSettings():
            return _fmp(settings, plumbing)
        case MassiveSettings():
            return _massive(settings, plumbing)


def _simulator(settings: SimulatorSettings, plumbing: Plumbing) -> Offer:
    client = Simulator(settings, plumbing.calendar, plumbing.clock)
    overview = SimulatedOverview(client, client, settings.seed, plumbing.clock)
    return Offer(
        name=name_of(settings),
        is_local=True,
        quotes=client,
        bars=client,
        listings=client,
        fundamentals=overview,
        coins=overview,
        movers=overview,
        trends=overview,
        earnings=overview,
        releases=overview,
    )


def _yahoo(settings: YahooSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    cookies = plumbing.provider(name, yahoo.judge_cookie, part="_cookies")
    client = Yahoo(settings, plumbing.provider(name, yahoo.judge), cookies, plumbing.clock)
    return Offer(
        name=name,
        quotes=client,
        bars=client,
        listings=client,
        fundamentals=client,
        movers=client,
        trends=client,
    )


def _alpha_vantage(settings: AlphaVantageSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = AlphaVantage(settings, plumbing.provider(name, alpha_vantage.judge), plumbing.clock)
    return Offer(
        name=name,
        quotes=client,
        bars=client,
        listings=client,
        fundamentals=client,
        movers=client,
        earnings=client,
    )


def _coingecko(settings: CoinGeckoSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = CoinGecko(settings, plumbing.provider(name, coingecko.judge), plumbing.clock)
    return Offer(name=name, kinds=frozenset({AssetClass.CRYPTO}), quotes=client, coins=client, trends=client)


def _ecb(settings: EcbSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = Ecb(settings, plumbing.provider(name), plumbing.clock)
    return Offer(name=name, kinds=frozenset({AssetClass.CURRENCY}), quotes=client, bars=client)


def _finnhub(settings: FinnhubSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = Finnhub(settings, plumbing.provider(name), plumbing.clock)
    return Offer(
        name=name,
        kinds=_SHARES,
        quotes=client,
        bars=client if settings.candles else None,
        listings=client,
        fundamentals=client,
        earnings=client,
        releases=client,
    )


def _fmp(settings: FmpSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = Fmp(settings, plumbing.provider(name), plumbing.clock)
    return Offer(
        name=name,
        quotes=client,
        bars=client,
        listings=client,
        fundamentals=client,
        movers=client,
        earnings=client,
        releases=client,
    )


def _massive(settings: MassiveSettings, plumbing: Plumbing) -> Offer:
    name = name_of(settings)
    client = Massive(settings, plumbing.provider(name), plumbing.clock)
    return Offer(name=name, quotes=client, bars=client, listings=client, fundamentals=client, movers=client)


def chains_for(
    capability: str, offers: Sequence[Offer], settings: MarketDataSettings, source_of: Callable[[Offer], S | None]
) -> Chains[S]:
    """Return the chains of a capability: of those who offer it, in the configured order."""

    def links(kind: AssetClass | None) -> Sequence[Link[S]]:
        named = None if kind is None else settings.chains.get(f"{capability}.{kind.value}")
        order = named or settings.chains.get(capability) or [offer.name for offer in offers]
        able = {
            offer.name: Link(offer.name, source)
            for offer in offers
            if (kind is None or kind in offer.kinds) and (source := source_of(offer)) is not None
        }
        return [able[name] for name in order if name in able]

    return Chains({kind: links(kind) for kind in (None, *AssetClass)})
