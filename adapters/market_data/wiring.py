"""Wires market data: use cases under the names that handlers ask for."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

from dependency_injector import containers, providers
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.market_data.bar_book import HistoryLifetimes, KeptBars
from adapters.market_data.bars.chain import bar_chains
from adapters.market_data.bars.end_of_day import EndOfDayBars
from adapters.market_data.bars.filling import FillingSideBySide, filler_chains
from adapters.market_data.bars.sql_store import SqlBarStore
from adapters.market_data.bars.units import SqlBackfillUnits
from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.directory.directory import SqlDirectory
from adapters.market_data.directory.suggesting import DirectorySuggestions
from adapters.market_data.live.counting import FeedCounts
from adapters.market_data.live.feeds import FeedPlumbing, open_feeds, streaming
from adapters.market_data.live.held import NobodyHolds, SqlHeldSymbols
from adapters.market_data.live.ingest import Around, Ingest
from adapters.market_data.live.opening import OpeningQuotes
from adapters.market_data.live.probe import FeedProbe
from adapters.market_data.live.redis_commands import BusRedis
from adapters.market_data.live.redis_leases import RedisShardLeases
from adapters.market_data.live.redis_listener import RedisTickListener
from adapters.market_data.live.redis_publisher import RedisTickPublisher
from adapters.market_data.live.redis_reports import RedisFeedReports
from adapters.market_data.live.tick_bars import TickBars
from adapters.market_data.live.tick_rows import SqlTickStore, TicksPurge, UnstoredTicks
from adapters.market_data.news_desk import SourcesDesk
from adapters.market_data.news_job import NewsJob
from adapters.market_data.news_sources import news_desk
from adapters.market_data.offers import Offer, Plumbing, chains_for, open_offers
from adapters.market_data.overview_jobs import CalendarsJob, TopCoinsJob
from adapters.market_data.overview_wiring import asking, lifetimes
from adapters.market_data.quote_book import KeptQuotes, QuoteLifetimes
from adapters.market_data.sentiment.finbert import FinBert
from adapters.market_data.sentiment.models import sentiment_model
from adapters.market_data.stories.purge import StoriesPurge
from adapters.market_data.stories.reads import SqlStoryQueries
from adapters.market_data.stories.store import SqlStoryUnits
from adapters.platform.http_client.client import HttpClient
from adapters.platform.resilience.policies import Policies
from adapters.platform.settings import Settings
from adapters.platform.telemetry.metrics import Metrics
from application.market_data.backfill.fill_bars import FillBars
from application.market_data.backfill.ports import BarFiller
from application.market_data.backfill.request_backfill import RequestBackfill
from application.market_data.bar_store import BarStore
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import Chains
from application.market_data.directory.search_listings import SearchListings
from application.market_data.find_coins import FindCoins
from application.market_data.live.ports import FeedReports, TickPublisher
from application.market_data.news.existing import Existing
from application.market_data.news.newsroom import Newsroom
from application.market_data.news.read_news import ReadNews
from application.market_data.news.read_sentiment import ReadSentiment
from application.market_data.ports import BarSource, ListingSource, QuoteSource
from application.market_data.read_coin import ReadCoin
from application.market_data.read_coin_history import ReadCoinHistory
from application.market_data.read_earnings import ReadEarnings
from application.market_data.read_fundamentals import ReadFundamentals
from application.market_data.read_fx import ReadFx
from application.market_data.read_gaps import ReadGaps
from application.market_data.read_history import ReadHistory
from application.market_data.read_indices import ReadIndices
from application.market_data.read_market_status import ReadMarketStatus
from application.market_data.read_movers import ReadMovers
from application.market_data.read_quotes import ReadQuotes
from application.market_data.read_releases import ReadReleases
from application.market_data.read_top_coins import ReadTopCoins
from application.market_data.read_trending import ReadTrending
from application.market_data.sampled_bars import SampledBars
from application.shared.cache import Cache
from application.shared.health import Probe
from application.shared.ports import Clock
from application.shared.rate_limits import RateLimiter
from application.shared.schedules import (
    END_OF_DAY_BARS,
    MARKET_CALENDARS,
    MARKET_NEWS,
    STORIES_PURGE,
    TICKS_PURGE,
    TOP_COINS,
)
from domain.market_data.events import BackfillRequested


def _offers(  # noqa: PLR0917 - all that providers are built of
    settings: Settings,
    policies: Policies,
    http: HttpClient,
    calendar: TradingCalendar,
    clock: Clock,
    limiter: RateLimiter,
    engine: AsyncEngine,
) -> Sequence[Offer]:
    offers = open_offers(Plumbing(settings.market_data, policies, http, calendar, clock, limiter))
    # who has a stream and no bars has the minutes of that
    streams = streaming(settings.market_data)
    return [
        replace(offer, bars=SampledBars(TickBars(offer.name, engine, clock), calendar))
        if offer.bars is None and offer.name in streams
        else offer
        for offer in offers
    ]


def _quote_chains(offers: Sequence[Offer], settings: Settings) -> Chains[QuoteSource]:
    return chains_for("quotes", offers, settings.market_data, lambda offer: offer.quotes)


def _listing_chains(offers: Sequence[Offer], settings: Settings) -> Chains[ListingSource]:
    return chains_for("listings", offers, settings.market_data, lambda offer: offer.listings)


def _quote_book(chains: Chains[QuoteSource], cache: Cache, settings: Settings) -> KeptQuotes:
    told = settings.market_data.lifetimes
    lifetimes = QuoteLifetimes(
        live_s=told.live_quote_s, delayed_s=told.delayed_quote_s, unknown_s=told.unknown_s, stale_s=told.stale_s
    )
    share = settings.market_data.tolerance
    tolerance = None if share is None else Decimal(str(share))
    return KeptQuotes(chains, cache, lifetimes, tolerance=tolerance, quorum=settings.market_data.quorum)


def _bar_chains(
    offers: Sequence[Offer], settings: Settings, store: BarStore, calendar: TradingCalendar, clock: Clock
) -> Chains[BarSource]:
    return bar_chains(offers, settings.market_data, store, calendar, clock)


def _filler_chains(
    offers: Sequence[Offer], settings: Settings, store: BarStore, calendar: TradingCalendar, clock: Clock
) -> Chains[BarFiller]:
    return filler_chains(offers, settings.market_data, store, calendar, clock)


def _bar_book(chains: Chains[BarSource], cache: Cache, clock: Clock, settings: Settings) -> KeptBars:
    told = settings.market_data.lifetimes
    lifetimes = HistoryLifetimes(known_s=told.history_s, unknown_s=told.unknown_s, stale_s=told.stale_s)
    return KeptBars(chains, cache, clock, lifetimes)


def _tick_listener(redis: Redis) -> RedisTickListener:
    return RedisTickListener(BusRedis(redis))


def _tick_publisher(redis: Redis) -> RedisTickPublisher:
    return RedisTickPublisher(BusRedis(redis))


def _feed_reports(redis: Redis) -> RedisFeedReports:
    return RedisFeedReports(BusRedis(redis))


def _feed_probes(settings: Settings, reports: FeedReports, publisher: TickPublisher) -> Sequence[Probe]:
    return [FeedProbe(provider, reports, publisher) for provider in streaming(settings.market_data)]


def _tick_ingest(  # noqa: PLR0917 - all that the process stands on
    settings: Settings,
    offers: Sequence[Offer],
    redis: Redis,
    engine: AsyncEngine,
    calendar: TradingCalendar,
    clock: Clock,
    metrics: Metrics,
) -> Ingest:
    live, bus = settings.market_data.live, BusRedis(redis)
    feeds = open_feeds(FeedPlumbing(settings.market_data, calendar, clock))
    # what lies here is told by the stream at once
    sources = {offer.name: offer.quotes for offer in offers if offer.quotes is not None and not offer.is_local}
    around = Around(
        publisher=RedisTickPublisher(bus),
        leases=RedisShardLeases(bus),
        reports=RedisFeedReports(bus),
        held=SqlHeldSymbols(engine) if live.follow_held else NobodyHolds(),
        store=SqlTickStore(engine) if live.ticks_days else UnstoredTicks(),
        clock=clock,
        counts=FeedCounts(metrics),
        opening=OpeningQuotes(sources),
    )
    return Ingest(feeds, around)


def _news_desk(  # noqa: PLR0917 - as with prices
    settings: Settings,
    policies: Policies,
    http: HttpClient,
    calendar: TradingCalendar,
    clock: Clock,
    limiter: RateLimiter,
) -> SourcesDesk:
    plumbing = Plumbing(settings.market_data, policies, http, calendar, clock, limiter)
    return news_desk(settings.market_data, plumbing.provider, clock)


@asynccontextmanager
async def scoring(market_data: MarketDataContainer) -> AsyncIterator[None]:
    """Let texts be scored for the length of the block; then end the thread in which that is done, if there is one."""
    try:
        yield
    finally:
        model = market_data.sentiment_model()
        if isinstance(model, FinBert):
            await model.aclose()


class MarketDataContainer(containers.DeclarativeContainer):
    """One per process."""

    platform = providers.DependenciesContainer()

    trading_calendar = providers.Singleton(PackagedCalendar)
    market_offers = providers.Singleton(
        _offers,
        platform.settings,
        platform.policies,
        platform.http,
        trading_calendar,
        platform.clock,
        platform.rate_limiter,
        platform.engine,
    )
    quote_chains = providers.Singleton(_quote_chains, market_offers, platform.settings)
    listing_chains = providers.Singleton(_listing_chains, market_offers, platform.settings)
    quote_book = providers.Singleton(_quote_book, quote_chains, platform.cache, platform.settings)
    bar_store = providers.Singleton(SqlBarStore, platform.engine)
    bar_chains = providers.Singleton(
        _bar_chains, market_offers, platform.settings, bar_store, trading_calendar, platform.clock
    )
    bar_book = providers.Singleton(_bar_book, bar_chains, platform.cache, platform.clock, platform.settings)
    directory = providers.Singleton(SqlDirectory, platform.engine)
    suggestions = providers.Singleton(
        DirectorySuggestions, directory, platform.cache, platform.settings.provided.market_data.lifetimes.search_s
    )

    read_market_status = providers.Factory(ReadMarketStatus, trading_calendar, platform.clock)
    read_quotes = providers.Factory(ReadQuotes, quote_book, suggestions)
    search_listings = providers.Factory(
        SearchListings,
        directory,
        listing_chains,
        platform.cache,
        platform.settings.provided.market_data.lifetimes.search_s,
    )
    read_history = providers.Factory(ReadHistory, bar_book, suggestions, platform.clock)
    read_gaps = providers.Factory(ReadGaps, read_history, trading_calendar, platform.clock)
    read_fx = providers.Factory(ReadFx, quote_book)

    overview_lifetimes = providers.Singleton(lifetimes, platform.settings)
    coin_asking = providers.Singleton(
        asking("coins", lambda offer: offer.coins), market_offers, platform.cache, platform.settings
    )
    mover_asking = providers.Singleton(
        asking("movers", lambda offer: offer.movers), market_offers, platform.cache, platform.settings
    )
    trend_asking = providers.Singleton(
        asking("trends", lambda offer: offer.trends), market_offers, platform.cache, platform.settings
    )
    fundamentals_asking = providers.Singleton(
        asking("fundamentals", lambda offer: offer.fundamentals), market_offers, platform.cache, platform.settings
    )
    earnings_asking = providers.Singleton(
        asking("earnings", lambda offer: offer.earnings), market_offers, platform.cache, platform.settings
    )
    release_asking = providers.Singleton(
        asking("releases", lambda offer: offer.releases), market_offers, platform.cache, platform.settings
    )
    read_top_coins = providers.Factory(ReadTopCoins, coin_asking, overview_lifetimes.provided.top_coin_shelf)
    read_coin = providers.Factory(ReadCoin, coin_asking, overview_lifetimes.provided.coin_shelf)
    read_coin_history = providers.Factory(ReadCoinHistory, coin_asking, overview_lifetimes.provided.coin_history_shelf)
    find_coins = providers.Factory(FindCoins, coin_asking, overview_lifetimes.provided.coin_search_shelf)
    read_movers = providers.Factory(ReadMovers, mover_asking, overview_lifetimes.provided.mover_shelf)
    read_trending = providers.Factory(ReadTrending, trend_asking, overview_lifetimes.provided.trend_shelf)
    read_indices = providers.Factory(ReadIndices, quote_book)
    read_fundamentals = providers.Factory(
        ReadFundamentals, fundamentals_asking, overview_lifetimes.provided.fundamentals_shelf, suggestions
    )
    read_earnings = providers.Factory(
        ReadEarnings, earnings_asking, overview_lifetimes.provided.earnings_shelf, platform.clock
    )
    read_releases = providers.Factory(
        ReadReleases, release_asking, overview_lifetimes.provided.release_shelf, platform.clock
    )
    top_coins_job = providers.Singleton(TopCoinsJob, coin_asking, overview_lifetimes)
    calendars_job = providers.Singleton(
        CalendarsJob, earnings_asking, release_asking, overview_lifetimes, platform.clock
    )

    story_units = providers.Singleton(SqlStoryUnits, platform.engine)
    story_queries = providers.Singleton(SqlStoryQueries, platform.engine)
    news_desk = providers.Singleton(
        _news_desk,
        platform.settings,
        platform.policies,
        platform.http,
        trading_calendar,
        platform.clock,
        platform.rate_limiter,
    )
    sentiment_model = providers.Singleton(sentiment_model, platform.settings.provided.market_data.sentiment)
    newsroom = providers.Factory(Newsroom, news_desk, story_units, story_queries, sentiment_model, platform.ids)
    existing = providers.Factory(Existing, quote_book, suggestions)
    read_news = providers.Factory(
        ReadNews, newsroom, platform.cache, platform.settings.provided.market_data.lifetimes.news_s, existing
    )
    read_sentiment = providers.Factory(
        ReadSentiment,
        newsroom,
        platform.cache,
        platform.settings.provided.market_data.lifetimes.sentiment_s,
        existing,
    )
    news_job = providers.Singleton(NewsJob, newsroom)
    stories_purge = providers.Singleton(StoriesPurge, platform.engine, platform.settings.provided.market_data.news_days)

    tick_listener = providers.Singleton(_tick_listener, platform.bus_redis)
    tick_publisher = providers.Singleton(_tick_publisher, platform.bus_redis)
    feed_reports = providers.Singleton(_feed_reports, platform.bus_redis)
    feed_probes = providers.Singleton(_feed_probes, platform.settings, feed_reports, tick_publisher)
    tick_ingest = providers.Singleton(
        _tick_ingest,
        platform.settings,
        market_offers,
        platform.bus_redis,
        platform.engine,
        trading_calendar,
        platform.clock,
        platform.metrics,
    )
    ticks_purge = providers.Singleton(
        TicksPurge, platform.engine, platform.clock, platform.settings.provided.market_data.live.ticks_days
    )

    end_of_day_bars = providers.Singleton(EndOfDayBars, bar_store, bar_chains, trading_calendar, platform.clock)

    filler_chains = providers.Singleton(
        _filler_chains, market_offers, platform.settings, bar_store, trading_calendar, platform.clock
    )
    filling = providers.Singleton(FillingSideBySide, filler_chains)
    backfill_units = providers.Singleton(SqlBackfillUnits, platform.engine, platform.ids)
    request_backfill = providers.Factory(RequestBackfill, backfill_units, platform.clock, platform.ids)
    fill_bars = providers.Factory(FillBars, filling, platform.clock)

    reactions = providers.Dict({BackfillRequested.name: fill_bars.provider})

    entries = providers.Dict(
        {
            END_OF_DAY_BARS: end_of_day_bars,
            MARKET_CALENDARS: calendars_job,
            MARKET_NEWS: news_job,
            STORIES_PURGE: stories_purge,
            TICKS_PURGE: ticks_purge,
            TOP_COINS: top_coins_job,
        }
    )
