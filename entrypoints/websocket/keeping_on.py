"""Work that goes on as long as the process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

_AGAIN_AFTER_S: Final = 1.0
_log: structlog.stdlib.BoundLogger = structlog.get_logger("tapedeck.stream")


async def keep_on(work: Callable[[], Awaitable[None]]) -> None:
    """Do it again and again; what nobody expected is logged, and it goes on a little later."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, clients are waiting for what comes next
            _log.error("stream_stumbled", work=getattr(work, "__name__", "work"), exc_info=error)
            await asyncio.sleep(_AGAIN_AFTER_S)
