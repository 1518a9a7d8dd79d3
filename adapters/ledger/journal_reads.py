"""Journals from PostgreSQL: one snapshot, replayed position by position."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.action_store import ActionRow, action_of
from adapters.ledger.bulk import names, read_rows
from adapters.ledger.cash_store import CashMovementRow, cash_of
from adapters.ledger.marks import MARK, MARK_JOIN, MarkRow
from adapters.ledger.reader import Reader
from adapters.ledger.reading import Listing, reading
from adapters.ledger.rows import AccountRow, InstrumentRow, account_of, execution_of, instrument_of
from adapters.ledger.transfer_store import TransferRow, transfer_of
from application.ledger.journals import JournalHead, LedgerJournal
from application.ledger.wanted import PriceChoice
from domain.ledger.action_terms import into_of
from domain.ledger.cash import CashMovement
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.group import tied
from domain.ledger.journal import JournalEntry, journal
from domain.ledger.pair import Pair
from domain.ledger.pnl import Mark
from domain.ledger.terms import Terms
from domain.ledger.transfer import Transfer
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.moment import NOW, Moment

_ACCOUNTS = f"SELECT {', '.join(f'x.{name}' for name in names(AccountRow))} FROM accounts x"
_INSTRUMENTS = (
    f"SELECT {', '.join(f'i.{name}' for name in names(InstrumentRow))}, {MARK} FROM instruments x "
    f"JOIN instruments i ON i.organisation_id = x.organisation_id AND i.id = x.id {MARK_JOIN}"
)
_ACTIONS = f"SELECT {', '.join(f'x.{name}' for name in names(ActionRow))} FROM corporate_actions x"
_TRANSFERS = f"SELECT {', '.join(f'x.{name}' for name in names(TransferRow))} FROM transfers x"
_BEGINS = "SELECT min(x.executed_at) FROM trades x"
_CASH_BEGINS = "SELECT min(x.occurred_at) FROM cash_movements x"
_CASH = f"SELECT {', '.join(f'x.{name}' for name in names(CashMovementRow))} FROM cash_movements x"


class _ExecutionRow(Struct, frozen=True):
    account_id: UUID
    instrument_id: UUID
    executed_at: datetime
    sequence: int
    id: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fees_total: Decimal
    lot_selection: list[list[str]] | None

    @property
    def pair(self) -> Pair:
        return Pair(AccountId(self.account_id), InstrumentId(self.instrument_id))

    @property
    def execution(self) -> Execution:
        return execution_of(
            self.executed_at,
            self.sequence,
            self.id,
            self.side,
            self.quantity,
            self.price,
            self.fees_total,
            self.lot_selection,
        )


class _BeginRow(Struct, frozen=True):
    at: datetime | None


_WIDTH = len(names(InstrumentRow))


@dataclass(frozen=True, slots=True)
class _Facts:
    head: JournalHead
    actions: Sequence[CorporateAction]
    transfers: Sequence[Transfer]
    linked: frozenset[InstrumentId] = field(init=False)

    def __post_init__(self) -> None:
        leading = [(each.details.instrument_id, into_of(each.details.terms)) for each in self.actions]
        ties = {id_ for one, into in leading if into is not None for id_ in (one, into)}
        ties |= {each.details.instrument_id for each in self.transfers}
        object.__setattr__(self, "linked", frozenset(ties))

    def terms(self, pair: Pair) -> Terms:
        return Terms.of(self.head.accounts[pair.account_id], self.head.instruments[pair.instrument_id])

    def of(self, executions: Mapping[Pair, Sequence[Execution]]) -> list[JournalEntry]:
        """The entries of these positions and of all that are tied to them."""
        pairs = tied(executions, self.actions, self.transfers)
        instruments = {pair.instrument_id for pair in pairs}
        concerned = [each for each in self.actions if each.details.instrument_id in instruments]
        moved = [each for each in self.transfers if each.details.instrument_id in instruments]
        return journal({pair: self.terms(pair) for pair in sorted(pairs)}, executions, concerned, moved)


@final
class SqlLedgerJournal(LedgerJournal):
    """Replays what is recorded; only positions that actions or transfers tie together are in memory at once."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlLedgerJournal:
        """Return the same as of the moment."""
        return SqlLedgerJournal(self._engine, moment)

    async def entries(self, actor: Actor) -> AsyncIterator[JournalHead | JournalEntry | CashMovement]:
        """Yield the head and the entries."""
        async with reading(self._engine, actor, self._moment) as connection:
            facts = _Facts(
                await _head(connection, actor), await _actions(connection, actor), await _transfers(connection, actor)
            )
            yield facts.head
            together: dict[Pair, list[Execution]] = {}
            async for pair, executions in _histories(connection, actor):
                if pair.instrument_id in facts.linked:
                    together[pair] = executions
                    continue
                for entry in facts.of({pair: executions}):
                    yield entry
            for entry in facts.of(together) if together else ():
                yield entry
            listing = Listing(actor, _CASH, ["x.voided_at IS NULL"], order="ORDER BY x.occurred_at, x.id")
            async for part in listing.stream(connection):
                for row in read_rows(part, CashMovementRow):
                    yield cash_of(row, actor.organisation_id)


async def _head(connection: Reader, actor: Actor) -> JournalHead:
    accounts = read_rows(await Listing(actor, _ACCOUNTS).run(connection), AccountRow)
    rows = list(await Listing(actor, _INSTRUMENTS, order="ORDER BY x.symbol, x.id").run(connection))
    instruments = [instrument_of(row) for row in read_rows((row[:_WIDTH] for row in rows), InstrumentRow)]
    prices = [row.mark(PriceChoice.USER_OR_LAST_TRADE) for row in read_rows((row[_WIDTH:] for row in rows), MarkRow)]
    marks: list[tuple[InstrumentId, Mark]] = [
        (instrument.id, mark) for instrument, mark in zip(instruments, prices, strict=True) if mark is not None
    ]
    firsts = [
        row.at
        for select in (_BEGINS, _CASH_BEGINS)
        for row in read_rows(await Listing(actor, select, ["x.voided_at IS NULL"]).run(connection), _BeginRow)
        if row.at is not None
    ]
    return JournalHead(
        accounts={AccountId(row.id): account_of(row, actor.organisation_id) for row in accounts},
        instruments={instrument.id: instrument for instrument in instruments},
        marks=marks,
        begins=min(firsts, default=None),
    )


async def _actions(connection: Reader, actor: Actor) -> Sequence[CorporateAction]:
    found = await Listing(actor, _ACTIONS, ["x.voided_at IS NULL"]).run(connection)
    return [action_of(row, actor.organisation_id) for row in read_rows(found, ActionRow)]


async def _transfers(connection: Reader, actor: Actor) -> Sequence[Transfer]:
    found = await Listing(actor, _TRANSFERS, ["x.voided_at IS NULL"]).run(connection)
    return [transfer_of(row, actor.organisation_id) for row in read_rows(found, TransferRow)]


async def _histories(connection: Reader, actor: Actor) -> AsyncIterator[tuple[Pair, list[Execution]]]:
    """Yield the executions of one position after the other."""
    columns = ", ".join(f"x.{name}" for name in names(_ExecutionRow))
    listing = Listing(
        actor,
        f"SELECT {columns} FROM trades x",
        ["x.voided_at IS NULL"],
        order="ORDER BY x.account_id, x.instrument_id",
    )
    last: tuple[Pair, list[Execution]] | None = None
    async for part in listing.stream(connection):
        for pair, executions in _by_pair(part):
            if last is not None and last[0] == pair:
                last[1].extend(executions)
                continue
            if last is not None:
                yield last
            last = (pair, executions)
    if last is not None:
        yield last


def _by_pair(rows: Sequence[Sequence[object]]) -> Iterator[tuple[Pair, list[Execution]]]:
    for pair, group in groupby(read_rows(rows, _ExecutionRow), key=lambda row: row.pair):
        yield pair, [row.execution for row in group]
