"""Probes of PostgreSQL and Redis."""

from __future__ import annotations

from pathlib import Path
from typing import final

from alembic.script import ScriptDirectory
from pybreaker import STATE_OPEN, CircuitBreaker
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform import migrations
from adapters.platform.database.failures import translated
from application.shared.health import Probe
from domain.shared.errors import Unavailable


def newest_revision() -> str | None:
    """Return the revision that this code's migrations end with."""
    return ScriptDirectory(str(Path(str(migrations.__file__)).parent)).get_current_head()


@final
class DatabaseProbe(Probe):
    """The database answers and has the schema that this code was written for."""

    name: str = "database"
    is_essential: bool = True

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._newest: str | None = None

    async def __call__(self) -> None:
        """Ask for the schema's revision."""
        self._newest = self._newest or newest_revision()
        try:
            with translated():
                async with self._engine.connect() as connection:
                    found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        except DBAPIError as error:
            raise Unavailable("The database has not been migrated; run `tapedeck migrate`.") from error
        except SQLAlchemyError as error:
            raise Unavailable("The database cannot be used.") from error
        if found != self._newest:
            raise Unavailable(
                f"The database is at migration {found} and not at {self._newest}; run `tapedeck migrate`."
            )


@final
class BreakerProbe(Probe):
    """Redis answers in time where something can go on without it. It looks at the breaker and asks nobody."""

    is_essential: bool = False

    def __init__(self, breaker: CircuitBreaker, meanwhile: str) -> None:
        self.name = str(breaker.name)
        self._breaker = breaker
        self._meanwhile = meanwhile

    async def __call__(self) -> None:
        """Look whether calls go out."""
        if self._breaker.current_state == STATE_OPEN:
            raise Unavailable(f"Redis did not answer in time and is asked again soon; meanwhile {self._meanwhile}.")


@final
class RedisProbe(Probe):
    """Redis answers. Without it requests are served and jobs start late."""

    name: str = "redis"
    is_essential: bool = False

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self) -> None:
        """Ping it."""
        try:
            await self._redis.ping()  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error
