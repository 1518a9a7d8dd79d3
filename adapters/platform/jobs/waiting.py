"""Waiting that ends when the process is asked to stop, and one log line when something goes or comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import final

import structlog

_FIRST_S = 0.1
_LONGEST_S = 2.0


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def growing_pauses() -> Iterator[float]:
    """Seconds to wait between tries: doubling from a tenth to two."""
    seconds = _FIRST_S
    while True:
        yield seconds
        seconds = min(2 * seconds, _LONGEST_S)


@final
class Availability:
    """Whether something that is needed is there; logs the changes only, however often it is told."""

    def __init__(self, what: str) -> None:
        self._log = structlog.stdlib.get_logger("tapedeck.availability").bind(dependency=what)
        self._is_up = True
        self._pauses = growing_pauses()

    def up(self) -> None:
        """Note that it answered."""
        if not self._is_up:
            self._log.info("back")
            self._is_up = True
            self._pauses = growing_pauses()

    def down(self, error: BaseException) -> float:
        """Note that it did not answer and return how many seconds to wait before the next try."""
        if self._is_up:
            self._log.warning("away", error=type(error).__name__)
            self._is_up = False
        return next(self._pauses)
