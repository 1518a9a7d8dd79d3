"""The whole ledger as a journal in double entry, from one snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from domain.ledger.account import Account
from domain.ledger.cash import CashMovement
from domain.ledger.journal import JournalEntry
from domain.ledger.pnl import Mark
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Instrument
from domain.shared.moment import Moment


@dataclass(frozen=True, slots=True)
class JournalHead:
    """What entries refer to, the last known prices, and when the first trade or movement of cash was."""

    accounts: Mapping[AccountId, Account]
    instruments: Mapping[InstrumentId, Instrument]
    marks: Sequence[tuple[InstrumentId, Mark]]
    begins: datetime | None


class LedgerJournal(Protocol):
    """Journals of a whole organisation: what moves between accounts needs both."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    def entries(self, actor: Actor) -> AsyncIterator[JournalHead | JournalEntry | CashMovement]:
        """Yield the head, then the entries, those of each position and of positions tied to it in order of time.

        Movements of cash come last, in order of time.
        """
        ...
