"""How the API ends: it says so first, goes on serving for a while, finishes what is in flight, and is gone.

Whoever spreads requests over processes learns of the end from `/readyz` only some seconds later, and sends requests
until then; those are served. Streams that would never end by themselves say goodbye, so that their readers come back to
another process.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import final

import uvicorn


@final
class Closing:
    """Whether the process is about to end."""

    __slots__ = ("_told", "has_begun")

    def __init__(self) -> None:
        self.has_begun = False
        self._told: list[Callable[[], None]] = []

    def tell(self, when_it_begins: Callable[[], None]) -> None:
        """Have this called once, when it begins."""
        self._told.append(when_it_begins)

    def begin(self) -> None:
        """Say that the process is about to end."""
        if not self.has_begun:
            self.has_begun = True
            for told in self._told:
                told()


@final
class DrainingServer(uvicorn.Server):
    """On SIGTERM or SIGINT it says that it is closing, serves for another `drain_s`, then takes no more.

    Asked again it skips the rest of the wait. What is in flight then has the configured time to finish.
    """

    def __init__(self, config: uvicorn.Config, closing: Closing, *, drain_s: float) -> None:
        super().__init__(config)
        self._closing = closing
        self._drain_s = drain_s
        self._closes_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to close, or hurry; unlike uvicorn's own, the process then ends with status 0."""
        del sig, frame
        now = monotonic()
        self._closes_at = now if self._closing.has_begun else now + self._drain_s
        self._closing.begin()

    async def on_tick(self, counter: int) -> bool:
        """Say whether it is time to stop; asked ten times a second."""
        is_over = await super().on_tick(counter)
        return is_over or (self._closes_at is not None and monotonic() >= self._closes_at)
