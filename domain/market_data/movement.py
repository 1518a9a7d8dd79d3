"""What a market talks of: what moves most, and what is looked at most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker


class Direction(StrEnum):
    """Which way something moves."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Something that many look at now; `rank` counts from one."""

    ticker: Ticker
    name: str
    rank: int
    provenance: Provenance
