"""What goes over the wire for reconciliations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.reconciliation_views import (
    CashLine,
    ProposalView,
    ReconcileAccountCommand,
    ReconciledCash,
    ReconciledHolding,
    Reconciliation,
)
from application.ledger.views import AccountView
from domain.ledger.cash_kind import CashKind
from domain.ledger.reconciliation import BrokerLine, Status
from domain.ledger.remedy import CorrectPrice, MoveFrom, RecordSplit, RecordTrade, UseMethod, VoidTrade
from domain.shared.ids import AccountId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import EXACT, ZERO
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.ledger.texts import ExchangeText, IsinText, SymbolText
from entrypoints.http.types import (
    AmountText,
    CurrencyText,
    DateText,
    DecimalText,
    Instant,
    InstantText,
    decimal_text,
    to_currency,
    to_date,
    to_decimal,
    to_instant,
)

MOST_LINES: Final = 2_000
_MOST_CURRENCIES: Final = 200


class PositionLineRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A line of the broker's positions. The more it says of the instrument, the less can be mistaken."""

    symbol: SymbolText | None = None
    isin: IsinText | None = None
    exchange: ExchangeText | None = None
    segment: Segment | None = None
    currency: CurrencyText | None = None
    quantity: Annotated[DecimalText, Meta(description="Negative for a short.", examples=["10"])]
    cost: Annotated[DecimalText | None, Meta(description="Of all units, with fees or without.")] = None
    price: Annotated[DecimalText | None, Meta(description="What the broker values a unit at.")] = None

    def to_line(self) -> BrokerLine:
        """Return the line; raise Invalid for one that names no instrument."""
        return BrokerLine(
            symbol=self.symbol,
            isin=self.isin,
            exchange=self.exchange,
            segment=self.segment,
            currency=None if self.currency is None else to_currency(self.currency),
            quantity=to_decimal(self.quantity, "quantity"),
            cost=None if self.cost is None else to_decimal(self.cost, "cost"),
            price=None if self.price is None else to_decimal(self.price, "price"),
        )


class CashLineRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The cash in one currency."""

    currency: CurrencyText
    balance: Annotated[DecimalText, Meta(description="Negative for what is owed.", examples=["1250.4"])]

    def to_line(self) -> CashLine:
        """Return the line."""
        return CashLine(to_currency(self.currency), to_decimal(self.balance, "balance"))


class ReconcileRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """All that the broker's statement says is held. Without `asOf` and `day` it is compared with all recorded."""

    account_id: UUID
    as_of: Annotated[InstantText | None, Meta(description="The moment of the statement.")] = None
    day: Annotated[
        DateText | None, Meta(description="Instead: the close of a day in the account's zone.", examples=[None])
    ] = None
    positions: Annotated[
        Annotated[
            list[PositionLineRequest], Meta(max_length=MOST_LINES, examples=[[{"symbol": "INFY", "quantity": "10"}]])
        ]
        | None,
        Meta(description="null if only cash is to be compared. What is not in the list is not held."),
    ] = None
    cash: Annotated[
        Annotated[list[CashLineRequest], Meta(max_length=_MOST_CURRENCIES)] | None,
        Meta(description="null if only positions are to be compared."),
    ] = None

    def to_command(self) -> ReconcileAccountCommand:
        """Return the command; raise Invalid."""
        return ReconcileAccountCommand(
            account_id=AccountId(self.account_id),
            lines=None if self.positions is None else [line.to_line() for line in self.positions],
            cash=None if self.cash is None else [line.to_line() for line in self.cash],
            as_of=None if self.as_of is None else to_instant(self.as_of, "asOf"),
            day=None if self.day is None else to_date(self.day, "day"),
        )


class ProposalKind(StrEnum):
    """What a proposal does."""

    RECORD_SPLIT = "record_split"
    VOID_DUPLICATE = "void_duplicate"
    RECORD_OPENING_TRADE = "record_opening_trade"
    RECORD_TRADE = "record_trade"
    RECORD_TRANSFER = "record_transfer"
    CHANGE_COST_METHOD = "change_cost_method"
    CORRECT_PRICE = "correct_price"
    RECORD_CASH_MOVEMENT = "record_cash_movement"


class ProposedRequest(Struct, rename="camel", kw_only=True):
    """The request that does it; send it with an Idempotency-Key."""

    method: Annotated[str, Meta(examples=["POST"])]
    path: Annotated[str, Meta(examples=["/api/v1/trades"])]
    if_match: Annotated[str, Meta(description="The header If-Match, if it takes one.", examples=['"1"'])] | None
    body: Annotated[dict[str, object], Meta(examples=[{"side": "buy", "quantity": "10"}])]


class ProposalBody(Struct, rename="camel", kw_only=True):
    """Something that would make both sides agree. Look at the reason first: one is right at most."""

    kind: ProposalKind
    reason: Annotated[str, Meta(examples=["The quantities differ by the ratio 4 for 1: record a split."])]
    matches: Annotated[bool, Meta(description="Whether nothing differs then; if not, the cost still does.")]
    request: ProposedRequest


class ReconciledHoldingBody(Struct, rename="camel", kw_only=True):
    """One holding from both sides. Costs have no sign; a difference is what the broker has more than the ledger."""

    status: Annotated[Status, Meta(examples=["matched"])]
    lines: Annotated[
        list[Annotated[int, Meta(ge=1)]], Meta(description="The lines of `positions`, from 1.", examples=[[1]])
    ]
    instrument: InstrumentBody | None
    ledger_quantity: AmountText
    broker_quantity: AmountText
    quantity_difference: AmountText
    ledger_cost: Annotated[AmountText, Meta(description="With fees.", examples=["1450.5"])]
    broker_cost: AmountText | None
    cost_difference: AmountText | None
    proposals: Annotated[list[ProposalBody], Meta(description="The most convincing first.")]


class ReconciledCashBody(Struct, rename="camel", kw_only=True):
    """The cash in one currency from both sides."""

    currency: CurrencyText
    ledger_balance: AmountText
    broker_balance: AmountText
    difference: AmountText
    proposals: list[ProposalBody]


class ReconciliationBody(Struct, rename="camel", kw_only=True):
    """The comparison, and until when the account is locked: what is proposed for before is refused until you unlock."""

    account_id: UUID
    compared_at: Instant
    is_matched: bool
    locked_through: Annotated[str, Meta(examples=["2025-03-31"])] | None
    positions: list[ReconciledHoldingBody]
    cash: list[ReconciledCashBody]


def reconciliation_body(view: Reconciliation) -> ReconciliationBody:
    """Render a reconciliation."""
    locked = view.account.locked_through
    return ReconciliationBody(
        account_id=view.account.id,
        compared_at=view.at,
        is_matched=view.is_matched,
        locked_through=None if locked is None else locked.isoformat(),
        positions=[_holding(view.account, each) for each in view.holdings],
        cash=[_cash(view, each) for each in view.cash],
    )


def _holding(account: AccountView, holding: ReconciledHolding) -> ReconciledHoldingBody:
    standing, stated = holding.standing, holding.stated
    quantity = ZERO if stated is None else stated.quantity
    cost = None if stated is None else stated.cost
    return ReconciledHoldingBody(
        status=holding.status,
        lines=[place + 1 for place in holding.lines],
        instrument=None if holding.instrument is None else instrument_body(holding.instrument),
        ledger_quantity=decimal_text(standing.quantity),
        broker_quantity=decimal_text(quantity),
        quantity_difference=decimal_text(holding.quantity_difference),
        ledger_cost=decimal_text(standing.cost),
        broker_cost=None if cost is None else decimal_text(cost),
        cost_difference=None if holding.cost_difference is None else decimal_text(holding.cost_difference),
        proposals=[_proposal(account, holding, each) for each in holding.proposals],
    )


def _proposal(account: AccountView, holding: ReconciledHolding, view: ProposalView) -> ProposalBody:
    kind, reason, request = _told(account, holding, view)
    return ProposalBody(kind=kind, reason=reason, matches=view.proposal.matches, request=request)


def _told(
    account: AccountView, holding: ReconciledHolding, view: ProposalView
) -> tuple[ProposalKind, str, ProposedRequest]:
    remedy = view.proposal.remedy
    instrument_id = "" if holding.instrument is None else str(holding.instrument.id)
    match remedy:
        case RecordSplit(new, old, at):
            body: Mapping[str, object] = {
                "instrumentId": instrument_id,
                "accountId": str(account.id),
                "effectiveAt": _when(at),
                "terms": {"kind": "split", "new": new, "old": old},
            }
            reason = (
                f"The quantities differ by the ratio {new} for {old} exactly: record the split, with the instant from "
                "which it was effective if you know it."
            )
            return ProposalKind.RECORD_SPLIT, reason, _request("/corporate-actions", body)
        case VoidTrade(trade_id, twin_id, at):
            reason = (
                f"The trade {trade_id} of {_when(at)} makes the whole difference and says what {twin_id} says: "
                "void it if it is the same fill."
            )
            path = f"/trades/{trade_id}/void"
            return ProposalKind.VOID_DUPLICATE, reason, _request(path, {"reason": "Duplicate"}, version=view.version)
        case RecordTrade():
            kind = ProposalKind.RECORD_OPENING_TRADE if remedy.is_opening else ProposalKind.RECORD_TRADE
            return kind, _why_trade(remedy), _request("/trades", _trade(account, holding.key, remedy))
        case MoveFrom(account_id, quantity, at):
            body = {
                "fromAccountId": str(account_id),
                "toAccountId": str(account.id),
                "instrumentId": instrument_id,
                "quantity": decimal_text(quantity),
                "transferredAt": _when(at),
            }
            reason = f"Your account {account_id} holds what is missing here: record the transfer if it was moved."
            return ProposalKind.RECORD_TRANSFER, reason, _request("/transfers", body)
        case UseMethod(method):
            reason = f"Under the cost method {method.value} the cost is the broker's: let the account use it."
            path = f"/accounts/{account.id}"
            request = _request(path, {"costMethod": method.value}, method="PATCH", version=account.version)
            return ProposalKind.CHANGE_COST_METHOD, reason, request
        case CorrectPrice(trade_id, price):
            reason = f"At a price of {decimal_text(price)} the trade {trade_id} has the broker's cost: correct it."
            request = _request(
                f"/trades/{trade_id}", {"price": decimal_text(price)}, method="PATCH", version=view.version
            )
            return ProposalKind.CORRECT_PRICE, reason, request


def _why_trade(trade: RecordTrade) -> str:
    what = f"{trade.side.value} of {decimal_text(trade.quantity)} at {decimal_text(trade.price)}"
    if trade.is_opening:
        return f"More was sold than is known to be bought: record a {what} from before the first trade."
    return f"A {what} closes the gap: record it, with the time and the price of the broker's if you know them."


def _trade(account: AccountView, key: InstrumentKey | None, trade: RecordTrade) -> Mapping[str, object]:
    named: Mapping[str, object] = (
        {}
        if key is None
        else {
            "symbol": key.symbol,
            "exchange": key.exchange,
            "segment": key.segment.value,
            "currency": key.currency.code,
        }
    )
    return {
        "accountId": str(account.id),
        "instrument": named,
        "side": trade.side.value,
        "quantity": decimal_text(trade.quantity),
        "price": decimal_text(trade.price),
        "executedAt": _when(trade.at),
        "notes": "Recorded to agree with the broker's statement",
    }


def _cash(view: Reconciliation, cash: ReconciledCash) -> ReconciledCashBody:
    missing = cash.difference
    proposals: list[ProposalBody] = []
    if missing:
        kind = CashKind.DEPOSIT if missing > ZERO else CashKind.WITHDRAWAL
        body: Mapping[str, object] = {
            "accountId": str(view.account.id),
            "kind": kind.value,
            "amount": decimal_text(EXACT.abs(missing)),
            "currency": cash.currency.code,
            "occurredAt": _when(view.at),
            "notes": "Recorded to agree with the broker's statement",
        }
        reason = (
            f"A {kind.value} of {decimal_text(EXACT.abs(missing))} {cash.currency} closes the gap: record it, as what "
            "it was if you know that."
        )
        request = _request("/cash-movements", body)
        proposals.append(
            ProposalBody(kind=ProposalKind.RECORD_CASH_MOVEMENT, reason=reason, matches=True, request=request)
        )
    return ReconciledCashBody(
        currency=cash.currency.code,
        ledger_balance=decimal_text(cash.balance),
        broker_balance=decimal_text(cash.stated),
        difference=decimal_text(missing),
        proposals=proposals,
    )


def _when(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _request(
    path: str, body: Mapping[str, object], *, method: str = "POST", version: int | None = None
) -> ProposedRequest:
    match_ = None if version is None else f'"{version}"'
    return ProposedRequest(method=method, path=f"/api/v1{path}", if_match=match_, body=dict(body))
