"""Nothing starts on a Redis that would lose queues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from adapters.platform.redis_roles import RedisRefused, check_roles
from adapters.platform.secret import Secret
from adapters.platform.settings import BrokenSetting, RedisSettings, check_settings

KEYS = [{"kid": "test", "secret": "0123456789abcdef" * 2}]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """The server's owner, who may change it; it is as it was afterwards."""
    with redis.Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        yield client
        for name, value in (("maxmemory", "0"), ("maxmemory-policy", "noeviction"), ("appendonly", "yes")):
            client.config_set(name, value)  # pyright: ignore[reportUnknownMemberType] - its options have no types


def _set(client: redis.Redis, **options: str) -> None:
    for name, value in options.items():
        client.config_set(name.replace("_", "-"), value)  # pyright: ignore[reportUnknownMemberType] - as above


def _settings(url: str) -> RedisSettings:
    return RedisSettings(url=Secret(url))


def test_a_durable_server_will_do(redis_url: str) -> None:
    check_roles(_settings(redis_url), patience_s=60)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl", "allkeys-random"])
def test_a_server_that_evicts_is_refused_with_what_to_do(client: redis.Redis, redis_url: str, policy: str) -> None:
    _set(client, maxmemory="100mb", maxmemory_policy=policy)
    with pytest.raises(RedisRefused, match=rf"evicts keys \({policy}\).*maxmemory-policy to noeviction"):
        check_roles(_settings(redis_url), patience_s=60)


def test_a_policy_that_can_never_come_into_force_is_no_harm(client: redis.Redis, redis_url: str) -> None:
    _set(client, maxmemory="0", maxmemory_policy="allkeys-lru")
    check_roles(_settings(redis_url), patience_s=60)


def test_a_limit_that_refuses_writes_loses_nothing(client: redis.Redis, redis_url: str) -> None:
    _set(client, maxmemory="100mb", maxmemory_policy="noeviction")
    check_roles(_settings(redis_url), patience_s=60)


def test_a_server_that_keeps_no_file_is_refused_with_what_to_do(client: redis.Redis, redis_url: str) -> None:
    _set(client, appendonly="no")
    with pytest.raises(RedisRefused, match="set its appendonly to yes"):
        check_roles(_settings(redis_url), patience_s=60)


def test_the_server_of_the_cache_may_evict(client: redis.Redis, redis_url: str) -> None:
    """It is the queues' that is looked at, and it is away here."""
    _set(client, maxmemory="100mb", maxmemory_policy="allkeys-lru", appendonly="no")
    check_roles(RedisSettings(cache=Secret(redis_url), queue=Secret("redis://127.0.0.1:1")))


def test_a_server_that_is_away_stops_nobody() -> None:
    check_roles(_settings("redis://127.0.0.1:1"))


def test_a_wrong_password_is_refused(redis_url: str) -> None:
    scheme, _, rest = redis_url.partition("://")
    with pytest.raises(RedisRefused, match="password"):
        check_roles(_settings(f"{scheme}://:wrong@{rest.rpartition('@')[2]}"), patience_s=60)


def _check(**redis_settings: str) -> RedisSettings:
    database = {"url": "postgresql://nobody@localhost/none"}
    return check_settings({"database": database, "auth": {"keys": KEYS}, "redis": dict(redis_settings)}).redis


def test_one_url_serves_both_roles() -> None:
    both = _check(url="redis://both")
    assert {both.cache_url.reveal(), both.queue_url.reveal()} == {"redis://both"}


def test_each_role_can_have_a_server_of_its_own() -> None:
    apart = _check(cache="redis://cache", queue="redis://queue")
    assert (apart.cache_url.reveal(), apart.queue_url.reveal()) == ("redis://cache", "redis://queue")
    half = _check(url="redis://both", cache="redis://cache")
    assert (half.cache_url.reveal(), half.queue_url.reveal()) == ("redis://cache", "redis://both")


@pytest.mark.parametrize("given", [{}, {"cache": "redis://cache"}, {"queue": "redis://queue"}])
def test_a_role_without_a_server_is_a_broken_setting(given: dict[str, str]) -> None:
    with pytest.raises(BrokenSetting, match="redis"):
        _check(**given)
