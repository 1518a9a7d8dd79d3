"""What hashing promises: the right password fits, nobody's never does, and there is an end to the queue."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.identity.argon2 import Argon2Hasher
from application.identity.ports import PasswordHasher
from domain.identity.secrets import Password
from domain.shared.errors import Unavailable
from tests.fakes.identity import FakeHasher

pytestmark = pytest.mark.anyio

RIGHT, WRONG = Password("violet kettle runs north"), Password("violet kettle runs south")


def _quick(*, concurrency: int = 2, waiting: int = 8, time_cost: int = 1) -> Argon2Hasher:
    return Argon2Hasher(time_cost=time_cost, memory_kib=64, parallelism=1, concurrency=concurrency, waiting=waiting)


@pytest.fixture(params=["fake", "argon2"])
def hasher(request: pytest.FixtureRequest) -> PasswordHasher:
    return FakeHasher() if request.param == "fake" else _quick()


async def test_a_hash_fits_its_password_and_no_other(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)
    assert await hasher.verify(RIGHT, stored)
    assert not await hasher.verify(WRONG, stored)
    assert not hasher.is_outdated(stored)


async def test_nobodys_hash_fits_no_password(hasher: PasswordHasher) -> None:
    assert not await hasher.verify(RIGHT, None)
    assert not await hasher.verify(Password(""), None)


async def test_two_hashes_of_one_password_differ() -> None:
    hasher = _quick()
    assert await hasher.hash(RIGHT) != await hasher.hash(RIGHT)


async def test_a_hash_names_its_parameters_and_is_outdated_under_others() -> None:
    stored = await _quick().hash(RIGHT)
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    other = _quick(time_cost=2)
    assert other.is_outdated(stored)
    assert await other.verify(RIGHT, stored)


async def test_a_password_of_any_unicode_text_can_be_hashed() -> None:
    hasher = _quick()
    for text in ("", "\x00", "\u96e8\u306e\u65e5", "x" * 10_000):
        assert await hasher.verify(Password(text), await hasher.hash(Password(text)))


async def test_whoever_finds_the_queue_full_is_sent_away_and_the_others_are_served() -> None:
    hasher = _quick(concurrency=1, waiting=3, time_cost=2000)
    outcomes = await asyncio.gather(*(hasher.hash(RIGHT) for _ in range(20)), return_exceptions=True)
    served = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(served) == 4
    assert len(refused) == 16
    # the places come back
    assert await hasher.verify(RIGHT, served[0])


async def test_a_caller_who_gives_up_frees_the_place_only_when_the_work_is_done() -> None:
    hasher = _quick(concurrency=1, waiting=1, time_cost=200)
    first = asyncio.ensure_future(hasher.hash(RIGHT))
    second = asyncio.ensure_future(hasher.hash(RIGHT))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second
    assert len(await asyncio.gather(hasher.hash(RIGHT), hasher.hash(RIGHT))) == 2


async def test_the_event_loop_goes_on_while_passwords_are_hashed() -> None:
    # long enough for the loop to have its turn on a busy machine
    hasher = Argon2Hasher(time_cost=10, memory_kib=19456, parallelism=1, concurrency=1)
    hashing = asyncio.ensure_future(hasher.hash(RIGHT))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    assert await hasher.verify(RIGHT, hashing.result())


async def test_an_unknown_user_takes_as_long_as_a_wrong_password() -> None:
    """Coarse on purpose, in processor time and turn by turn: the machine is not ours alone."""
    hasher = Argon2Hasher(time_cost=2, memory_kib=19456, parallelism=1, concurrency=1)
    stored = await hasher.hash(RIGHT)

    async def seconds(stored: str | None) -> float:
        started = time.process_time()
        await hasher.verify(WRONG, stored)
        return time.process_time() - started

    times = [(await seconds(stored), await seconds(None)) for _ in range(7)]
    known, unknown = (min(column) for column in zip(*times, strict=True))
    assert 0.67 < unknown / known < 1.5
