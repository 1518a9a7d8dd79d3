"""Cash that leaves one place and arrives in another: two movements made together, each naming the other.

A transfer keeps its currency and changes the account; a conversion keeps the account and changes the currency. Both
sides happen at one instant, so that no total of all accounts ever holds the cash twice or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from domain.ledger.account import Account
from domain.ledger.cash import CashDetails, CashMovement
from domain.ledger.cash_kind import CashKind
from domain.shared.errors import Invalid
from domain.shared.ids import CashMovementId, ImportId
from domain.shared.money import Money

_INWARD: Final = "|in"
# the side that goes out, then the one that comes in
Sides: TypeAlias = tuple[CashMovement, CashMovement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What both sides have in common."""

    occurred_at: datetime
    value_date: date | None = None
    notes: str | None = None


def transfer(
    ids: tuple[CashMovementId, CashMovementId],
    accounts: tuple[Account, Account],
    amount: Money,
    said: Circumstances,
    now: datetime,
) -> Sides:
    """Return both sides of a transfer from the first account to the second; raise Invalid for one and the same."""
    (source, target), (out, in_) = accounts, ids
    if source.id == target.id:
        raise Invalid("A transfer needs two accounts; name another one to transfer to.", field="toAccountId")
    left, arrived = _details(CashKind.TRANSFER_OUT, amount, said), _details(CashKind.TRANSFER_IN, amount, said)
    return (
        CashMovement.record(out, source, left, now, counterpart_id=in_),
        CashMovement.record(in_, target, arrived, now, counterpart_id=out),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The import that a conversion comes from, and its key there."""

    import_id: ImportId
    source_key: str


def convert(
    ids: tuple[CashMovementId, CashMovementId],
    account: Account,
    amounts: tuple[Money, Money],
    said: Circumstances,
    now: datetime,
    *,
    origin: Origin | None = None,
    said_in: Circumstances | None = None,
) -> Sides:
    """Return both sides of a conversion of the first amount into the second; raise Invalid within one currency.

    Both sides carry the key, the one that comes in with a mark: one is not stored without the other. `said_in` is said
    of what comes in, if that is not the same.
    """
    (given, received), (out, in_) = amounts, ids
    if given.currency == received.currency:
        raise Invalid(
            f"{given.currency} into {received.currency} is no conversion; name another currency.",
            field="received.currency",
        )
    import_id = None if origin is None else origin.import_id
    left, arrived = (
        _details(CashKind.CONVERSION_OUT, given, said),
        _details(CashKind.CONVERSION_IN, received, said_in or said),
    )
    return (
        CashMovement.record(
            out, account, left, now, counterpart_id=in_, source_key=_key(origin, ""), import_id=import_id
        ),
        CashMovement.record(
            in_, account, arrived, now, counterpart_id=out, source_key=_key(origin, _INWARD), import_id=import_id
        ),
    )


def _details(kind: CashKind, amount: Money, said: Circumstances) -> CashDetails:
    return CashDetails(
        kind=kind,
        amount=amount.amount,
        currency=amount.currency,
        occurred_at=said.occurred_at,
        value_date=said.value_date,
        notes=said.notes,
    )


def _key(origin: Origin | None, mark: str) -> str | None:
    return None if origin is None else f"{origin.source_key}{mark}"
