"""Reads that may be a little old go to a replica, as long as it is not older than allowed; everything else does not.

How old a replica is, its own clock cannot tell: where nothing is written, nothing arrives. So places in the log are
compared. The primary is asked where it is, and the time is noted; a replica that has replayed up to there shows at
least what was committed by that time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, final

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.failures import translated
from domain.shared.errors import Unavailable

_WRITTEN: Final = text("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
# null on a server that is no replica, such as one that was promoted
_REPLAYED: Final = text("SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint WHERE pg_is_in_recovery()")
_MOST_SAMPLES: Final = 64


@final
class Replicated:
    """A primary with a replica for reads that may be `max_lag_s` old."""

    def __init__(
        self, primary: AsyncEngine, replica: AsyncEngine, *, max_lag_s: float, now: Callable[[], float] = monotonic
    ) -> None:
        self.primary = primary
        self.replica = replica
        self._max_lag_s = max_lag_s
        self._now = now
        # where the primary was, and when, the newest last
        self._samples: deque[tuple[float, int]] = deque(maxlen=_MOST_SAMPLES)
        self._is_used = True
        self._log = structlog.stdlib.get_logger("tapedeck.replica")

    async def choose(self) -> AsyncEngine:
        """Return the replica if it is fresh enough, else the primary."""
        try:
            is_fresh = await self._is_fresh()
        except (Unavailable, SQLAlchemyError):
            is_fresh = False
        if is_fresh is not self._is_used:
            self._is_used = is_fresh
            self._log.warning("replica used" if is_fresh else "replica left aside")
        return self.replica if is_fresh else self.primary

    async def dispose(self) -> None:
        """Close the connections to the replica; the primary has an owner of its own."""
        await self.replica.dispose()

    async def _is_fresh(self) -> bool:
        now = self._now()
        self._samples.append((now, await _place(self.primary, _WRITTEN) or 0))
        replayed = await _place(self.replica, _REPLAYED)
        return replayed is not None and any(
            now - at <= self._max_lag_s and written <= replayed for at, written in self._samples
        )


async def _place(engine: AsyncEngine, question: TextClause) -> int | None:
    with translated():
        async with engine.connect() as connection:
            # a connection that was read-only once begins read-write otherwise, which a replica refuses
            await connection.execution_options(postgresql_readonly=True)
            place: int | None = await connection.scalar(question)
            return place
