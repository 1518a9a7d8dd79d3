"""What goes over the wire for trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.ledger.entries import TradeEntry
from application.ledger.patch_trade import KEEP, Kept, TradePatch
from application.ledger.trade_lines import TradeLine
from application.ledger.views import TradeView
from domain.ledger.category import Category
from domain.ledger.execution import MAX_SELECTED_LOTS, LotSelection, Side
from domain.ledger.fees import FeeKind, Fees
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId
from entrypoints.http.ledger.account_schemas import InstrumentBody, InstrumentRequest, instrument_body
from entrypoints.http.ledger.texts import (
    LinkText,
    NotesText,
    ReasonText,
    ReferenceText,
    SequenceNumber,
    StrategyText,
    TagText,
)
from entrypoints.http.types import (
    AmountText,
    DateText,
    DecimalText,
    Instant,
    InstantText,
    NonNegativeDecimalText,
    PositiveDecimalText,
    decimal_text,
    to_date,
    to_decimal,
    to_instant,
)

Tags: TypeAlias = Annotated[list[TagText], Meta(max_length=20, description="Tags; repetitions are dropped.")]
Attachments: TypeAlias = Annotated[list[LinkText], Meta(max_length=20, description="Links to documents.")]


class FeesRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Fees by who takes them, in the instrument's currency; what is left out is zero."""

    brokerage: NonNegativeDecimalText = "0"
    exchange: NonNegativeDecimalText = "0"
    regulatory: NonNegativeDecimalText = "0"
    tax: NonNegativeDecimalText = "0"
    stamp_duty: NonNegativeDecimalText = "0"
    other: NonNegativeDecimalText = "0"

    def to_fees(self) -> Fees:
        """Return the fees."""
        texts = (self.brokerage, self.exchange, self.regulatory, self.tax, self.stamp_duty, self.other)
        return Fees(
            {
                kind: to_decimal(text, f"fees.{kind.value}")
                for kind, text in zip(_KINDS, texts, strict=True)
                if text != "0"
            }
        )


_KINDS = (
    FeeKind.BROKERAGE,
    FeeKind.EXCHANGE,
    FeeKind.REGULATORY,
    FeeKind.TAX,
    FeeKind.STAMP_DUTY,
    FeeKind.OTHER,
)


_SELECTED = (
    "The lots that a closing trade takes first, in this order, under every cost method but `average`. A lot that holds "
    "less gives what it has; the rest goes by the method."
)


class LotSelectionRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A quantity of one lot."""

    lot_id: UUID
    quantity: PositiveDecimalText


class LotSelectionBody(Struct, rename="camel", kw_only=True):
    """A quantity of one lot that the trade chose."""

    lot_id: UUID
    quantity: AmountText


_Selection: TypeAlias = Annotated[list[LotSelectionRequest], Meta(max_length=MAX_SELECTED_LOTS, description=_SELECTED)]


def lot_bodies(chosen: Sequence[LotSelection]) -> list[LotSelectionBody]:
    """Render chosen lots."""
    return [LotSelectionBody(lot_id=lot_id, quantity=decimal_text(quantity)) for lot_id, quantity in chosen]


def chosen_lots(chosen: list[LotSelectionRequest] | None) -> tuple[LotSelection, ...]:
    """Return the lots that a request chooses, in its order."""
    return tuple(LotSelection(each.lot_id, to_decimal(each.quantity, "lotSelection.quantity")) for each in chosen or ())


class RecordTradeRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """One execution. The price is quoted as the instrument's `currency` says; fees are in the whole currency."""

    account_id: UUID
    instrument: InstrumentRequest
    side: Side
    quantity: PositiveDecimalText
    price: DecimalText
    executed_at: InstantText
    fees: FeesRequest | None = None
    settlement_date: DateText | None = None
    category: Category | None = None
    strategy: StrategyText | None = None
    tags: Tags | None = None
    notes: NotesText | None = None
    attachments: Attachments | None = None
    broker_trade_id: Annotated[ReferenceText | None, Meta(description="The broker's id of this fill.")] = None
    broker_order_id: Annotated[ReferenceText | None, Meta(description="The broker's id of the order.")] = None
    sequence: SequenceNumber = 0
    lot_selection: _Selection | None = None

    def to_entry(self) -> TradeEntry:
        """Return the entry; raise Invalid."""
        return TradeEntry(
            account_id=AccountId(self.account_id),
            instrument=self.instrument.to_terms(),
            side=self.side,
            quantity=to_decimal(self.quantity, "quantity"),
            price=self.instrument.to_price(self.price),
            executed_at=to_instant(self.executed_at, "executedAt"),
            fees=Fees() if self.fees is None else self.fees.to_fees(),
            settlement_date=None if self.settlement_date is None else to_date(self.settlement_date, "settlementDate"),
            category=self.category,
            strategy=self.strategy,
            tags=tuple(self.tags or ()),
            notes=self.notes,
            attachments=tuple(self.attachments or ()),
            broker_trade_id=self.broker_trade_id,
            broker_order_id=self.broker_order_id,
            sequence=self.sequence,
            lot_selection=chosen_lots(self.lot_selection),
        )


_Fee: TypeAlias = NonNegativeDecimalText | UnsetType | None


class PatchFeesRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Fees to change; null clears one, what is left out stays."""

    brokerage: _Fee = UNSET
    exchange: _Fee = UNSET
    regulatory: _Fee = UNSET
    tax: _Fee = UNSET
    stamp_duty: _Fee = UNSET
    other: _Fee = UNSET

    def to_changes(self) -> Mapping[FeeKind, Decimal | None]:
        """Return the amounts by kind, None to clear."""
        texts = (self.brokerage, self.exchange, self.regulatory, self.tax, self.stamp_duty, self.other)
        return {
            kind: None if text is None else to_decimal(text, f"fees.{kind.value}")
            for kind, text in zip(_KINDS, texts, strict=True)
            if text is not UNSET
        }


class PatchTradeRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What to change: null clears, what is left out stays. The instrument is replaced as a whole, fees by kind.

    A price without an instrument is in the instrument's currency.
    """

    instrument: InstrumentRequest | UnsetType = UNSET
    side: Side | UnsetType = UNSET
    quantity: PositiveDecimalText | UnsetType = UNSET
    price: DecimalText | UnsetType = UNSET
    executed_at: InstantText | UnsetType = UNSET
    fees: PatchFeesRequest | UnsetType | None = UNSET
    settlement_date: DateText | UnsetType | None = UNSET
    category: Category | UnsetType | None = UNSET
    strategy: StrategyText | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    notes: NotesText | UnsetType | None = UNSET
    attachments: Attachments | UnsetType | None = UNSET
    broker_trade_id: ReferenceText | UnsetType | None = UNSET
    broker_order_id: ReferenceText | UnsetType | None = UNSET
    sequence: SequenceNumber | UnsetType = UNSET
    lot_selection: _Selection | UnsetType | None = UNSET

    def to_patch(self) -> TradePatch:
        """Return the patch; raise Invalid."""
        return TradePatch(
            instrument=KEEP if self.instrument is UNSET else self.instrument.to_terms(),
            side=KEEP if self.side is UNSET else self.side,
            quantity=KEEP if self.quantity is UNSET else to_decimal(self.quantity, "quantity"),
            price=self._price(),
            executed_at=KEEP if self.executed_at is UNSET else to_instant(self.executed_at, "executedAt"),
            fees=self._fees(),
            settlement_date=to_date(self.settlement_date, "settlementDate")
            if isinstance(self.settlement_date, str)
            else _kept(self.settlement_date),
            category=KEEP if self.category is UNSET else self.category,
            strategy=KEEP if self.strategy is UNSET else self.strategy,
            tags=KEEP if self.tags is UNSET else tuple(self.tags or ()),
            notes=KEEP if self.notes is UNSET else self.notes,
            attachments=KEEP if self.attachments is UNSET else tuple(self.attachments or ()),
            broker_trade_id=KEEP if self.broker_trade_id is UNSET else self.broker_trade_id,
            broker_order_id=KEEP if self.broker_order_id is UNSET else self.broker_order_id,
            sequence=KEEP if self.sequence is UNSET else self.sequence,
            lot_selection=KEEP if self.lot_selection is UNSET else chosen_lots(self.lot_selection),
        )

    def _price(self) -> Decimal | Kept:
        if self.price is not UNSET:
            return to_decimal(self.price, "price") if self.instrument is UNSET else self.instrument.to_price(self.price)
        if self.instrument is not UNSET and self.instrument.is_quoted_in_hundredths:
            raise Invalid(
                f"instrument.currency is {self.instrument.currency}, which says how a price is quoted, and there is no "
                "price to it. Give the price too, or the whole currency.",
                field="price",
            )
        return KEEP

    def _fees(self) -> Mapping[FeeKind, Decimal | None] | Kept | None:
        return self.fees.to_changes() if isinstance(self.fees, PatchFeesRequest) else _kept(self.fees)


def _kept(value: UnsetType | None) -> Kept | None:
    return None if value is None else KEEP


class VoidTradeRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Why a trade is taken out of every figure."""

    reason: ReasonText


class FeesBody(Struct, rename="camel", kw_only=True):
    """Fees by who takes them, and their sum."""

    brokerage: AmountText
    exchange: AmountText
    regulatory: AmountText
    tax: AmountText
    stamp_duty: AmountText
    other: AmountText
    total: AmountText


def _fees_body(amounts: Mapping[FeeKind, Decimal], total: Decimal) -> FeesBody:
    return FeesBody(
        brokerage=_fee(amounts, FeeKind.BROKERAGE),
        exchange=_fee(amounts, FeeKind.EXCHANGE),
        regulatory=_fee(amounts, FeeKind.REGULATORY),
        tax=_fee(amounts, FeeKind.TAX),
        stamp_duty=_fee(amounts, FeeKind.STAMP_DUTY),
        other=_fee(amounts, FeeKind.OTHER),
        total=decimal_text(total),
    )


def _fee(amounts: Mapping[FeeKind, Decimal], kind: FeeKind) -> str:
    amount = amounts.get(kind)
    return "0" if amount is None else decimal_text(amount)


class TradeBody(Struct, rename="camel"):
    """A trade: one execution, void or not."""

    id: UUID
    account_id: UUID
    instrument: InstrumentBody
    side: Side
    quantity: AmountText
    price: AmountText
    fees: FeesBody
    executed_at: Instant
    sequence: SequenceNumber
    lot_selection: Annotated[list[LotSelectionBody], Meta(description=_SELECTED)]
    settlement_date: DateText | None
    category: Category | None
    strategy: StrategyText | None
    tags: list[TagText]
    notes: NotesText | None
    attachments: list[LinkText]
    broker_trade_id: ReferenceText | None
    broker_order_id: ReferenceText | None
    import_id: Annotated[UUID | None, Meta(description="The import that brought it; null if entered by hand.")]
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant
    voided_at: Annotated[Instant | None, Meta(description="Since when it counts in no figure; null while it counts.")]
    void_reason: ReasonText | None


def trade_body(view: TradeView) -> TradeBody:
    """Render a trade."""
    return TradeBody(
        id=view.id,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        side=view.side,
        quantity=decimal_text(view.quantity),
        price=decimal_text(view.price),
        fees=_fees_body(view.fees, view.fees_total),
        executed_at=view.executed_at,
        sequence=view.sequence,
        lot_selection=lot_bodies(view.lot_selection),
        settlement_date=None if view.settlement_date is None else view.settlement_date.isoformat(),
        category=view.category,
        strategy=view.strategy,
        tags=list(view.tags),
        notes=view.notes,
        attachments=list(view.attachments),
        broker_trade_id=view.broker_trade_id,
        broker_order_id=view.broker_order_id,
        import_id=view.import_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        voided_at=view.voided_at,
        void_reason=view.void_reason,
    )


def line_body(line: TradeLine) -> TradeBody:
    """Render a trade of a list, whose numbers are texts already."""
    fees = line.fees.get
    # in the order of its members: to find two dozen of them by name takes three times as long as all the rest
    return TradeBody(
        line.id,
        line.account_id,
        InstrumentBody(*line.instrument),
        line.side,
        line.quantity,
        line.price,
        FeesBody(
            brokerage=fees("brokerage", "0"),
            exchange=fees("exchange", "0"),
            regulatory=fees("regulatory", "0"),
            tax=fees("tax", "0"),
            stamp_duty=fees("stamp_duty", "0"),
            other=fees("other", "0"),
            total=line.fees_total,
        ),
        line.executed_at,
        line.sequence,
        lot_bodies(line.lot_selection) if line.lot_selection else [],
        None if line.settlement_date is None else line.settlement_date.isoformat(),
        line.category,
        line.strategy,
        list(line.tags),
        line.notes,
        list(line.attachments),
        line.broker_trade_id,
        line.broker_order_id,
        line.import_id,
        line.version,
        line.created_at,
        line.updated_at,
        line.voided_at,
        line.void_reason,
    )
