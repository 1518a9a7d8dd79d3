"""All that reads of the past see of what follows from trades, beside a replay of what is recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.projection_rows import (
    DisposalRow,
    EventCashRow,
    LotRow,
    MatchRow,
    PositionRow,
    RoundTripRow,
    SumsRow,
    disposal_of,
    disposal_row,
    event_cash_of,
    lot_of,
    position_row,
    round_trip_of,
    sums_row,
)
from adapters.ledger.reader import Reader, Rows
from adapters.ledger.reading import reading
from domain.ledger.group import Replays, replay_group, tied
from domain.ledger.pair import Pair
from domain.ledger.replay import Replay
from domain.ledger.terms import Terms
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.moment import Moment
from tests.ledgers import Desk

_Row: TypeAlias = PositionRow | SumsRow | LotRow | DisposalRow | MatchRow | RoundTripRow | EventCashRow


class Book(NamedTuple):
    """What is told of one pair, by id: totals, sums over disposals, and what these are made of."""

    position: PositionRow
    sums: SumsRow
    lots: Mapping[UUID, object]
    disposals: Mapping[UUID, object]
    round_trips: Mapping[UUID, object]
    event_cash: Mapping[UUID, object]


async def books_then(engine: AsyncEngine, actor: Actor, moment: Moment) -> dict[Pair, Book]:
    """Return what reads of the moment see, without the pairs in which nothing had happened."""
    found: defaultdict[str, defaultdict[Pair, dict[UUID, object]]] = defaultdict(lambda: defaultdict(dict))
    async with reading(engine, actor, moment) as connection:
        positions = read_rows(await _rows(connection, "positions", PositionRow), PositionRow)
        sums = read_rows(await _rows(connection, "positions", SumsRow), SumsRow)
        matches: defaultdict[UUID, list[MatchRow]] = defaultdict(list)
        for match in read_rows(await _rows(connection, "lot_matches", MatchRow, "ORDER BY ordinal"), MatchRow):
            matches[match.disposal_id].append(match)
        for lot in read_rows(await _rows(connection, "lots", LotRow), LotRow):
            found["lots"][_pair(lot)][lot.id] = lot_of(lot)
        for disposal in read_rows(await _rows(connection, "disposals", DisposalRow), DisposalRow):
            found["disposals"][_pair(disposal)][disposal.id] = disposal_of(disposal, matches.pop(disposal.id, []))
        for trip in read_rows(await _rows(connection, "round_trips", RoundTripRow), RoundTripRow):
            found["trips"][_pair(trip)][trip.id] = round_trip_of(trip)
        for cash in read_rows(await _rows(connection, "event_cash", EventCashRow), EventCashRow):
            found["cash"][_pair(cash)][cash.id] = event_cash_of(cash)
    assert not matches
    books = {
        _pair(row): Book(row, total, *(found[name][_pair(row)] for name in ("lots", "disposals", "trips", "cash")))
        for row, total in zip(positions, sums, strict=True)
    }
    assert not any(pair not in books for each in found.values() for pair in each)
    return {pair: book for pair, book in books.items() if not _is_empty(book)}


async def replayed_until(desk: Desk, until: datetime | None = None) -> dict[Pair, Book]:
    """Return the same from a replay of all that is recorded and happened no later."""
    async with desk.units(desk.actor.organisation_id) as unit:
        pairs = await unit.positions.pairs_of()
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
        accounts = await unit.accounts.find({pair.account_id for pair in pairs})
        actions = await unit.corporate_actions.touching(instruments)
        transfers = await unit.transfers.touching(instruments)
        executions = await unit.trades.executions(pairs)
    terms = {
        pair: Terms.of(accounts[pair.account_id], instruments[pair.instrument_id])
        for pair in tied(pairs, actions, transfers)
    }
    return _books(replay_group(terms, executions, actions, transfers, until))


def _books(replays: Replays) -> dict[Pair, Book]:
    books = {pair: _book(pair, each) for pair, each in replays.items()}
    return {pair: book for pair, book in books.items() if not _is_empty(book)}


def _book(pair: Pair, replay: Replay) -> Book:
    return Book(
        position_row(replay.position),
        sums_row([disposal_row(each, pair) for each in replay.disposals], pair),
        {each.id: each for each in replay.lots},
        {each.id: each for each in replay.disposals},
        {each.id: each for each in replay.round_trips},
        {each.id: each for each in replay.event_cash},
    )


def _is_empty(book: Book) -> bool:
    return not (book.position.trade_count or book.lots or book.disposals)


async def _rows(
    connection: Reader, table: str, row_type: type[_Row], order: str = "ORDER BY account_id, instrument_id"
) -> Rows:
    return await connection.execute(text(f"SELECT {', '.join(names(row_type))} FROM {table} {order}"))  # noqa: S608 - names of columns and tables


def _pair(row: PositionRow | LotRow | DisposalRow | RoundTripRow | EventCashRow) -> Pair:
    return Pair(AccountId(row.account_id), InstrumentId(row.instrument_id))
