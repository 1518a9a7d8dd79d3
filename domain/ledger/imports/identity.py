"""What makes an entry of a file this entry and no other: its kind, the source's name for it, its content."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from domain.ledger.action_terms import ActionTerms, CostShare
from domain.ledger.action_terms import kind_of as kind_of_terms
from domain.ledger.imports.entry import ActionEntry, CashEntry, Entry, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.shared.instrument import InstrumentKey
from domain.shared.money import plain


class EntryKind(StrEnum):
    """What an entry becomes; names are unique within a kind."""

    FILL = "fill"
    CASH = "cash"
    ACTION = "action"
    TRANSFER = "transfer"


def kind_of(entry: Entry) -> EntryKind:
    """Return what the entry becomes."""
    match entry:
        case Fill():
            return EntryKind.FILL
        case CashEntry():
            return EntryKind.CASH
        case ActionEntry():
            return EntryKind.ACTION
        case TransferEntry():
            return EntryKind.TRANSFER


def name_of(entry: Entry) -> str | None:
    """Return the source's own name for the entry, if it has one."""
    return entry.fill_id if isinstance(entry, Fill) else entry.entry_id


def named_key(kind: EntryKind, name: str) -> str:
    """Return the key under which an entry counts once that its source names."""
    return f"{kind.value}:{name}"


def time_of(entry: Entry) -> datetime:
    """Return when it happened: the order in which entries are recorded."""
    return entry.executed_at if isinstance(entry, Fill) else entry.occurred_at


def content_hash(entry: Entry) -> str:
    """Return a digest of what makes the entry: of a fill its instrument, side, quantity, price and time.

    Fees, notes and the like stay out: brokers fill them in later, and a second export must not double an entry.
    """
    return sha256("\x1f".join(_content(entry)).encode()).hexdigest()


def _content(entry: Entry) -> tuple[str, ...]:
    match entry:
        case Fill():
            return (
                *_instrument(entry.instrument),
                entry.side.value,
                plain(entry.quantity),
                plain(entry.price),
                entry.executed_at.isoformat(),
            )
        case CashEntry():
            other = entry.received
            return (
                "cash",
                entry.kind.value,
                plain(entry.amount),
                entry.currency.code,
                plain(entry.tax),
                "" if other is None else f"{plain(other.amount)} {other.currency.code}",
                "" if entry.instrument is None else entry.instrument.symbol,
                entry.occurred_at.isoformat(),
                # two fees of one day differ in nothing but what they were for
                entry.notes or "",
            )
        case ActionEntry():
            return ("action", *_instrument(entry.instrument), _terms(entry), entry.effective_at.isoformat())
        case TransferEntry():
            return (
                "transfer",
                *_instrument(entry.instrument),
                entry.direction.value,
                plain(entry.quantity),
                entry.counterparty,
                entry.transferred_at.isoformat(),
            )


def _instrument(key: InstrumentKey) -> tuple[str, ...]:
    return (key.symbol, key.exchange, key.segment.value, key.currency.code)


def _terms(entry: ActionEntry) -> str:
    """Write the terms in one text that equal terms share, however their numbers are written."""
    into = "" if entry.into is None else "|".join(_instrument(entry.into))
    return f"{described(entry.terms)}|{into}"


def described(terms: ActionTerms) -> str:
    """Return an action's terms in a line: its kind and each of its numbers by name."""
    values = [(field.name, getattr(terms, field.name)) for field in fields(terms)]
    texts = [
        f"{name.replace('_', ' ')} {_shown(value)}"
        for name, value in values
        if value is not None and not isinstance(value, UUID)
    ]
    return ", ".join((kind_of_terms(terms).value.replace("_", " "), *texts))


def _shown(value: object) -> str:
    if isinstance(value, CostShare):
        return f"{value.numerator}/{value.denominator}"
    return plain(value) if isinstance(value, Decimal) else str(value)
