"""Builds what every capability stands on: settings, clock, ids, PostgreSQL, Redis, jobs."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from dependency_injector import containers, providers
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.cache.entries import Seal
from adapters.platform.cache.lane import PATIENCE_S as CACHE_PATIENCE_S
from adapters.platform.cache.lane import Lane
from adapters.platform.cache.layered import LayeredCache
from adapters.platform.cache.memory import Memory
from adapters.platform.cache.shared import SharedEntries
from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import driver_url, open_engine
from adapters.platform.database.replica import Replicated
from adapters.platform.housekeeping import DoneEventsPurge
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.idempotency import IdempotencyPurge, SqlReplays
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.jobs.desk import SqlJobDesk, SqlJobQueries
from adapters.platform.jobs.doorbell import RqDoorbell, open_blocking_redis
from adapters.platform.jobs.relay import Relay
from adapters.platform.jobs.worker import WorkerProcess
from adapters.platform.limits.redis_limiter import RedisRateLimiter, open_client
from adapters.platform.logging import configure_logging
from adapters.platform.redis_closing import close_redis
from adapters.platform.resilience.policies import Policies
from adapters.platform.secret import Secret
from adapters.platform.settings import Settings
from adapters.platform.telemetry.calls import ObservedCalls
from adapters.platform.telemetry.database import observe_engine
from adapters.platform.telemetry.jobs import ObservedJobs
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.page import PrometheusPage
from adapters.platform.telemetry.request_lines import RequestLines
from adapters.platform.telemetry.requests import ObservedRequests
from adapters.platform.telemetry.streams import ObservedStream
from adapters.platform.telemetry.tracing import Tracing, open_tracing
from adapters.platform.telemetry.usage_log import SqlUsageQueries, UsageLog, UsagePurge
from adapters.platform.timetable import SqlScheduleQueries, Timetable
from adapters.platform.user_events import SqlUserEventHeads, SqlUserEventQueries, UserEventsPurge
from application.shared.schedules import (
    DONE_EVENTS_PURGE,
    IDEMPOTENCY_PURGE,
    SCHEDULES,
    USAGE_PURGE,
    USER_EVENTS_PURGE,
)

# what one process holds of answers, and how long others wait for one that somebody works on
_MOST_ENTRIES: Final = 20_000
_MOST_BYTES: Final = 32 * 1024 * 1024
_LOCK_S: Final = 5.0
# what is lost there is seen and made good, so that it is better given up soon
_BUS_PATIENCE_S: Final = 1.0


def _engine(settings: Settings, tracing: Tracing, metrics: Metrics) -> AsyncEngine:
    return _open(settings, settings.database.url, tracing, metrics)


def _open(settings: Settings, url: Secret, tracing: Tracing, metrics: Metrics) -> AsyncEngine:
    database = settings.database
    engine = open_engine(
        url.reveal(),
        pool_size=database.pool_size,
        pool_wait_s=database.pool_wait_s,
        statement_timeout_s=database.statement_timeout_s,
        is_pooled=database.pooling == "transaction",
    )
    observe_engine(engine, tracing, metrics)
    return engine


def _stale_reads(
    settings: Settings, engine: AsyncEngine, tracing: Tracing, metrics: Metrics
) -> AsyncEngine | Replicated:
    database = settings.database
    if database.replica_url is None:
        return engine
    replica = _open(settings, database.replica_url, tracing, metrics)
    return Replicated(engine, replica, max_lag_s=database.replica_max_lag_s)


def _metrics(settings: Settings) -> Metrics:
    folder = settings.telemetry.metrics_dir
    return Metrics(Path(folder) if folder else None)


def _tracing(settings: Settings) -> Tracing:
    return open_tracing(settings.telemetry)


def _usage_log(settings: Settings, engine: AsyncEngine, metrics: Metrics) -> UsageLog:
    given = settings.telemetry.address_key
    secret = settings.auth.keys[0].secret if given is None else given
    # a key of its own for this purpose, whatever else the secret is for
    key = hashlib.blake2b(secret.reveal().encode(), digest_size=32, person=b"usage addresses").digest()
    return UsageLog(engine, metrics, key)


def _requests(settings: Settings, tracing: Tracing, metrics: Metrics, usage: UsageLog) -> ObservedRequests:
    log = usage if settings.telemetry.usage_log else None
    return ObservedRequests(tracing, metrics, log, RequestLines(settings.telemetry))


def _redis(settings: Settings) -> Redis:
    # What Redis holds can be rebuilt, so nobody waits for it: the client's own defaults would for a minute.
    return Redis.from_url(
        settings.redis.queue_url.reveal(),
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 1),
        max_connections=50,
    )


def _rate_limiter(settings: Settings) -> RedisRateLimiter:
    redis = open_client(settings.redis.queue_url.reveal())
    return RedisRateLimiter(redis, processes=settings.limits.processes)


def _cache_lane(settings: Settings) -> Lane:
    # a client of its own as well, on whatever server is for the cache
    redis: Redis = Redis.from_url(
        settings.redis.cache_url.reveal(),
        socket_timeout=CACHE_PATIENCE_S,
        socket_connect_timeout=CACHE_PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
        max_connections=2,
    )
    return Lane(redis)


def _bus_redis(settings: Settings) -> Redis:
    # the older protocol, in which what was published is an answer like any other to whoever reads a connection
    return Redis.from_url(
        settings.redis.cache_url.reveal(),
        socket_timeout=_BUS_PATIENCE_S,
        socket_connect_timeout=_BUS_PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
        max_connections=10,
        protocol=2,
    )


def _cache(settings: Settings, lane: Lane) -> LayeredCache:
    shared = SharedEntries(lane, Seal(settings.auth.keys[0].secret.reveal()), lock_s=_LOCK_S)
    return LayeredCache(Memory(entries=_MOST_ENTRIES, size=_MOST_BYTES), shared, lane.aclose)


def _relay(engine: AsyncEngine, settings: Settings) -> Relay:
    doorbell = RqDoorbell(open_blocking_redis(settings.redis.queue_url.reveal()))
    return Relay(engine, doorbell, listen_url=driver_url(settings.database.session_url.reveal()))


def _user_event_heads(engine: AsyncEngine, settings: Settings) -> SqlUserEventHeads:
    return SqlUserEventHeads(engine, driver_url(settings.database.session_url.reveal()))


def _worker_process(settings: Settings) -> WorkerProcess:
    return WorkerProcess(settings.redis.queue_url.reveal(), memory_mib=settings.jobs.memory_mib)


def _configure_logging(settings: Settings) -> None:
    configure_logging(settings.telemetry)


class PlatformContainer(containers.DeclarativeContainer):
    """One per process; `settings` is given by bootstrap, the rest opens when first used."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(Uuid7Factory)
    tracing = providers.Singleton(_tracing, settings)
    metrics = providers.Singleton(_metrics, settings)
    engine = providers.Singleton(_engine, settings, tracing, metrics)
    # for reads that may be a little old: the primary where there is no replica
    stale_reads = providers.Singleton(_stale_reads, settings, engine, tracing, metrics)
    usage_log = providers.Singleton(_usage_log, settings, engine, metrics)
    requests = providers.Singleton(_requests, settings, tracing, metrics, usage_log)
    metrics_page = providers.Singleton(PrometheusPage, engine, metrics)
    redis = providers.Singleton(_redis, settings)
    rate_limiter = providers.Singleton(_rate_limiter, settings)
    cache_lane = providers.Singleton(_cache_lane, settings)
    cache = providers.Singleton(_cache, settings, cache_lane)
    bus_redis = providers.Singleton(_bus_redis, settings)
    # a policy per provider and capability; HTTP to what the settings name, and to what users name
    policies = providers.Singleton(Policies, providers.Singleton(ObservedCalls, tracing, metrics))
    http = providers.Singleton(HttpClient, Reach.CONFIGURED)
    public_http = providers.Singleton(HttpClient, Reach.PUBLIC)
    replays = providers.Singleton(SqlReplays, engine)
    # how each kind of job is run, by the event's name
    kinds: providers.Dependency[object] = providers.Dependency()
    observed_jobs = providers.Singleton(ObservedJobs, tracing, metrics)
    # what users are told of an event once its reaction is done, by the event's name
    telltales: providers.Dependency[object] = providers.Dependency()
    deliveries = providers.Singleton(Deliveries, engine, kinds, observed=observed_jobs, telltales=telltales)
    relay = providers.Singleton(_relay, engine, settings)
    # when exchanges trade, which those who know markets know
    sessions: providers.Dependency[object] = providers.Dependency()
    timetable = providers.Singleton(Timetable, engine, clock, sessions)
    idempotency_purge = providers.Singleton(IdempotencyPurge, engine)
    done_events_purge = providers.Singleton(DoneEventsPurge, engine)
    usage_purge = providers.Singleton(UsagePurge, engine)
    user_events_purge = providers.Singleton(UserEventsPurge, engine)
    stream_telemetry = providers.Singleton(ObservedStream, metrics)
    entries = providers.Dict(
        {
            DONE_EVENTS_PURGE: done_events_purge,
            IDEMPOTENCY_PURGE: idempotency_purge,
            USAGE_PURGE: usage_purge,
            USER_EVENTS_PURGE: user_events_purge,
        }
    )
    configure_logging = providers.Callable(_configure_logging, settings)
    worker_process = providers.Factory(_worker_process, settings)


@asynccontextmanager
async def kept_open(platform: PlatformContainer) -> AsyncIterator[None]:
    """Let what works in the background work for the length of the block; then close the connections to everything."""
    platform.metrics().watch_cache(platform.cache().statistics)
    try:
        async with platform.usage_log().writing():
            yield
    finally:
        # the last is closed first, and what cannot be closed keeps nothing else open
        async with AsyncExitStack() as closing:
            closing.push_async_callback(platform.tracing().aclose)
            closing.callback(platform.metrics().flush)
            closing.push_async_callback(platform.public_http().aclose)
            closing.push_async_callback(platform.http().aclose)
            closing.push_async_callback(close_redis, platform.bus_redis())
            closing.push_async_callback(close_redis, platform.redis())
            closing.push_async_callback(platform.engine().dispose)
            closing.push_async_callback(platform.stale_reads().dispose)
            closing.push_async_callback(platform.rate_limiter().aclose)
            closing.push_async_callback(platform.cache().aclose)


class JobsContainer(containers.DeclarativeContainer):
    """What users see of the work in the background; one per process."""

    platform = providers.DependenciesContainer()

    job_queries = providers.Singleton(SqlJobQueries, platform.engine, platform.kinds)
    job_desk = providers.Singleton(SqlJobDesk, platform.engine, platform.kinds)
    usage_queries = providers.Singleton(SqlUsageQueries, platform.engine)
    user_event_queries = providers.Singleton(SqlUserEventQueries, platform.engine)
    user_event_heads = providers.Singleton(_user_event_heads, platform.engine, platform.settings)
    schedule_queries = providers.Singleton(
        SqlScheduleQueries, platform.engine, platform.clock, platform.sessions, SCHEDULES
    )
