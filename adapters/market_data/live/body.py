"""Writes a tick as users see it: JSON with camelCase members, decimals as plain strings, instants in UTC.

What is not known is left out.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from domain.market_data.tick import Tick
from domain.shared.money import plain


class TickBody(msgspec.Struct, frozen=True, kw_only=False, omit_defaults=True, rename="camel"):
    """The members of a tick."""

    symbol: str
    provider: str
    as_of: datetime
    received_at: datetime
    currency: str
    simulated: bool
    last: str | None = None
    bid: str | None = None
    ask: str | None = None
    last_size: str | None = None
    bid_size: str | None = None
    ask_size: str | None = None
    volume: str | None = None
    open: str | None = None
    high: str | None = None
    low: str | None = None
    previous_close: str | None = None


_ENCODER: Final = msgspec.json.Encoder()


def encode_tick(tick: Tick) -> bytes:
    """Return the body of a tick."""
    return _ENCODER.encode(
        TickBody(
            str(tick.ticker),
            tick.provider,
            tick.as_of,
            tick.received_at,
            tick.currency.code,
            tick.simulated,
            *map(_text, tick[6:]),
        )
    )


class _When(msgspec.Struct, rename="camel"):
    as_of: datetime


_WHEN: Final = msgspec.json.Decoder(_When)


def as_of_of(body: bytes) -> datetime | None:
    """Return when a tick was, by its body; None for what is no tick."""
    try:
        return _WHEN.decode(body).as_of
    except msgspec.MsgspecError:
        return None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
