"""What can go wrong in the ledger that users meet under a name of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, CorporateActionId
from domain.shared.instrument import InstrumentKey
from domain.shared.money import plain


class InstrumentConflict(Invalid):
    """A trade names a known instrument with another multiplier; one of the two would falsify figures."""

    code = "instrument_conflict"

    def __init__(self, key: InstrumentKey, *, known: Decimal, given: Decimal) -> None:
        super().__init__(
            f"{key.symbol} on {key.exchange} ({key.segment.value}, {key.currency}) is known with the multiplier "
            f"{plain(known)}; got {plain(given)}. Leave the multiplier out, or use another symbol.",
            field="instrument.multiplier",
            known=plain(known),
            given=plain(given),
        )


class DuplicateTrade(Conflict):
    """The account has this fill already."""

    code = "duplicate_trade"

    def __init__(self, broker_trade_id: str | None) -> None:
        named = "this fill" if broker_trade_id is None else f"the broker's fill {broker_trade_id!r}"
        super().__init__(
            f"The account already has {named} of this instrument with the same side, time, quantity and price; "
            "nothing was recorded.",
            brokerTradeId=broker_trade_id,
        )


class DuplicateCorporateAction(Conflict):
    """The same action is on record already; counted twice it would falsify every figure after it."""

    code = "duplicate_corporate_action"

    def __init__(self, known: CorporateActionId) -> None:
        super().__init__(
            f"Corporate action {known} is of the same kind for the same instrument and instant; nothing was recorded. "
            "Void it first if it is wrong.",
            corporateActionId=str(known),
        )
        self.known = known


class PeriodLocked(Conflict):
    """What would change belongs to a period whose statement is settled."""

    code = "period_locked"

    def __init__(self, account_id: AccountId, label: str, through: date, change: str) -> None:
        super().__init__(
            f"Account {label!r} is locked through {through}, and {change}. If that is meant to change, first set the "
            "account's lockedThrough to an earlier day or to null.",
            accountId=str(account_id),
            lockedThrough=through.isoformat(),
        )


class TooManyToExplain(Invalid):
    """An explanation would be larger than anybody can read or a request may carry."""

    code = "too_many_to_explain"

    def __init__(self, found: int, limit: int, kind: str = "disposals") -> None:
        super().__init__(
            f"This figure comes from {found} {kind}; at most {limit} are explained at once. "
            "Narrow it by account, instrument or dates.",
            found=found,
            limit=limit,
        )
