"""What follows from the facts that a reader sees, replayed in memory, as rows for its statements to read."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Table

from adapters.ledger.bulk import encode, names
from adapters.ledger.projection_rows import (
    PositionRow,
    SumsRow,
    disposal_row,
    event_cash_row,
    lot_row,
    match_row,
    position_row,
    round_trip_row,
    sums_row,
)
from adapters.ledger.projection_tables import disposals, event_cash, lot_matches, lots, positions, round_trips
from adapters.ledger.recorded import Facts, Recorded, recorded
from adapters.ledger.transfer_store import MoveRow
from adapters.ledger.transfer_tables import transfer_moves
from domain.ledger.group import Replays, replay_group, tied
from domain.ledger.pair import Pair
from domain.shared.ids import OrganisationId


def _shadow(table: Table) -> str:
    """Return the select of a projection's rows from the parameter that holds them; what no row says is null."""
    listed = ", ".join(f"r.{column.name}" for column in table.columns if column.name != "organisation_id")
    return (
        f"SELECT CAST(:past_organisation AS uuid) AS organisation_id, {listed} "
        f"FROM json_populate_recordset(CAST(NULL AS {table.name}), CAST(:past_{table.name} AS json)) AS r"
    )


PROJECTIONS: Final = {
    table.name: _shadow(table)
    for table in (positions, lots, disposals, lot_matches, round_trips, transfer_moves, event_cash)
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """Every pair's replay, and the ids under which positions are known."""

    by_pair: Replays
    position_ids: Mapping[Pair, UUID]

    def rows(self, table: str) -> str:
        """Return the rows of a projection as the JSON text that its select takes."""
        return encode(self._rows(table))

    def _rows(self, table: str) -> Iterable[object]:
        every = self.by_pair.items()
        rows: Iterable[object]
        match table:
            case "positions":
                rows = (
                    {"id": self.position_ids[pair]}
                    | _members(position_row(each.position))
                    | _members(sums_row((disposal_row(one, pair) for one in each.disposals), pair))
                    for pair, each in every
                )
            case "lots":
                rows = (lot_row(lot, pair) for pair, each in every for lot in each.lots)
            case "disposals":
                rows = (disposal_row(disposal, pair) for pair, each in every for disposal in each.disposals)
            case "lot_matches":
                rows = (
                    match_row(match, disposal.id, ordinal)
                    for _, each in every
                    for disposal in each.disposals
                    for ordinal, match in enumerate(disposal.matches)
                )
            case "transfer_moves":
                rows = (MoveRow(id_, quantity) for id_, quantity in self.by_pair.moved.items())
            case "event_cash":
                rows = (event_cash_row(cash, pair) for pair, each in every for cash in each.event_cash)
            case _:
                rows = (round_trip_row(trip, pair) for pair, each in every for trip in each.round_trips)
        return rows


async def replayed(facts: Facts, organisation_id: OrganisationId, position_ids: Mapping[Pair, UUID]) -> Replayed:
    """Replay all trades, corporate actions and transfers that the facts hold.

    A long history takes seconds: in a thread, so that others who are served by the process do not wait.
    """
    return await to_thread(_replay, await recorded(facts, organisation_id), position_ids)


def _replay(known: Recorded, position_ids: Mapping[Pair, UUID]) -> Replayed:
    every = tied(known.executions, known.actions, known.transfers)
    terms = known.terms(pair for pair in every if pair in position_ids)
    return Replayed(replay_group(terms, known.executions, known.actions, known.transfers), position_ids)


def _members(row: PositionRow | SumsRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in names(type(row))}
