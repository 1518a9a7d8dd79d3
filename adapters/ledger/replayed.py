"""What follows from the facts that a reader sees: what stands of today, and the rest replayed in memory, as rows."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Collection, Iterable, Mapping
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
from adapters.ledger.standing import STANDING
from adapters.ledger.stores import encode_pairs
from adapters.ledger.transfer_store import MoveRow
from adapters.ledger.transfer_tables import transfer_moves
from domain.ledger.group import Replays, replay_group, tied
from domain.ledger.pair import Pair
from domain.ledger.transfer import Moved
from domain.shared.ids import OrganisationId
from domain.shared.money import ZERO


def _shadow(table: Table) -> str:
    """Return the select of what stands of a projection, and of the replayed rows from the parameter that holds them.

    What no such row says is null.
    """
    columns = [column.name for column in table.columns if column.name != "organisation_id"]
    rows, pairs = f"past_{table.name}", f"past_{table.name}_pairs"
    return (
        f"SELECT x.organisation_id, {', '.join(f'x.{name}' for name in columns)} "
        f"FROM ({STANDING[table.name].format(pairs=pairs, rows=rows)}) AS x "
        f"UNION ALL SELECT CAST(:past_organisation AS uuid), {', '.join(f'r.{name}' for name in columns)} "
        f"FROM json_populate_recordset(CAST(NULL AS {table.name}), CAST(:{rows} AS json)) AS r"
    )


_TABLES: Final = {
    table.name: table for table in (positions, lots, lot_matches, disposals, round_trips, transfer_moves, event_cash)
}
# in the order in which they may refer to each other
PROJECTIONS: Final = {name: _shadow(_TABLES[name]) for name in STANDING}


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replays of the pairs that have changed since, and the ids under which positions are known."""

    by_pair: Replays
    position_ids: Mapping[Pair, UUID]
    pairs: frozenset[Pair]

    def values(self, table: str) -> dict[str, object]:
        """Return what the select of a projection takes: rows as JSON text, and the pairs that have them."""
        values: dict[str, object] = {f"past_{table}": encode(self._rows(table))}
        if f":past_{table}_pairs" in PROJECTIONS[table]:
            values[f"past_{table}_pairs"] = encode_pairs(self.pairs)
        return values

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
                rows = (MoveRow(id_, *each) for id_, each in self.by_pair.moved.items())
            case "event_cash":
                rows = (event_cash_row(cash, pair) for pair, each in every for cash in each.event_cash)
            case _:
                rows = (round_trip_row(trip, pair) for pair, each in every for trip in each.round_trips)
        return rows


async def replayed(
    facts: Facts, organisation_id: OrganisationId, pairs: Collection[Pair], position_ids: Mapping[Pair, UUID]
) -> Replayed:
    """Replay the trades, corporate actions and transfers that the facts hold of the pairs and of all tied to them.

    A long history takes seconds: in a thread, so that others who are served by the process do not wait.
    """
    if not pairs:
        return Replayed(Replays({}, {}), position_ids, frozenset())
    return await to_thread(_replay, await recorded(facts, organisation_id, pairs), pairs, position_ids)


def _replay(known: Recorded, pairs: Collection[Pair], position_ids: Mapping[Pair, UUID]) -> Replayed:
    together = tied(pairs, known.actions, known.transfers)
    every = tied(known.executions, known.actions, known.transfers)
    terms = known.terms(pair for pair in every if pair in position_ids)
    replays = replay_group(terms, known.executions, known.actions, known.transfers)
    # and of what is stored of those that moved nothing, as there was nothing yet, nothing may stand
    unmoved = {transfer.id: Moved(ZERO) for transfer in known.transfers if transfer.source in together}
    replays.moved = unmoved | dict(replays.moved)
    return Replayed(replays, position_ids, together)


def _members(row: PositionRow | SumsRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in names(type(row))}
