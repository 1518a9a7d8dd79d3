"""What fetching histories ahead of need takes: somebody who fills one series, and somebody who fills many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from application.market_data.ports import Span
from application.shared.ports import UnitOfWork
from domain.market_data.ticker import Ticker
from domain.shared.ids import OrganisationId


class Filled(NamedTuple):
    """How many bars came of a provider and were kept; 0 if none was missing, or they cannot be kept."""

    provider: str
    bars: int


class Unfilled(StrEnum):
    """Why a series was not filled."""

    UNKNOWN = "unknown"
    """The provider that was asked knows no such symbol."""
    NO_ANSWER = "no_answer"
    """No provider that could know answers now."""


class BarFiller(Protocol):
    """Keeps what a provider can tell and what is not kept yet."""

    async def fill(self, ticker: Ticker, span: Span) -> Filled | None:
        """Keep what is missing since the span began; None if the ticker is unknown; raise SourceFailed."""
        ...


class Filling(Protocol):
    """Fills the series of many symbols, each by the first provider that answers; what it did stays done."""

    async def fill(self, tickers: Sequence[Ticker], span: Span) -> Mapping[Ticker, Filled | Unfilled]:
        """Return what became of each: one fails alone."""
        ...


class BackfillUnits(Protocol):
    """Begins units of work that ask for backfills."""

    def __call__(self, organisation_id: OrganisationId) -> UnitOfWork:
        """Return a unit of work for the organisation."""
        ...
