"""A cancellation is not lost in a library that forgets it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from adapters.market_data.live.redis_commands import cancellable

pytestmark = pytest.mark.anyio


async def forgetful(*, fails: bool = False) -> None:
    """Forget a cancellation, as `asyncio.wait_for` of Python 3.11 does where what it waits for has just ended."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    if fails:
        raise OSError


@pytest.mark.parametrize("fails", [False, True])
async def test_a_forgotten_cancellation_ends_the_work_all_the_same(*, fails: bool) -> None:
    """Whether what was waited for has succeeded meanwhile or failed."""

    async def work() -> None:
        while True:
            with suppress(OSError), cancellable():
                await forgetful(fails=fails)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=60)
    assert task.cancelled()


async def test_nobody_is_cancelled_again_for_what_was_asked_before() -> None:
    """What tidies up after a cancellation may use the bus."""
    tidied = False

    async def work() -> None:
        nonlocal tidied
        try:
            await asyncio.Event().wait()
        finally:
            with cancellable():
                await asyncio.sleep(0)
            tidied = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert tidied
