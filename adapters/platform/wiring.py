"""Builds what every capability stands on: settings, clock, ids, PostgreSQL, Redis."""

from __future__ import annotations

from dependency_injector import containers, providers
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from adapters.platform.settings import Settings


def _engine(settings: Settings) -> AsyncEngine:
    database = settings.database
    return open_engine(
        database.url.reveal(), pool_size=database.pool_size, statement_timeout_s=database.statement_timeout_s
    )


def _redis(settings: Settings) -> Redis:
    # What Redis holds can be rebuilt, so nobody waits for it: the client's own defaults would for a minute.
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords
        settings.redis.url.reveal(),
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 1),
        max_connections=50,
    )


class PlatformContainer(containers.DeclarativeContainer):
    """One per process; `settings` is given by bootstrap, the rest opens when first used."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(Uuid7Factory)
    engine = providers.Singleton(_engine, settings)
    redis = providers.Singleton(_redis, settings)
