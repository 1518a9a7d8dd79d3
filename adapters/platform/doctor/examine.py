"""Examines an installation: settings, programs, servers, folder; what is away hides nothing else."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Protocol, cast

import psycopg
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from adapters.platform.backup.tables import connect
from adapters.platform.doctor.database import clock, look_at_database
from adapters.platform.doctor.finding import Finding, failed, ok, warning
from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.reaching import embedded_redis_url, reaching
from adapters.platform.redis_roles import RedisRefused, check_roles
from adapters.platform.secret import Secret
from adapters.platform.settings import BrokenSetting, RedisSettings, database_url, load_settings

_PATIENCE_S: Final = 2.0
_LITTLE: Final = 1_000_000_000
_TOO_LITTLE: Final = 100_000_000
_OLDEST_REDIS: Final = 7


class _Server(Protocol):
    """What is needed of redis-py, whose own types leave it open."""

    def info(self, section: str) -> dict[str, object]: ...
    def time(self) -> tuple[int, int]: ...
    def close(self) -> None: ...


def examine(data: Path, environment: Mapping[str, str], *, connections: bool = False) -> Iterator[Finding]:
    """Yield a finding for each thing; with `connections` only whether the servers can be reached."""
    is_configured = database_url_or_none(environment) is not None
    redis: RedisSettings | None = None
    if is_configured:
        try:
            redis = load_settings(environment).redis
        except BrokenSetting as error:
            yield failed("settings", str(error), "see the table of settings in the README")
        else:
            yield ok("settings", "complete, and each is known")
    else:
        yield ok("settings", f"servers of our own in {data}")
        running = embedded_redis_url(data)
        redis = None if running is None else RedisSettings(url=Secret(running))
    if not connections:
        yield from _programs()
        yield from _disk(data)
    yield from _database(data, environment, connections=connections)
    if redis is None:
        if not is_configured:
            yield ok("redis", "not running: `tapedeck run` starts it")
    else:
        yield from _redis(redis, connections=connections)


def database_url_or_none(environment: Mapping[str, str]) -> str | None:
    """Return the configured database, or None also where the settings cannot be read."""
    try:
        return database_url(environment)
    except BrokenSetting:
        return ""


def _programs() -> Iterator[Finding]:
    try:
        own = version("tapedeck")
    except PackageNotFoundError:
        own = "of a checkout"
    yield ok(
        "versions", f"Tapedeck {own}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def _disk(data: Path) -> Iterator[Finding]:
    place = next((folder for folder in (data, *data.absolute().parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    says = f"{free / 1e9:,.1f} GB free where {place} is"
    if free < _TOO_LITTLE:
        yield failed("disk", says, "make room: the database stops when the disk is full")
    elif free < _LITTLE:
        yield warning("disk", says, "make room before the database needs it")
    else:
        yield ok("disk", says)
    parts = sorted(data.glob(".*.part")) if data.is_dir() else []
    if parts:
        yield warning("half backups", ", ".join(map(str, parts)), "nobody writes them any more: delete them")


def _database(data: Path, environment: Mapping[str, str], *, connections: bool) -> Iterator[Finding]:
    try:
        with reaching(data, environment) as url, connect(url) as connection:
            if connections:
                yield ok("database", "answers")
            else:
                yield from look_at_database(connection)
    except (CannotStart, BrokenSetting) as error:
        yield failed("database", str(error), "see what it says")
    except psycopg.Error as error:
        yield failed("database", " ".join(str(error).split()), "start it, or mend database.url")


def _redis(redis: RedisSettings, *, connections: bool) -> Iterator[Finding]:
    for name, url in (("redis queue", redis.queue_url), ("redis cache", redis.cache_url)):
        client = _client(url)
        try:
            before = time.time()
            seconds, microseconds = client.time()
            after = time.time()
            theirs = seconds + microseconds / 1e6
            if connections:
                yield ok(name, "answers")
                continue
            yield _redis_version(name, client.info("server"))
            yield clock(f"{name} clock", before - theirs, after - theirs)
        except (RedisError, OSError) as error:
            yield failed(name, f"does not answer ({type(error).__name__})", "start it, or mend redis.url")
        finally:
            client.close()
    if connections:
        return
    try:
        check_roles(redis)
    except RedisRefused as error:
        yield failed("redis roles", str(error), "as it says")
    else:
        yield ok("redis roles", "the one for queues keeps what it is given")


def _redis_version(name: str, server: Mapping[str, object]) -> Finding:
    known = server.get("valkey_version") or server.get("redis_version")
    says = f"{'Valkey' if 'valkey_version' in server else 'Redis'} {known}"
    if int(str(server.get("redis_version", "0")).split(".")[0]) < _OLDEST_REDIS:
        return failed(name, says, f"upgrade it to Redis {_OLDEST_REDIS} or newer")
    return ok(name, says)


def _client(url: Secret) -> _Server:
    # redis-py gives its commands the types of both its clients at once
    return cast(
        "_Server",
        Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - nor does it type its keywords
            url.reveal(),
            socket_connect_timeout=_PATIENCE_S,
            socket_timeout=_PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        ),
    )
