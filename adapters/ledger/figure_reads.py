"""What figures are computed and explained from, as PostgreSQL tells it, each answer from one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.lot_reads import DISPOSALS, matches_of, only_wanted
from adapters.ledger.position_reads import EVENTFUL, POSITIONS, PositionColumns, position_view
from adapters.ledger.projection_rows import DisposalRow, LotRow, disposal_of, lot_of
from adapters.ledger.reader import Reader
from adapters.ledger.reading import INSTRUMENT_JOIN, Listing, reading, with_instruments
from adapters.ledger.rows import fees_of
from application.ledger.queries import (
    DisposalEvidence,
    DisposalTotal,
    FigureQueries,
    PnlEvidence,
    PnlFigures,
    PositionEvidence,
)
from application.ledger.views import PositionView
from application.ledger.wanted import DisposalFilter, PnlFilter, PriceChoice
from domain.ledger.errors import TooManyToExplain
from domain.ledger.figures import PooledCost, TradeInputs
from domain.ledger.lot import Lot
from domain.ledger.pnl import Realised
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import TradeId
from domain.shared.moment import NOW, Moment
from domain.shared.money import EXACT, Currency

_REALISED = (
    "SELECT i.currency, count(*), sum(x.matched_fees), sum(x.proceeds - x.unmatched_proceeds), "
    "coalesce(sum(x.cost), 0), count(*) FILTER (WHERE x.unmatched_quantity > 0), sum(x.unmatched_proceeds) "
    f"FROM disposals x {INSTRUMENT_JOIN}"
)
_REALISED_EVER = (
    "SELECT i.currency, CAST(sum(x.disposal_count) AS bigint), sum(x.disposed_fees), sum(x.disposed_proceeds), "
    "sum(x.disposed_cost), CAST(sum(x.missing_disposals) AS bigint), sum(x.unmatched_proceeds) "
    f"FROM positions x {INSTRUMENT_JOIN}"
)
_REALISED_DAYS = (
    "SELECT x.currency, sum(x.disposal_count), sum(x.fees), sum(x.proceeds), sum(x.proceeds - x.gain), "
    "sum(x.missing_count), sum(x.missing_proceeds) FROM disposal_days x"
)
_TOTALS = f"SELECT x.id, i.currency, x.proceeds - x.unmatched_proceeds, x.cost FROM disposals x {INSTRUMENT_JOIN}"
_LOTS = text(f"SELECT {', '.join(names(LotRow))} FROM lots WHERE organisation_id = :organisation AND id = ANY(:ids)")
_OPEN_LOTS = text(
    f"SELECT {', '.join(f'x.{name}' for name in names(LotRow))} FROM lots x "
    "WHERE x.organisation_id = :organisation AND x.account_id = :account AND x.instrument_id = :instrument "
    "AND x.closed_at IS NULL ORDER BY x.opened_at, x.sequence, x.id LIMIT :limit"
)
_POOLED = text(
    "SELECT x.pooled_fees FROM positions x "
    "JOIN accounts a ON a.organisation_id = x.organisation_id AND a.id = x.account_id "
    "WHERE x.organisation_id = :organisation AND x.id = :position AND a.cost_method = 'average'"
)
_TRADES = text("SELECT id, quantity, price, fees FROM trades WHERE organisation_id = :organisation AND id = ANY(:ids)")


class _Sums(Struct, frozen=True):
    currency: str
    disposals: int
    fees: Decimal
    proceeds: Decimal
    cost: Decimal
    missing_disposals: int
    missing_proceeds: Decimal


class _Total(Struct, frozen=True):
    id: UUID
    currency: str
    matched_proceeds: Decimal
    cost: Decimal


class _Trade(Struct, frozen=True):
    id: UUID
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]


@final
class SqlFigureQueries(FigureQueries):
    """Sums are PostgreSQL's own, which are exact; every single figure is a stored one."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlFigureQueries:
        """Return the same as of the moment."""
        return SqlFigureQueries(self._engine, moment)

    async def pnl(self, actor: Actor, wanted: PnlFilter) -> PnlFigures:
        """Return sums per currency and the open positions."""
        async with reading(self._engine, actor, self._moment) as connection:
            return await pnl_figures(connection, actor, wanted)

    async def of_disposal(self, actor: Actor, disposal_id: TradeId) -> DisposalEvidence:
        """Return the disposal with its lots and their trades."""
        listing = Listing(actor, DISPOSALS)
        listing.equal(x__id=disposal_id)
        async with reading(self._engine, actor, self._moment) as connection:
            for row, instrument in with_instruments(await listing.run(connection), DisposalRow):
                matches = await matches_of(connection, actor, [row.id])
                disposal = disposal_of(row, matches.get(row.id, []))
                ids = [match.lot_id for match in disposal.matches]
                found = await connection.execute(_LOTS, {"organisation": actor.organisation_id, "ids": ids})
                lots = {lot.id: lot_of(lot) for lot in read_rows(found, LotRow)}
                trades = await _trades(connection, actor, [disposal.id, *ids])
                return DisposalEvidence(instrument, disposal, lots, trades)
        raise NotFound("disposal", disposal_id)

    async def of_position(self, actor: Actor, position_id: UUID, prices: PriceChoice, limit: int) -> PositionEvidence:
        """Return the position with its open lots and their trades."""
        listing = Listing(actor, POSITIONS, [EVENTFUL])
        listing.equal(x__id=position_id)
        async with reading(self._engine, actor, self._moment) as connection:
            for row, instrument in with_instruments(await listing.run(connection), PositionColumns):
                position = position_view(row, instrument, prices)
                lots = await _open_lots(connection, actor, position, limit)
                pooled = await _pooled_cost(connection, actor, position)
                trades = await _trades(connection, actor, [lot.trade_id or lot.id for lot in lots])
                return PositionEvidence(position, lots, trades, pooled)
        raise NotFound("position", position_id)

    async def of_pnl(self, actor: Actor, wanted: PnlFilter, limit: int) -> PnlEvidence:
        """Return the disposals that have a known cost, and the open positions."""
        async with reading(self._engine, actor, self._moment) as connection:
            return await pnl_evidence(connection, actor, wanted, limit)


async def pnl_figures(connection: Reader, actor: Actor, wanted: PnlFilter) -> PnlFigures:
    """Return sums per currency and the open positions."""
    if wanted.from_date is None and wanted.to_date is None:
        sums = await _realised_ever(connection, actor, wanted)
    else:
        sums = await _realised_within(connection, actor, wanted)
    return PnlFigures([_realised(each) for each in sums], await _open_positions(connection, actor, wanted))


async def _realised_ever(connection: Reader, actor: Actor, wanted: PnlFilter) -> list[_Sums]:
    listing = Listing(actor, _REALISED_EVER, ["x.disposal_count > 0"], group="GROUP BY i.currency")
    listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id)
    return read_rows(await listing.run(connection), _Sums)


async def _realised_within(connection: Reader, actor: Actor, wanted: PnlFilter) -> list[_Sums]:
    """Return sums from what is kept of days, or from disposals if that is not kept, or not of all of them."""
    # the past has no sums of days, and nobody has them of a single instrument
    if connection.is_now and wanted.instrument_id is None:
        every = Listing(actor, _REALISED_DAYS, group="GROUP BY x.currency")
        every.equal(x__account_id=wanted.account_id)
        kept = read_rows(await every.run(connection), _Sums)
        if _by_currency(kept) == _by_currency(await _realised_ever(connection, actor, wanted)):
            every.add(
                "x.day BETWEEN :first AND :last",
                first=wanted.from_date or date.min,
                last=wanted.to_date or date.max,
            )
            return [each for each in read_rows(await every.run(connection), _Sums) if each.disposals]
    listing = Listing(actor, _REALISED, group="GROUP BY i.currency")
    await only_wanted(connection, listing, disposals_wanted(wanted))
    return read_rows(await listing.run(connection), _Sums)


def _by_currency(sums: Iterable[_Sums]) -> dict[str, _Sums]:
    return {each.currency: each for each in sums if each.disposals}


async def pnl_evidence(connection: Reader, actor: Actor, wanted: PnlFilter, limit: int) -> PnlEvidence:
    """Return the disposals that have a known cost, and the open positions; raise TooManyToExplain."""
    counting = Listing(actor, "SELECT count(*) FROM disposals x", ["x.cost IS NOT NULL"])
    await only_wanted(connection, counting, disposals_wanted(wanted))
    (number,) = read_rows(await counting.run(connection), int)
    if number > limit:
        raise TooManyToExplain(number, limit)
    listing = Listing(actor, _TOTALS, ["x.cost IS NOT NULL"], order="ORDER BY x.closed_at, x.id")
    await only_wanted(connection, listing, disposals_wanted(wanted))
    disposals = [
        DisposalTotal(TradeId(each.id), Currency(each.currency), each.matched_proceeds, each.cost)
        for each in read_rows(await listing.run(connection), _Total)
    ]
    return PnlEvidence(disposals, await _open_positions(connection, actor, wanted))


def disposals_wanted(wanted: PnlFilter) -> DisposalFilter:
    """Return which disposals the profit and loss that is wanted comes from."""
    return DisposalFilter(
        account_id=wanted.account_id,
        instrument_id=wanted.instrument_id,
        from_date=wanted.from_date,
        to_date=wanted.to_date,
    )


async def _open_positions(connection: Reader, actor: Actor, wanted: PnlFilter) -> list[PositionView]:
    listing = Listing(actor, POSITIONS, ["x.quantity <> 0"], order="ORDER BY x.id")
    listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id)
    rows = with_instruments(await listing.run(connection), PositionColumns)
    return [position_view(row, instrument, wanted.prices) for row, instrument in rows]


async def _open_lots(connection: Reader, actor: Actor, position: PositionView, limit: int) -> list[Lot]:
    found = await connection.execute(
        _OPEN_LOTS,
        {
            "organisation": actor.organisation_id,
            "account": position.account_id,
            "instrument": position.instrument.id,
            "limit": limit + 1,
        },
    )
    lots = [lot_of(row) for row in read_rows(found, LotRow)]
    if len(lots) > limit:
        raise TooManyToExplain(len(lots), limit, "open lots")
    return lots


async def _pooled_cost(connection: Reader, actor: Actor, position: PositionView) -> PooledCost | None:
    found = await connection.execute(_POOLED, {"organisation": actor.organisation_id, "position": position.id})
    return next((PooledCost(position.id, position.open_cost, fees) for (fees,) in found), None)


async def _trades(connection: Reader, actor: Actor, ids: Collection[UUID]) -> dict[UUID, TradeInputs]:
    found = await connection.execute(_TRADES, {"organisation": actor.organisation_id, "ids": list(ids)})
    return {
        TradeId(row.id): TradeInputs(TradeId(row.id), row.quantity, row.price, fees_of(row.fees))
        for row in read_rows(found, _Trade)
    }


def _realised(sums: _Sums) -> Realised:
    realised = EXACT.subtract(sums.proceeds, sums.cost)
    return Realised(
        currency=Currency(sums.currency),
        disposals=sums.disposals,
        gross=EXACT.add(realised, sums.fees),
        fees=sums.fees,
        realised=realised,
        proceeds=sums.proceeds,
        cost=sums.cost,
        missing_disposals=sums.missing_disposals,
        missing_proceeds=sums.missing_proceeds,
    )
