"""Builds what every capability stands on: settings, clock, ids, PostgreSQL, Redis, jobs."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dependency_injector import containers, providers
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import open_engine
from adapters.platform.housekeeping import DoneEventsPurge, Housekeeping
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.idempotency import IdempotencyPurge, SqlReplays
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.jobs.desk import SqlJobDesk, SqlJobQueries
from adapters.platform.jobs.doorbell import RqDoorbell, open_blocking_redis
from adapters.platform.jobs.relay import Relay
from adapters.platform.jobs.worker import WorkerProcess
from adapters.platform.limits.redis_limiter import PATIENCE_S, RedisRateLimiter
from adapters.platform.logging import configure_logging
from adapters.platform.resilience.policies import Policies
from adapters.platform.settings import Settings
from adapters.platform.timetable import SqlScheduleQueries, Timetable
from application.shared.schedules import DONE_EVENTS_PURGE, IDEMPOTENCY_PURGE, SCHEDULES


def _engine(settings: Settings) -> AsyncEngine:
    database = settings.database
    return open_engine(
        database.url.reveal(), pool_size=database.pool_size, statement_timeout_s=database.statement_timeout_s
    )


def _redis(settings: Settings) -> Redis:
    # What Redis holds can be rebuilt, so nobody waits for it: the client's own defaults would for a minute.
    return Redis.from_url(
        settings.redis.url.reveal(),
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 1),
        max_connections=50,
    )


def _rate_limiter(settings: Settings) -> RedisRateLimiter:
    # a client of its own: a limit that is waited for is worse than none, and one call at a time needs one connection
    redis: Redis = Redis.from_url(
        settings.redis.url.reveal(),
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
        max_connections=2,
    )
    return RedisRateLimiter(redis, processes=settings.limits.processes)


def _relay(engine: AsyncEngine, settings: Settings) -> Relay:
    return Relay(engine, RqDoorbell(open_blocking_redis(settings.redis.url.reveal())))


def _worker_process(settings: Settings) -> WorkerProcess:
    return WorkerProcess(settings.redis.url.reveal(), memory_mib=settings.jobs.memory_mib)


def _configure_logging(settings: Settings) -> None:
    configure_logging(settings.telemetry)


class PlatformContainer(containers.DeclarativeContainer):
    """One per process; `settings` is given by bootstrap, the rest opens when first used."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(Uuid7Factory)
    engine = providers.Singleton(_engine, settings)
    redis = providers.Singleton(_redis, settings)
    rate_limiter = providers.Singleton(_rate_limiter, settings)
    # a policy per provider and capability; HTTP to what the settings name, and to what users name
    policies = providers.Singleton(Policies)
    http = providers.Singleton(HttpClient, Reach.CONFIGURED)
    public_http = providers.Singleton(HttpClient, Reach.PUBLIC)
    replays = providers.Singleton(SqlReplays, engine)
    # how each kind of job is run, by the event's name
    kinds: providers.Dependency[object] = providers.Dependency()
    deliveries = providers.Singleton(Deliveries, engine, kinds)
    relay = providers.Singleton(_relay, engine, settings)
    housekeeping = providers.Singleton(Housekeeping, engine)
    timetable = providers.Singleton(Timetable, engine, clock)
    idempotency_purge = providers.Singleton(IdempotencyPurge, engine)
    done_events_purge = providers.Singleton(DoneEventsPurge, engine)
    entries = providers.Dict({DONE_EVENTS_PURGE: done_events_purge, IDEMPOTENCY_PURGE: idempotency_purge})
    configure_logging = providers.Callable(_configure_logging, settings)
    worker_process = providers.Factory(_worker_process, settings)


class JobsContainer(containers.DeclarativeContainer):
    """What users see of the work in the background; one per process."""

    platform = providers.DependenciesContainer()

    job_queries = providers.Singleton(SqlJobQueries, platform.engine, platform.kinds)
    job_desk = providers.Singleton(SqlJobDesk, platform.engine, platform.kinds)
    schedule_queries = providers.Singleton(SqlScheduleQueries, platform.engine, platform.clock, SCHEDULES)
