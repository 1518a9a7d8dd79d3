"""What the market says: quotes, histories and the ticks of the stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tapedeck_client.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who says so, when, and how far it may be trusted."""

    provider: str
    as_of: datetime
    received_at: datetime
    is_stale: bool
    is_simulated: bool

    @classmethod
    def read(cls, record: Record) -> Provenance:
        """Read what the API tells."""
        return cls(
            provider=record.text("provider"),
            as_of=record.instant("asOf"),
            received_at=record.instant("receivedAt"),
            is_stale=record.flag("stale"),
            is_simulated=record.flag("simulated"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What something costs now, in a whole currency; what the provider does not say is None."""

    symbol: str
    name: str | None
    currency: str
    price: Decimal
    previous_close: Decimal | None
    change: Decimal | None
    change_percent: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    volume: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    provenance: Provenance

    @classmethod
    def read(cls, record: Record) -> Quote:
        """Read what the API tells."""
        return cls(
            symbol=record.text("symbol"),
            name=record.text_or_none("name"),
            currency=record.text("currency"),
            price=record.decimal("price"),
            previous_close=record.decimal_or_none("previousClose"),
            change=record.decimal_or_none("change"),
            change_percent=record.decimal_or_none("changePercent"),
            open=record.decimal_or_none("open"),
            high=record.decimal_or_none("high"),
            low=record.decimal_or_none("low"),
            volume=record.decimal_or_none("volume"),
            bid=record.decimal_or_none("bid"),
            ask=record.decimal_or_none("ask"),
            provenance=Provenance.read(record.record("provenance")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A symbol without an answer, and why."""

    symbol: str
    code: str
    message: str
    suggestions: Sequence[str]

    @classmethod
    def read(cls, record: Record) -> Missing:
        """Read what the API tells."""
        return cls(
            symbol=record.text("symbol"),
            code=record.text("code"),
            message=record.text("message"),
            suggestions=record.texts("suggestions"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """Quotes of several symbols, and which of them have none."""

    quotes: Sequence[Quote]
    missing: Sequence[Missing]

    @classmethod
    def read(cls, record: Record) -> Quotes:
        """Read what the API tells."""
        return cls(
            quotes=[Quote.read(each) for each in record.records("quotes")],
            missing=[Missing.read(each) for each in record.records("missing")],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A period of trading."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @classmethod
    def read(cls, record: Record) -> Bar:
        """Read what the API tells."""
        return cls(
            start=record.instant("start"),
            open=record.decimal("open"),
            high=record.decimal("high"),
            low=record.decimal("low"),
            close=record.decimal("close"),
            volume=record.decimal("volume"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What something has cost, oldest bar first."""

    symbol: str
    interval: str
    adjustment: str
    currency: str
    bars: Sequence[Bar]
    provenance: Provenance

    @classmethod
    def read(cls, record: Record) -> History:
        """Read what the API tells."""
        return cls(
            symbol=record.text("symbol"),
            interval=record.text("interval"),
            adjustment=record.text("adjustment"),
            currency=record.text("currency"),
            bars=[Bar.read(each) for each in record.records("bars")],
            provenance=Provenance.read(record.record("provenance")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a feed says a symbol costs now: each tick is the whole of what is known, so that the newest is enough."""

    provider: str
    as_of: datetime
    received_at: datetime
    is_simulated: bool
    currency: str | None
    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    last_size: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    volume: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    previous_close: Decimal | None

    @property
    def change_percent(self) -> Decimal | None:
        """By how many per cent the last price differs from the close before, None where one is unknown."""
        if self.last is None or not self.previous_close:
            return None
        return (self.last - self.previous_close) / self.previous_close * 100

    @classmethod
    def read(cls, record: Record) -> Tick:
        """Read what the stream tells."""
        return cls(
            provider=record.text("provider"),
            as_of=record.instant("asOf"),
            received_at=record.instant("receivedAt"),
            is_simulated=record.has("simulated") and record.flag("simulated"),
            currency=record.text_or_none("currency"),
            last=record.decimal_or_none("last"),
            bid=record.decimal_or_none("bid"),
            ask=record.decimal_or_none("ask"),
            last_size=record.decimal_or_none("lastSize"),
            bid_size=record.decimal_or_none("bidSize"),
            ask_size=record.decimal_or_none("askSize"),
            volume=record.decimal_or_none("volume"),
            open=record.decimal_or_none("open"),
            high=record.decimal_or_none("high"),
            low=record.decimal_or_none("low"),
            previous_close=record.decimal_or_none("previousClose"),
        )
