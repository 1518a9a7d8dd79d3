"""What goes over the wire for cash."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from application.ledger.cash.convert_cash import ConvertCashCommand
from application.ledger.cash.patch_cash_movement import CashMovementPatch
from application.ledger.cash.transfer_cash import TransferCashCommand
from application.ledger.cash.views import (
    CashBalanceView,
    CashEntryView,
    CashMovementView,
    CashPairView,
    EntrySource,
)
from application.ledger.patch_trade import KEEP, Kept
from domain.ledger.cash import CashDetails
from domain.ledger.cash_kind import CashKind
from domain.ledger.cash_pair import Circumstances
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.money import ZERO, Money
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.ledger.texts import NotesText, ReasonText
from entrypoints.http.types import (
    AmountText,
    CurrencyText,
    DateText,
    Instant,
    InstantText,
    NonNegativeDecimalText,
    PositiveDecimalText,
    decimal_text,
    to_currency,
    to_date,
    to_decimal,
    to_instant,
)

_KIND = (
    "Why cash moved; it decides the sign. Transfers between your accounts and conversions are recorded by operations "
    "of their own."
)
_SingleKind: TypeAlias = Annotated[
    Literal[
        "deposit",
        "withdrawal",
        "dividend",
        "dividend_paid",
        "interest",
        "interest_paid",
        "fee",
        "fee_refund",
        "tax",
        "tax_refund",
    ],
    Meta(description=_KIND, examples=["dividend"]),
]
_GROSS = "What was moved, before any tax was withheld; always greater than zero."
_TAX = "Withheld from a dividend or interest before it came in; tax paid apart is a movement of the kind `tax`."
_REINVESTED = "The purchase, in the same account, that a dividend paid for."
_VALUE_DATE = "The day from which the bank counts it, if it says one."


class RecordCashMovementRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Cash that moved without a trade."""

    account_id: UUID
    kind: _SingleKind
    amount: Annotated[PositiveDecimalText, Meta(description=_GROSS)]
    currency: CurrencyText
    occurred_at: InstantText
    tax_withheld: Annotated[NonNegativeDecimalText, Meta(description=_TAX)] = "0"
    value_date: Annotated[DateText | None, Meta(description=_VALUE_DATE)] = None
    instrument_id: Annotated[UUID | None, Meta(description="What paid or cost it.")] = None
    reinvested_trade_id: Annotated[UUID | None, Meta(description=_REINVESTED)] = None
    notes: NotesText | None = None

    def to_details(self) -> CashDetails:
        """Return what is said; raise Invalid."""
        return CashDetails(
            kind=CashKind(self.kind),
            amount=to_decimal(self.amount, "amount"),
            currency=to_currency(self.currency),
            occurred_at=to_instant(self.occurred_at, "occurredAt"),
            tax=to_decimal(self.tax_withheld, "taxWithheld"),
            value_date=_day(self.value_date),
            instrument_id=None if self.instrument_id is None else InstrumentId(self.instrument_id),
            reinvested_in=None if self.reinvested_trade_id is None else TradeId(self.reinvested_trade_id),
            notes=self.notes,
        )


class TransferCashRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Cash that went from one of your accounts to another."""

    from_account_id: UUID
    to_account_id: UUID
    amount: PositiveDecimalText
    currency: CurrencyText
    occurred_at: InstantText
    value_date: Annotated[DateText | None, Meta(description=_VALUE_DATE)] = None
    notes: NotesText | None = None

    def to_command(self) -> TransferCashCommand:
        """Return the command; raise Invalid."""
        return TransferCashCommand(
            from_account_id=AccountId(self.from_account_id),
            to_account_id=AccountId(self.to_account_id),
            amount=Money(to_decimal(self.amount, "amount"), to_currency(self.currency)),
            said=_circumstances(self.occurred_at, self.value_date, self.notes),
        )


class MoneyRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """An amount greater than zero in a currency."""

    amount: PositiveDecimalText
    currency: CurrencyText

    def to_money(self, field: str) -> Money:
        """Return the money; raise Invalid."""
        return Money(to_decimal(self.amount, f"{field}.amount"), to_currency(self.currency))


class ConvertCashRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Cash that was changed into another currency; a fee for it is a movement of its own."""

    account_id: UUID
    given: Annotated[MoneyRequest, Meta(examples=[{"amount": "1100", "currency": "USD"}])]
    received: Annotated[MoneyRequest, Meta(examples=[{"amount": "1000", "currency": "EUR"}])]
    occurred_at: InstantText
    value_date: Annotated[DateText | None, Meta(description=_VALUE_DATE)] = None
    notes: NotesText | None = None

    def to_command(self) -> ConvertCashCommand:
        """Return the command; raise Invalid."""
        return ConvertCashCommand(
            account_id=AccountId(self.account_id),
            given=self.given.to_money("given"),
            received=self.received.to_money("received"),
            said=_circumstances(self.occurred_at, self.value_date, self.notes),
        )


class PatchCashMovementRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What to change: null clears, what is left out stays."""

    kind: _SingleKind | UnsetType = UNSET
    amount: Annotated[PositiveDecimalText, Meta(description=_GROSS)] | UnsetType = UNSET
    currency: CurrencyText | UnsetType = UNSET
    occurred_at: InstantText | UnsetType = UNSET
    tax_withheld: Annotated[NonNegativeDecimalText, Meta(description=_TAX)] | UnsetType | None = UNSET
    value_date: DateText | UnsetType | None = UNSET
    instrument_id: UUID | UnsetType | None = UNSET
    reinvested_trade_id: UUID | UnsetType | None = UNSET
    notes: NotesText | UnsetType | None = UNSET

    def to_patch(self) -> CashMovementPatch:
        """Return the patch; raise Invalid."""
        return CashMovementPatch(
            kind=KEEP if self.kind is UNSET else CashKind(self.kind),
            amount=KEEP if self.amount is UNSET else to_decimal(self.amount, "amount"),
            currency=KEEP if self.currency is UNSET else to_currency(self.currency),
            occurred_at=KEEP if self.occurred_at is UNSET else to_instant(self.occurred_at, "occurredAt"),
            tax=KEEP
            if self.tax_withheld is UNSET
            else ZERO
            if self.tax_withheld is None
            else to_decimal(self.tax_withheld, "taxWithheld"),
            value_date=to_date(self.value_date, "valueDate")
            if isinstance(self.value_date, str)
            else _kept(self.value_date),
            instrument_id=InstrumentId(self.instrument_id)
            if isinstance(self.instrument_id, UUID)
            else _kept(self.instrument_id),
            reinvested_in=TradeId(self.reinvested_trade_id)
            if isinstance(self.reinvested_trade_id, UUID)
            else _kept(self.reinvested_trade_id),
            notes=KEEP if self.notes is UNSET else self.notes,
        )


def _kept(value: UnsetType | None) -> Kept | None:
    return None if value is None else KEEP


def _day(text: str | None) -> date | None:
    return None if text is None else to_date(text, "valueDate")


def _circumstances(occurred_at: str, value_date: str | None, notes: str | None) -> Circumstances:
    return Circumstances(occurred_at=to_instant(occurred_at, "occurredAt"), value_date=_day(value_date), notes=notes)


class VoidCashMovementRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Why a movement is taken out of every balance."""

    reason: ReasonText


class CashMovementBody(Struct, rename="camel", kw_only=True):
    """A movement of cash, void or not."""

    id: UUID
    account_id: UUID
    kind: Annotated[CashKind, Meta(description="Why cash moved; it decides the sign.")]
    amount: Annotated[AmountText, Meta(description=_GROSS)]
    tax_withheld: AmountText
    net: Annotated[
        AmountText, Meta(description="What it adds to the balance: amount less tax, negative if cash went out.")
    ]
    currency: CurrencyText
    occurred_at: Instant
    value_date: DateText | None
    instrument: InstrumentBody | None
    reinvested_trade_id: Annotated[UUID | None, Meta(description=_REINVESTED)]
    counterpart_id: Annotated[
        UUID | None, Meta(description="The other side of a transfer or of a conversion; both are voided together.")
    ]
    notes: NotesText | None
    import_id: Annotated[UUID | None, Meta(description="The import that brought it; null if entered by hand.")]
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant
    voided_at: Annotated[Instant | None, Meta(description="Since when it counts no more; null while it counts.")]
    void_reason: ReasonText | None


class CashPairBody(Struct, rename="camel", kw_only=True):
    """Both sides of a transfer or of a conversion."""

    out: Annotated[CashMovementBody, Meta(description="What left.")]
    in_: Annotated[CashMovementBody, Meta(description="What arrived.")] = field(name="in")


class CashKindTotalBody(Struct, rename="camel", kw_only=True):
    """What the movements of one kind add up to, less taxes withheld."""

    kind: CashKind
    net: AmountText
    count: Annotated[int, Meta(ge=1, examples=[1])]


class CashBalanceBody(Struct, rename="camel", kw_only=True):
    """The cash of an account in a currency: exactly the sum of its entries, and of its three parts."""

    account_id: UUID
    currency: CurrencyText
    balance: AmountText
    from_trades: Annotated[AmountText, Meta(description="Sales less purchases, with all fees.")]
    from_corporate_actions: Annotated[
        AmountText, Meta(description="Money that mergers, returns of capital, expiries and the like brought or took.")
    ]
    from_movements: Annotated[AmountText, Meta(description="The sum of `byKind`.")]
    by_kind: list[CashKindTotalBody]


class CashEntryBody(Struct, rename="camel", kw_only=True):
    """One entry: what it added to the cash, and the balance after it."""

    source: EntrySource
    source_id: Annotated[UUID, Meta(description="The id of the trade, the corporate action or the cash movement.")]
    kind: Annotated[
        str,
        Meta(description="The side of the trade, or the kind of the action or movement.", examples=["buy"]),
    ]
    occurred_at: Instant
    instrument_id: UUID | None
    amount: AmountText
    balance: AmountText


def movement_body(view: CashMovementView) -> CashMovementBody:
    """Render a movement."""
    return CashMovementBody(
        id=view.id,
        account_id=view.account_id,
        kind=view.kind,
        amount=decimal_text(view.amount),
        tax_withheld=decimal_text(view.tax),
        net=decimal_text(view.net),
        currency=view.currency,
        occurred_at=view.occurred_at,
        value_date=None if view.value_date is None else view.value_date.isoformat(),
        instrument=None if view.instrument is None else instrument_body(view.instrument),
        reinvested_trade_id=view.reinvested_in,
        counterpart_id=view.counterpart_id,
        notes=view.notes,
        import_id=view.import_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        voided_at=view.voided_at,
        void_reason=view.void_reason,
    )


def pair_body(view: CashPairView) -> CashPairBody:
    """Render both sides."""
    return CashPairBody(out=movement_body(view.out), in_=movement_body(view.in_))


def balance_body(view: CashBalanceView) -> CashBalanceBody:
    """Render a balance."""
    return CashBalanceBody(
        account_id=view.account_id,
        currency=view.currency,
        balance=decimal_text(view.balance),
        from_trades=decimal_text(view.from_trades),
        from_corporate_actions=decimal_text(view.from_corporate_actions),
        from_movements=decimal_text(view.from_movements),
        by_kind=[
            CashKindTotalBody(kind=each.kind, net=decimal_text(each.net), count=each.count) for each in view.by_kind
        ],
    )


def entry_body(view: CashEntryView) -> CashEntryBody:
    """Render an entry."""
    return CashEntryBody(
        source=view.source,
        source_id=view.source_id,
        kind=view.kind,
        occurred_at=view.occurred_at,
        instrument_id=view.instrument_id,
        amount=decimal_text(view.amount),
        balance=decimal_text(view.balance),
    )
