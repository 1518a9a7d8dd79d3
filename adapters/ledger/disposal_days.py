"""What disposals moved and open lots cost, by day, as sums: figures of a period or in another currency read no others.

Each writer adds what its disposals move and takes away what they moved before, in rows of its own: writers of one day
never wait for each other. The rows of an account become one for each day again when it is summed up anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.reading import ACCOUNT_JOIN, INSTRUMENT_JOIN, day_of

CLOSED_ON: Final = day_of("x.closed_at")
OPENED_ON: Final = day_of("m.opened_at")
MATCH_JOIN: Final = "JOIN lot_matches m ON m.organisation_id = x.organisation_id AND m.disposal_id = x.id"
# what went out of a position with a gain: the cost of a long, and with a minus what a short had brought
CLOSED_BASIS: Final = "CASE WHEN x.direction = 'long' THEN x.cost ELSE x.unmatched_proceeds - x.proceeds END"
OPENED_BASIS: Final = "CASE WHEN x.direction = 'long' THEN m.cost ELSE - m.proceeds END"
# what closing moved, which sums over a period are made of, and what opening did
_OF_CLOSED: Final = {
    "disposal_count": "1",
    "gain": "coalesce(x.realised, 0)",
    "closed_basis": f"CASE WHEN x.cost IS NULL THEN 0 ELSE {CLOSED_BASIS} END",
    "closed_count": "CASE WHEN x.cost IS NULL THEN 0 ELSE 1 END",
    "proceeds": "x.proceeds - x.unmatched_proceeds",
    "fees": "x.matched_fees",
    "missing_count": "CASE WHEN x.unmatched_quantity > 0 THEN 1 ELSE 0 END",
    "missing_proceeds": "x.unmatched_proceeds",
}
# what an open lot costs, as in `Position.open_cost`: negative for a short
_VALUE: Final = "coalesce(x.basis, x.left_quantity * x.price * i.multiplier)"
LOT_COST: Final = f"CASE WHEN x.direction = 'long' THEN x.left_fee + {_VALUE} ELSE x.left_fee - {_VALUE} END"
LOT_OPENED_ON: Final = day_of("x.opened_at")
_OF_HELD: Final = {"held_cost": LOT_COST, "held_count": "1"}
_OF_OPENED: Final = {"opened_basis": OPENED_BASIS, "opened_count": "1"}
_COLUMNS: Final = (*_OF_CLOSED, *_OF_OPENED, *_OF_HELD)
_SUMS: Final = ", ".join(f"CAST(:sign AS integer) * sum(s.{name})" for name in _COLUMNS)


def _moved(day: str, amounts: Mapping[str, str], table: str, wanted: str) -> str:
    listed = ", ".join(f"{amounts.get(name, '0')} AS {name}" for name in _COLUMNS)
    return (
        f"SELECT x.account_id, i.currency, {day} AS day, {listed} "
        f"FROM {table.format(joins=f'x {INSTRUMENT_JOIN} {ACCOUNT_JOIN}')} "
        f"WHERE x.organisation_id = :organisation AND {wanted}"
    )


def _insert(of_disposals: str, of_lots: str, before: str = "") -> str:
    closed = _moved(CLOSED_ON, _OF_CLOSED, "disposals {joins}", of_disposals)
    opened = _moved(OPENED_ON, _OF_OPENED, f"disposals {{joins}} {MATCH_JOIN}", of_disposals)
    held = _moved(LOT_OPENED_ON, _OF_HELD, "lots {joins}", f"{of_lots} AND x.closed_at IS NULL AND {LOT_COST} <> 0")
    return (
        f"{before} INSERT INTO disposal_days "
        f"(organisation_id, id, account_id, currency, day, {', '.join(_COLUMNS)}) "
        f"SELECT :organisation, gen_random_uuid(), s.account_id, s.currency, s.day, {_SUMS} "
        f"FROM ({closed} UNION ALL {opened} UNION ALL {held}) s GROUP BY s.account_id, s.currency, s.day"
    )


_BOOK = text(_insert("x.id = ANY(:ids)", "x.id = ANY(:lot_ids)"))
# one statement, and so one snapshot: nothing can come between what goes and what takes its place
_SUM_UP = text(
    _insert(
        "x.account_id = :account",
        "x.account_id = :account",
        "WITH gone AS (DELETE FROM disposal_days WHERE organisation_id = :organisation AND account_id = :account)",
    )
)


class Moving(NamedTuple):
    """The ids of disposals and of lots that change together."""

    disposals: Collection[UUID]
    lots: Collection[UUID]


async def add(connection: AsyncConnection, organisation: UUID, moving: Moving) -> None:
    """Add what the disposals, as they are stored now, move on their days, and what the open lots among these cost."""
    await _book(connection, organisation, moving, 1)


async def take_away(connection: AsyncConnection, organisation: UUID, moving: Moving) -> None:
    """Take away what is told of those that are stored: they are about to change or to go."""
    await _book(connection, organisation, moving, -1)


async def sum_up(connection: AsyncConnection, organisation: UUID, account: UUID) -> None:
    """Sum up an account anew that the caller has locked, so that nobody else writes to it."""
    await connection.execute(_SUM_UP, {"organisation": organisation, "account": account, "sign": 1})


async def _book(connection: AsyncConnection, organisation: UUID, moving: Moving, sign: int) -> None:
    if moving.disposals or moving.lots:
        values = {"ids": list(moving.disposals), "lot_ids": list(moving.lots), "sign": sign}
        await connection.execute(_BOOK, {"organisation": organisation, **values})
