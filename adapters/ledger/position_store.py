"""The stored projections of the trades on PostgreSQL: positions, lots, disposals, matches, round trips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar, final
from uuid import UUID

from sqlalchemy import TextClause, TextualSelect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger import disposal_days
from adapters.ledger.bulk import encode, insert_rows, names, read_rows, recordset, run, select_rows, upsert_rows
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
    event_cash_row,
    lot_of,
    lot_row,
    match_row,
    position_row,
    round_trip_of,
    round_trip_row,
    sums_row,
)
from adapters.ledger.projection_tables import disposals, event_cash, lot_matches, lots, positions, round_trips
from adapters.ledger.stores import PAIRS, encode_pairs
from application.ledger.position_ports import PositionStore, Projection, ProjectionChange
from application.shared.ports import IdFactory
from domain.ledger.disposal import Disposal
from domain.ledger.execution import OrderKey
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import EventCash
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, InstrumentId, LotId, OrganisationId, TradeId

R = TypeVar("R")

_JOIN = f"JOIN {PAIRS} ON x.account_id = p.account_id AND x.instrument_id = p.instrument_id"
_OURS = "WHERE x.organisation_id = :organisation"


def _select(
    table: str, row_type: type[LotRow | DisposalRow | RoundTripRow | PositionRow | EventCashRow], tail: str = ""
) -> TextualSelect:
    listed = ", ".join(f"x.{name}" for name in names(row_type))
    return select_rows(f"SELECT {listed} FROM {table} x {_JOIN} {_OURS} {tail}", row_type)


# in the order of the pair, as is the locking: writers wait for each other and never in a circle. The instruments come
# first: who has them locked may be about to make the same positions
_MAKE = text(
    "WITH i AS MATERIALIZED (SELECT id FROM instruments WHERE organisation_id = :organisation "
    "AND id = ANY(:instruments) ORDER BY id FOR KEY SHARE) "
    "INSERT INTO positions (organisation_id, id, account_id, instrument_id, quantity, open_cost, cash_in, cash_out, "
    "realised, fees, unmatched_quantity, unmatched_proceeds, trade_count, disposal_count, carried_in, carried_out, "
    "pooled_fees, disposed_proceeds, disposed_cost, disposed_fees, missing_disposals) "
    "SELECT :organisation, r.id, r.account_id, r.instrument_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 "
    "FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, account_id uuid, instrument_id uuid) "
    "JOIN i ON i.id = r.instrument_id "
    "ORDER BY r.account_id, r.instrument_id ON CONFLICT (organisation_id, account_id, instrument_id) DO NOTHING"
)
_HOLD = text(
    "SELECT x.account_id, x.instrument_id, x.last_executed_at, x.last_sequence, x.last_trade_id "
    f"FROM positions x {_JOIN} {_OURS} ORDER BY x.account_id, x.instrument_id FOR UPDATE OF x"
)
_MENDED = text(
    f"UPDATE positions SET mended_at = :now FROM {PAIRS} "
    "WHERE organisation_id = :organisation AND positions.account_id = p.account_id "
    "AND positions.instrument_id = p.instrument_id"
)
_TOTALS = _select("positions", PositionRow)
_OPEN_LOTS = _select("lots", LotRow, "AND x.closed_at IS NULL ORDER BY x.opened_at, x.sequence, x.id")
_OPEN_TRIPS = _select("round_trips", RoundTripRow, "AND x.closed_at IS NULL")
_ALL_LOTS = _select("lots", LotRow)
_ALL_DISPOSALS = _select("disposals", DisposalRow)
_ALL_TRIPS = _select("round_trips", RoundTripRow)
_ALL_CASH = _select("event_cash", EventCashRow)
_ALL_MATCHES = select_rows(
    f"SELECT {', '.join(f'm.{name}' for name in names(MatchRow))} FROM disposals x {_JOIN} "
    "JOIN lot_matches m ON m.organisation_id = x.organisation_id AND m.disposal_id = x.id "
    f"{_OURS} ORDER BY m.disposal_id, m.ordinal",
    MatchRow,
)
_FOUND = ("account_id", "instrument_id")
_SAVE_TOTALS = text(
    "UPDATE positions x SET "
    + ", ".join(f"{name} = r.{name}" for name in names(PositionRow) if name not in _FOUND)
    + f", updated_at = :now FROM {recordset(positions)} "
    f"{_OURS} AND x.account_id = r.account_id AND x.instrument_id = r.instrument_id"
)
_SUMS = ("disposed_proceeds", "disposed_cost", "disposed_fees", "missing_disposals")
# new disposals are added to the sums; where others changed or went, the pair is summed up again
_ADD_SUMS = text(
    f"UPDATE positions x SET {', '.join(f'{name} = x.{name} + r.{name}' for name in _SUMS)} "
    f"FROM {recordset(positions)} {_OURS} AND x.account_id = r.account_id AND x.instrument_id = r.instrument_id"
)
_SUM_UP = text(
    "UPDATE positions x SET disposed_proceeds = s.proceeds, disposed_cost = s.cost, disposed_fees = s.fees, "
    "missing_disposals = s.missing FROM (SELECT p.account_id, p.instrument_id, "
    "coalesce(sum(d.proceeds - d.unmatched_proceeds), 0) AS proceeds, coalesce(sum(d.cost), 0) AS cost, "
    "coalesce(sum(d.matched_fees), 0) AS fees, count(*) FILTER (WHERE d.unmatched_quantity > 0) AS missing "
    f"FROM {PAIRS} LEFT JOIN disposals d ON d.organisation_id = :organisation AND d.account_id = p.account_id "
    "AND d.instrument_id = p.instrument_id GROUP BY p.account_id, p.instrument_id) s "
    f"{_OURS} AND x.account_id = s.account_id AND x.instrument_id = s.instrument_id"
)
_PUT_LOTS = upsert_rows(lots, LotRow, ["id"])
_PUT_DISPOSALS = upsert_rows(disposals, DisposalRow, ["id"])
_PUT_TRIPS = upsert_rows(round_trips, RoundTripRow, ["id"])
_PUT_CASH = upsert_rows(event_cash, EventCashRow, ["id"])
_ADD_MATCHES = insert_rows(lot_matches, MatchRow)


def _delete(table: str, column: str = "id") -> TextClause:
    return text(
        f"DELETE FROM {table} WHERE organisation_id = :organisation "
        f"AND {column} IN (SELECT CAST(r AS uuid) FROM json_array_elements_text(CAST(:rows AS json)) AS r)"
    )


_DROP_MATCHES = _delete("lot_matches", "disposal_id")
_DROP_DISPOSALS = _delete("disposals")
_DROP_LOTS = _delete("lots")
_DROP_TRIPS = _delete("round_trips")
_DROP_CASH = _delete("event_cash")


@final
class SqlPositionStore(PositionStore):
    """Projections of one organisation."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId, ids: IdFactory) -> None:
        self._connection = connection
        self._organisation = organisation_id
        self._ids = ids

    async def hold(self, pairs: Iterable[Pair]) -> Mapping[Pair, OrderKey | None]:
        """Make what is missing, then lock all; both in the order of the pairs."""
        wanted = list(pairs)
        rows = [
            {"id": self._ids.new(), "account_id": account_id, "instrument_id": instrument_id}
            for account_id, instrument_id in wanted
        ]
        await self._connection.execute(
            _MAKE,
            {
                "organisation": self._organisation,
                "rows": encode(rows),
                "instruments": list({pair.instrument_id for pair in wanted}),
            },
        )
        found = await self._connection.execute(
            _HOLD, {"organisation": self._organisation, "pairs": encode_pairs(wanted)}
        )
        return {_pair(account_id, instrument_id): _order_key(*newest) for account_id, instrument_id, *newest in found}

    async def pairs_of(self, account_id: AccountId | None = None) -> Sequence[Pair]:
        """Return the pairs that have a position."""
        wanted = select(positions.c.account_id, positions.c.instrument_id).where(
            positions.c.organisation_id == self._organisation
        )
        if account_id is not None:
            wanted = wanted.where(positions.c.account_id == account_id)
        return [_pair(*row) for row in await self._connection.execute(wanted)]

    async def owners_of(self, lot_ids: Iterable[LotId]) -> Mapping[LotId, Pair]:
        """Return the pairs of the lots."""
        found = await self._connection.execute(
            select(lots.c.id, lots.c.account_id, lots.c.instrument_id).where(
                lots.c.organisation_id == self._organisation, lots.c.id.in_(list(lot_ids))
            )
        )
        return {id_: _pair(account_id, instrument_id) for id_, account_id, instrument_id in found}

    async def running(self, terms: Sequence[Terms]) -> Sequence[Position]:
        """Return the positions with their open lots and round trips."""
        pairs = [Pair(each.account_id, each.instrument_id) for each in terms]
        totals = {
            _pair(row.account_id, row.instrument_id): row for row in await self._rows(_TOTALS, PositionRow, pairs)
        }
        running = {pair: _position(each, totals[pair]) for each, pair in zip(terms, pairs, strict=True)}
        # what came by an action or a transfer is held without a trade
        if any(row.quantity for row in totals.values()):
            open_lots = _by_pair(await self._rows(_OPEN_LOTS, LotRow, pairs), pairs)
            trips = await self._rows(_OPEN_TRIPS, RoundTripRow, pairs)
            open_trips = {_pair(trip.account_id, trip.instrument_id): round_trip_of(trip) for trip in trips}
            for pair in pairs:
                running[pair].hold(open_lots[pair], open_trips.get(pair))
        return [running[pair] for pair in pairs]

    async def stored(self, pairs: Sequence[Pair]) -> Sequence[Projection]:
        """Return all that is stored about each pair."""
        found = {pair: _Found({}, {}, {}, {}) for pair in pairs}
        matches: dict[UUID, list[MatchRow]] = {}
        for match in await self._rows(_ALL_MATCHES, MatchRow, pairs):
            matches.setdefault(match.disposal_id, []).append(match)
        for row in await self._rows(_ALL_DISPOSALS, DisposalRow, pairs):
            disposal = disposal_of(row, matches.get(row.id, []))
            found[_pair(row.account_id, row.instrument_id)].disposals[disposal.id] = disposal
        for lot in await self._rows(_ALL_LOTS, LotRow, pairs):
            found[_pair(lot.account_id, lot.instrument_id)].lots[lot.id] = lot_of(lot)
        for trip in await self._rows(_ALL_TRIPS, RoundTripRow, pairs):
            found[_pair(trip.account_id, trip.instrument_id)].trips[trip.id] = round_trip_of(trip)
        for cash in await self._rows(_ALL_CASH, EventCashRow, pairs):
            found[_pair(cash.account_id, cash.instrument_id)].cash[cash.id] = event_cash_of(cash)
        return [Projection(*found[pair]) for pair in pairs]

    async def write(self, changes: Sequence[ProjectionChange], now: datetime) -> None:
        """Delete what is gone, put what is new or different, then the totals; a statement for each table."""
        new_lots: list[LotRow] = []
        new_disposals: list[DisposalRow] = []
        new_matches: list[MatchRow] = []
        new_trips: list[RoundTripRow] = []
        new_cash: list[EventCashRow] = []
        new_sums: list[SumsRow] = []
        to_sum_up: list[Pair] = []
        for change in changes:
            pair = Pair(change.position.terms.account_id, change.position.terms.instrument_id)
            new_lots += [lot_row(lot, pair) for lot in change.lots]
            rows = [disposal_row(disposal, pair) for disposal in change.disposals]
            new_disposals += rows
            if change.replayed:
                to_sum_up.append(pair)
            elif rows:
                new_sums.append(sums_row(rows, pair))
            new_matches += [
                match_row(match, disposal.id, ordinal)
                for disposal in change.disposals
                for ordinal, match in enumerate(disposal.matches)
            ]
            new_trips += [round_trip_row(trip, pair) for trip in change.round_trips]
            new_cash += [event_cash_row(cash, pair) for cash in change.event_cash]
        gone = [id_ for change in changes for id_ in change.disposals_gone]
        rematched = gone + [disposal.id for change in changes if change.replayed for disposal in change.disposals]
        lots_gone = [id_ for change in changes for id_ in change.lots_gone]
        changed = disposal_days.Moving(rematched, [*lots_gone, *(row.id for row in new_lots)])
        await disposal_days.take_away(self._connection, self._organisation, changed)
        await self._run(_DROP_MATCHES, rematched)
        await self._run(_DROP_DISPOSALS, gone)
        await self._run(_DROP_LOTS, lots_gone)
        await self._run(_DROP_TRIPS, [id_ for change in changes for id_ in change.round_trips_gone])
        await self._run(_DROP_CASH, [id_ for change in changes for id_ in change.event_cash_gone])
        await self._run(_PUT_LOTS, new_lots)
        await self._run(_PUT_DISPOSALS, new_disposals)
        await self._run(_ADD_MATCHES, new_matches)
        added = disposal_days.Moving([row.id for row in new_disposals], [row.id for row in new_lots])
        await disposal_days.add(self._connection, self._organisation, added)
        await self._run(_PUT_TRIPS, new_trips)
        await self._run(_PUT_CASH, new_cash)
        totals = [position_row(change.position) for change in changes]
        await self._connection.execute(
            _SAVE_TOTALS, {"organisation": self._organisation, "rows": encode(totals), "now": now}
        )
        await self._run(_ADD_SUMS, new_sums)
        if to_sum_up:
            await self._connection.execute(
                _SUM_UP, {"organisation": self._organisation, "pairs": encode_pairs(to_sum_up)}
            )

    async def sum_days(self, account_id: AccountId) -> None:
        """Write the sums anew."""
        await disposal_days.sum_up(self._connection, self._organisation, account_id)

    async def note_mended(self, pairs: Sequence[Pair], now: datetime) -> None:
        """Set when."""
        await self._connection.execute(
            _MENDED, {"organisation": self._organisation, "pairs": encode_pairs(pairs), "now": now}
        )

    async def _run(self, statement: TextClause, rows: Sequence[object]) -> None:
        await run(self._connection, statement, self._organisation, rows)

    async def _rows(self, statement: TextualSelect, row_type: Callable[..., R], pairs: Sequence[Pair]) -> list[R]:
        found = await self._connection.execute(
            statement, {"organisation": self._organisation, "pairs": encode_pairs(pairs)}
        )
        return read_rows(found.all(), row_type)


class _Found(NamedTuple):
    lots: dict[UUID, Lot]
    disposals: dict[UUID, Disposal]
    trips: dict[UUID, RoundTrip]
    cash: dict[UUID, EventCash]


def _by_pair(rows: Sequence[LotRow], pairs: Sequence[Pair]) -> dict[Pair, list[Lot]]:
    if len(pairs) == 1:
        # a trade of somebody who holds a thousand lots looks up none of them
        return {pairs[0]: [lot_of(row) for row in rows]}
    lots: dict[Pair, list[Lot]] = {pair: [] for pair in pairs}
    for row in rows:
        lots[_pair(row.account_id, row.instrument_id)].append(lot_of(row))
    return lots


def _pair(account_id: UUID, instrument_id: UUID) -> Pair:
    return Pair(AccountId(account_id), InstrumentId(instrument_id))


def _order_key(executed_at: datetime | None, sequence: int | None, trade_id: UUID | None) -> OrderKey | None:
    if executed_at is None or sequence is None or trade_id is None:
        return None
    return (executed_at, sequence, TradeId(trade_id))


def _position(terms: Terms, row: PositionRow) -> Position:
    return Position(
        terms,
        quantity=row.quantity,
        open_cost=row.open_cost,
        cash_in=row.cash_in,
        cash_out=row.cash_out,
        realised=row.realised,
        fees=row.fees,
        unmatched_quantity=row.unmatched_quantity,
        unmatched_proceeds=row.unmatched_proceeds,
        trade_count=row.trade_count,
        disposal_count=row.disposal_count,
        last=_order_key(row.last_executed_at, row.last_sequence, row.last_trade_id),
        last_price=row.last_price,
        carried_in=row.carried_in,
        carried_out=row.carried_out,
        pooled_fees=row.pooled_fees,
    )
