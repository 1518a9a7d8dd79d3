"""What the conformance suite asks a provider for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from adapters.platform.http_client.client import HttpClient
from adapters.platform.resilience.policy import Terms
from application.market_data.ports import Span
from domain.market_data.bar import Interval
from domain.market_data.ticker import Ticker
from tests.provider_server import Answer, Behaviour

Ask: TypeAlias = Callable[[str, HttpClient, Terms], Awaitable[object]]

NOW: Final = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
TODAY: Final = date(2026, 3, 2)
AAPL: Final = Ticker("AAPL")
DAYS: Final = Span(interval=Interval.DAY, since=datetime(2020, 8, 28, tzinfo=UTC), until=NOW + timedelta(days=1))


@dataclass(frozen=True)
class Subject:
    """One thing that one provider is asked for. `before` is what it answers to calls that come first.

    `known` is its answer for something that exists, `unknown` that for something that does not, and `nothing` what is
    made of the latter.
    """

    name: str
    ask: Ask
    known: Answer
    unknown: Behaviour
    nothing: object
    before: tuple[Behaviour, ...] = ()

    @property
    def provider(self) -> str:
        """Who is asked: the first word of the name."""
        return self.name.split()[0]
