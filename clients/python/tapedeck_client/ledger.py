"""What the ledger holds: accounts, trades, positions, profit and loss, imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from tapedeck_client.records import Record

_AT_WORK: Final = frozenset({"received", "parsing", "committing", "undoing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at a broker."""

    id: str
    broker: str
    label: str
    currency: str
    time_zone: str
    cost_method: str

    @classmethod
    def read(cls, record: Record) -> Account:
        """Read what the API tells."""
        return cls(
            id=record.text("id"),
            broker=record.text("broker"),
            label=record.text("label"),
            currency=record.text("currency"),
            time_zone=record.text("timeZone"),
            cost_method=record.text("costMethod"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What is traded: symbol, exchange, segment and currency together name it."""

    id: str
    symbol: str
    exchange: str
    segment: str
    currency: str

    @classmethod
    def read(cls, record: Record) -> Instrument:
        """Read what the API tells."""
        return cls(
            id=record.text("id"),
            symbol=record.text("symbol"),
            exchange=record.text("exchange"),
            segment=record.text("segment"),
            currency=record.text("currency"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One account in one instrument; amounts are in the instrument's currency. Without a price it has no value."""

    id: str
    account_id: str
    instrument: Instrument
    quantity: Decimal
    open_cost: Decimal
    realised: Decimal
    fees: Decimal
    price: Decimal | None
    market_value: Decimal | None
    unrealised: Decimal | None

    @classmethod
    def read(cls, record: Record) -> Position:
        """Read what the API tells."""
        mark = record.record_or_none("mark")
        return cls(
            id=record.text("id"),
            account_id=record.text("accountId"),
            instrument=Instrument.read(record.record("instrument")),
            quantity=record.decimal("quantity"),
            open_cost=record.decimal("openCost"),
            realised=record.decimal("realised"),
            fees=record.decimal("fees"),
            price=None if mark is None else mark.decimal("price"),
            market_value=None if mark is None else mark.decimal("marketValue"),
            unrealised=None if mark is None else mark.decimal("unrealised"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitAndLoss:
    """Profit and loss in one currency; currencies are never added."""

    currency: str
    realised: Decimal
    realised_fees: Decimal
    missing_basis_proceeds: Decimal
    market_value: Decimal
    open_cost: Decimal
    unrealised: Decimal

    @classmethod
    def read(cls, record: Record) -> ProfitAndLoss:
        """Read what the API tells."""
        realised, unrealised = record.record("realised"), record.record("unrealised")
        return cls(
            currency=record.text("currency"),
            realised=realised.decimal("realised"),
            realised_fees=realised.decimal("fees"),
            missing_basis_proceeds=realised.record("missingBasis").decimal("proceeds"),
            market_value=unrealised.decimal("marketValue"),
            open_cost=unrealised.decimal("openCost"),
            unrealised=unrealised.decimal("unrealised"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution, void or not."""

    id: str
    account_id: str
    instrument: Instrument
    side: str
    quantity: Decimal
    price: Decimal
    fees: Decimal
    executed_at: datetime
    voided_at: datetime | None

    @classmethod
    def read(cls, record: Record) -> Trade:
        """Read what the API tells."""
        return cls(
            id=record.text("id"),
            account_id=record.text("accountId"),
            instrument=Instrument.read(record.record("instrument")),
            side=record.text("side"),
            quantity=record.decimal("quantity"),
            price=record.decimal("price"),
            fees=record.record("fees").decimal("total"),
            executed_at=record.instant("executedAt"),
            voided_at=record.instant_or_none("voidedAt"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrade:
    """An execution to be recorded. `currency` is what the price is quoted in; fees are in the whole currency."""

    account_id: str
    symbol: str
    exchange: str
    segment: str
    currency: str
    side: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    brokerage: Decimal = Decimal(0)
    broker_trade_id: str | None = None

    def body(self) -> Mapping[str, object]:
        """Return what the API is sent."""
        return {
            "accountId": self.account_id,
            "instrument": {
                "symbol": self.symbol,
                "exchange": self.exchange,
                "segment": self.segment,
                "currency": self.currency,
            },
            "side": self.side,
            "quantity": f"{self.quantity:f}",
            "price": f"{self.price:f}",
            "executedAt": self.executed_at.isoformat(),
            "fees": {"brokerage": f"{self.brokerage:f}"},
            "brokerTradeId": self.broker_trade_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import as it stands; `counts` says how many rows have each verdict."""

    id: str
    account_id: str
    state: str
    format: str | None
    counts: Mapping[str, int]
    failure: str | None

    @property
    def is_at_work(self) -> bool:
        """Whether it changes by itself."""
        return self.state in _AT_WORK

    @property
    def ready(self) -> int:
        """How many rows a commit would record."""
        return self.counts.get("ready", 0)

    @classmethod
    def read(cls, record: Record) -> Import:
        """Read what the API tells."""
        counts = record.record("counts")
        return cls(
            id=record.text("id"),
            account_id=record.text("accountId"),
            state=record.text("state"),
            format=record.text_or_none("format"),
            counts={verdict: counts.whole(verdict) for verdict in counts.members},
            failure=record.text_or_none("failure"),
        )
