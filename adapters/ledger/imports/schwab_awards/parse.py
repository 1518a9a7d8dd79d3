"""Reads transactions in both spellings into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from adapters.ledger.imports.delimited.cells import BadCell, Cell
from domain.ledger.imports.errors import Unreadable

_RENAMED: Final = {"date": "eventDate", "feesAndCommissions": "totalCommissionsAndFees", "awardId": "awardName"}


class _Document(Struct):
    transactions: list[msgspec.Raw] | None = None
    Transactions: list[msgspec.Raw] | None = None


class Detail(Struct, rename="camel"):
    """What a transaction consists of: the shares of an award, or a sale out of one."""

    shares: str | None = None
    sale_price: str | None = None
    gross_proceeds: str | None = None
    award_date: str | None = None
    award_name: str | None = None
    vest_date: str | None = None
    vest_fair_market_value: str | None = None
    purchase_date: str | None = None
    purchase_price: str | None = None
    purchase_fair_market_value: str | None = None
    net_shares_deposited: str | None = None
    shares_withheld: str | None = None


class Transaction(Struct, rename="camel"):
    """A transaction; amounts are texts with a dollar sign."""

    event_date: str | None = None
    action: str | None = None
    symbol: str | None = None
    quantity: str | None = None
    description: str | None = None
    total_commissions_and_fees: str | None = None
    amount: str | None = None
    transaction_details: list[Detail] = []

    def cell(self, name: str) -> Cell:
        """Return a member as a cell."""
        return cell_of(self, name)


def cell_of(item: Transaction | Detail, name: str) -> Cell:
    """Return a member as a cell, empty for one that is null or missing."""
    value: object = getattr(item, name)
    return Cell(name.replace("_", " ").capitalize(), value.strip() if isinstance(value, str) else "")


def documents(content: bytes) -> Sequence[bytes]:
    """Return the transactions, each as it is written; raise Unreadable if there is no list of them."""
    try:
        found = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("The file is no JSON document with a list of transactions.") from error
    items = found.transactions if found.Transactions is None else found.Transactions
    if items is None:
        raise Unreadable("The document has no list of transactions.")
    return [bytes(item) for item in items]


def transaction(content: bytes) -> Transaction:
    """Return a transaction; raise BadCell for one whose members are not texts."""
    try:
        members = _uncapitalised(msgspec.json.decode(content, type=dict[str, object]))
        details = msgspec.convert(members.get("transactionDetails") or [], list[dict[str, object]])
        return msgspec.convert(members | {"transactionDetails": [_detail(item) for item in details]}, Transaction)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise BadCell(None, "The transaction has not the members of one, each a text or null.") from error


def _detail(item: dict[str, object]) -> dict[str, object]:
    """Return a detail, which newer exports wrap once more."""
    members = _uncapitalised(item)
    inner = members.get("details")
    return members if inner is None else _uncapitalised(msgspec.convert(inner, dict[str, object]))


def _uncapitalised(members: dict[str, object]) -> dict[str, object]:
    names = ((name[:1].lower() + name[1:], value) for name, value in members.items())
    return {_RENAMED.get(name, name): value for name, value in names}
