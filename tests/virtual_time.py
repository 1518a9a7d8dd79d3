"""An event loop whose time passes at once: whatever waits for a moment gets there without waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar, final

T = TypeVar("T")


@final
class _Skipping(selectors.SelectSelector):
    """Instead of waiting, says how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everything waits, and for nothing that time would bring"
            self.waited += max(timeout, 0.0)
        return ready


@final
class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its clock moves only by what was to be waited for."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return the virtual time."""
        return self._skipping.waited


def in_virtual_time(main: Coroutine[object, object, T]) -> T:
    """Run it in a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
