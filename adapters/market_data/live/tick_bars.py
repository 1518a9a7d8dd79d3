"""Minutes made of the ticks that are stored, for a provider that has a stream and no bars.

They are of what was heard: there are none of a minute in which nobody followed the ticker. The volume is what that of
the session grew by since the minute before, and 0 where the provider does not tell it.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal
from typing import Final, final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from application.market_data.ports import BarSource, SourceFailed, Span
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, Bar, BarSeries, Interval
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable
from domain.shared.money import EXACT, ZERO, Currency

_NOBODY: Final = Tenant()
# a tick is stored soon after its time; one that comes later than this is in no bar
_LATE: Final = timedelta(minutes=5)
_MINUTES: Final = text(
    """
    SELECT date_trunc('minute', as_of) AS start,
        (array_agg(last ORDER BY as_of, received_at))[1] AS open, max(last) AS high, min(last) AS low,
        (array_agg(last ORDER BY as_of DESC, received_at DESC))[1] AS close,
        max(volume) AS volume, min(currency) AS currency, max(as_of) AS as_of, bool_or(is_simulated) AS is_simulated
    FROM live.ticks
    WHERE ticker = :ticker AND provider = :provider AND last IS NOT NULL
        AND received_at >= :since AND received_at < :received_until AND as_of >= :since AND as_of < :until
    GROUP BY 1 ORDER BY 1
    """
)


@final
class TickBars(BarSource):
    """One for each provider."""

    def __init__(self, provider: str, engine: AsyncEngine, clock: Clock) -> None:
        self._provider = provider
        self._engine = engine
        self._clock = clock

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return minutes; raise SourceFailed for anything else, and where nothing was heard."""
        if span.interval is not Interval.MINUTE:
            raise SourceFailed(Refusal.NOT_COVERED, "Of ticks there are minutes only.")
        # the minute before tells where the volume stood
        since = span.since - timedelta(minutes=1)
        values = {
            "ticker": str(ticker),
            "provider": self._provider,
            "since": since,
            "until": span.until,
            "received_until": span.until + _LATE,
        }
        try:
            async with read(self._engine, _NOBODY) as connection:
                rows = (await connection.execute(_MINUTES, values)).all()
        except Unavailable as error:
            raise SourceFailed(Refusal.UNREACHABLE, "The database that keeps ticks is away.") from error
        if not rows:
            raise SourceFailed(Refusal.NOT_COVERED, "Nobody has followed this.")
        bars: list[Bar] = []
        before: Decimal | None = None
        for row in rows:
            start = row.start.astimezone(UTC)
            bars.append(Bar(start, row.open, row.high, row.low, row.close, _grown(before, row.volume)))
            before = row.volume if row.volume is not None else before
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=Currency(rows[-1].currency),
            bars=[bar for bar in bars if bar.start >= span.since],
            provenance=Provenance(
                provider=self._provider,
                as_of=rows[-1].as_of,
                received_at=self._clock.now(),
                simulated=rows[-1].is_simulated,
            ),
        )


def _grown(before: Decimal | None, volume: Decimal | None) -> Decimal:
    """Return by how much a session's volume grew; a new session begins with none."""
    if before is None or volume is None or volume < before:
        return ZERO
    return EXACT.subtract(volume, before)
