"""Profit and loss by the days on which money moved, as PostgreSQL tells it.

A gain is opened on one day and closed on another, and there are nearly as many pairs of days as gains. But what is
converted is linear in the rates, so sums by each of the two days are enough, and few. Only what has one day without a
rate is told by both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple, final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import read_rows
from adapters.ledger.figure_reads import disposals_wanted, pnl_evidence, pnl_figures
from adapters.ledger.lot_reads import only_wanted
from adapters.ledger.reader import Reader
from adapters.ledger.reading import INSTRUMENT_JOIN, Listing, reading
from application.ledger.currencies.ports import ExchangeRates
from application.ledger.currencies.queries import DatedEvidence, DatedFigures, DatedQueries, Display
from application.ledger.views import PositionView
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Closed, Held, Movements, Opened, Spanning
from domain.ledger.converted_totals import ClosedPart
from domain.ledger.exchange import Rate
from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import EXACT, ZERO, Currency, round_share
from domain.shared.time import zone

_ACCOUNT_JOIN = "JOIN accounts a ON a.organisation_id = x.organisation_id AND a.id = x.account_id"
_MATCH_JOIN = "JOIN lot_matches m ON m.organisation_id = x.organisation_id AND m.disposal_id = x.id"
_QUOTE = "coalesce(CAST(:quote AS text), a.currency)"
_CLOSED_ON = "CAST(x.closed_at AT TIME ZONE a.time_zone AS date)"
_OPENED_ON = "CAST({row}.opened_at AT TIME ZONE a.time_zone AS date)"
_FOREIGN = f"i.currency <> {_QUOTE}"
_CLOSED = (
    f"SELECT i.currency, {_QUOTE}, {_CLOSED_ON}, sum(x.realised), "
    "sum(CASE WHEN x.direction = 'long' THEN x.cost ELSE x.unmatched_proceeds - x.proceeds END) "
    f"FROM disposals x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN}"
)
# a currency in itself is one on any day: its gains need no days, and positions keep their sums
_SAME = (
    f"SELECT i.currency, {_QUOTE}, DATE '1970-01-01', sum(x.realised), 0 "
    f"FROM {{table}} x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN}"
)
_IS_SAME = f"i.currency = {_QUOTE}"
_BASIS = "CASE WHEN x.direction = 'long' THEN m.cost ELSE - m.proceeds END"
_OPENED = (
    f"SELECT i.currency, {_QUOTE}, {_OPENED_ON.format(row='m')}, sum({_BASIS}) "
    f"FROM disposals x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN} {_MATCH_JOIN}"
)
_SPANNING = (
    f"SELECT i.currency, {_QUOTE}, {_OPENED_ON.format(row='m')}, {_CLOSED_ON}, sum(m.proceeds - m.cost), sum({_BASIS}) "
    f"FROM disposals x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN} {_MATCH_JOIN}"
)
# exactly one of the two days is among those without a rate
_HALF_MISSING = (
    f"((i.currency, {_QUOTE}, {_OPENED_ON.format(row='m')}) IN (SELECT * FROM missing)) "
    f"<> ((i.currency, {_QUOTE}, {_CLOSED_ON}) IN (SELECT * FROM missing))"
)
_MISSING = (
    "WITH missing AS (SELECT * FROM unnest(CAST(:bases AS text[]), CAST(:quotes AS text[]), CAST(:days AS date[]))) "
)
_PARTS = (
    f"SELECT x.id, i.currency, {_QUOTE}, x.direction, {_OPENED_ON.format(row='m')}, {_CLOSED_ON}, "
    "sum(m.proceeds), sum(m.cost) "
    f"FROM disposals x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN} {_MATCH_JOIN}"
)
_VALUE = "coalesce(x.basis, x.left_quantity * x.price * i.multiplier)"
_LOTS = (
    f"SELECT x.account_id, x.instrument_id, {_OPENED_ON.format(row='x')}, sum(x.left_quantity), "
    f"sum(CASE WHEN x.direction = 'long' THEN x.left_fee + {_VALUE} ELSE x.left_fee - {_VALUE} END) "
    f"FROM lots x {INSTRUMENT_JOIN} {_ACCOUNT_JOIN}"
)
_ACCOUNTS = text("SELECT id, currency, time_zone, cost_method FROM accounts WHERE organisation_id = :organisation")


class _Pair(NamedTuple):
    base: str
    quote: str


class _ClosedRow(Struct, frozen=True):
    base: str
    quote: str
    day: date
    gain: Decimal
    basis: Decimal


class _OpenedRow(Struct, frozen=True):
    base: str
    quote: str
    day: date
    basis: Decimal


class _SpanningRow(Struct, frozen=True):
    base: str
    quote: str
    opened: date
    closed: date
    gain: Decimal
    basis: Decimal


class _PartRow(Struct, frozen=True):
    disposal_id: UUID
    base: str
    quote: str
    direction: str
    opened: date
    closed: date
    proceeds: Decimal
    cost: Decimal

    def part(self) -> ClosedPart:
        direction = Direction(self.direction)
        return ClosedPart(self.disposal_id, direction, self.opened, self.closed, self.proceeds, self.cost)


class _LotDay(Struct, frozen=True):
    account_id: UUID
    instrument_id: UUID
    day: date
    quantity: Decimal
    cost: Decimal


class _Account(Struct, frozen=True):
    id: UUID
    currency: str
    time_zone: str
    cost_method: str


@dataclass(slots=True)
class _Days:
    """What happened in one currency that is to be told in another."""

    closed: list[Closed] = field(default_factory=list[Closed])
    opened: list[Opened] = field(default_factory=list[Opened])
    spanning: list[Spanning] = field(default_factory=list[Spanning])
    held: list[Held] = field(default_factory=list[Held])
    rates: Mapping[date, Rate] = field(default_factory=dict[date, Rate])

    def days(self) -> set[date]:
        days = {closed.day for closed in self.closed} | {opened.day for opened in self.opened}
        for held in self.held:
            days.add(held.day)
            days.update(part.day for part in held.parts if part.basis)
        return days

    def movements(self, pair: _Pair) -> Movements:
        return Movements(
            base=Currency(pair.base),
            quote=Currency(pair.quote),
            closed=self.closed,
            opened=self.opened,
            spanning=self.spanning,
            held=self.held,
            rates=self.rates,
        )


@final
class SqlDatedQueries(DatedQueries):
    """Sums and days are PostgreSQL's own; rates are looked up within the same snapshot."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlDatedQueries:
        """Return the same as of the moment."""
        return SqlDatedQueries(self._engine, moment)

    async def dated(
        self, actor: Actor, wanted: PnlFilter, display: Display, exchange_rates: ExchangeRates
    ) -> DatedFigures:
        """Return figures with the rates of their days."""
        async with reading(self._engine, actor, self._moment) as connection:
            figures = await pnl_figures(connection, actor, wanted)
            asked = _Asked(connection, actor, wanted, display)
            found = await asked.days(figures.positions)
            await _look_up(found, exchange_rates)
            await asked.span(found)
        return DatedFigures(figures, [found[pair].movements(pair) for pair in sorted(found)])

    async def evidence(
        self, actor: Actor, wanted: PnlFilter, display: Display, exchange_rates: ExchangeRates, limit: int
    ) -> DatedEvidence:
        """Return the evidence with the rates of its days."""
        async with reading(self._engine, actor, self._moment) as connection:
            evidence = await pnl_evidence(connection, actor, wanted, limit)
            asked = _Asked(connection, actor, wanted, display)
            found = await asked.days(evidence.positions)
            await _look_up(found, exchange_rates)
            parts = await asked.parts()
        pairs = sorted(found)
        return DatedEvidence(
            evidence, [found[pair].movements(pair) for pair in pairs], [parts.get(pair, []) for pair in pairs]
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question within one snapshot."""

    connection: Reader
    actor: Actor
    wanted: PnlFilter
    display: Display

    async def days(self, positions: Iterable[PositionView]) -> dict[_Pair, _Days]:
        """Return what moved on which days, for each pair of currencies."""
        found: defaultdict[_Pair, _Days] = defaultdict(_Days)
        closed = await self._disposals(_CLOSED, ["x.cost IS NOT NULL", _FOREIGN], "GROUP BY 1, 2, 3")
        same = await self._same()
        for each in read_rows([*await closed.run(self.connection), *await same.run(self.connection)], _ClosedRow):
            found[_Pair(each.base, each.quote)].closed.append(Closed(each.day, each.gain, each.basis))
        opened = await self._disposals(_OPENED, [_FOREIGN], "GROUP BY 1, 2, 3")
        for row in read_rows(await opened.run(self.connection), _OpenedRow):
            found[_Pair(row.base, row.quote)].opened.append(Opened(row.day, row.basis))
        await self._hold(found, [position for position in positions if position.mark is not None])
        return found

    async def span(self, found: Mapping[_Pair, _Days]) -> None:
        """Add what has one day with a rate and one without."""
        missing = [
            (pair.base, pair.quote, day)
            for pair, days in found.items()
            if days.rates
            for day in days.days() - days.rates.keys()
        ]
        if not missing:
            return
        listing = await self._disposals(_MISSING + _SPANNING, [_HALF_MISSING], "GROUP BY 1, 2, 3, 4")
        bases, quotes, lacking = zip(*missing, strict=True)
        listing.values |= {"bases": list(bases), "quotes": list(quotes), "days": list(lacking)}
        for row in read_rows(await listing.run(self.connection), _SpanningRow):
            found[_Pair(row.base, row.quote)].spanning.append(Spanning(row.opened, row.closed, row.gain, row.basis))

    async def parts(self) -> Mapping[_Pair, Sequence[ClosedPart]]:
        """Return each disposal by the days on which its lots were opened."""
        listing = await self._disposals(_PARTS, [], "GROUP BY 1, 2, 3, 4, 5, 6")
        listing.order = "ORDER BY 6, 1, 5"
        parts: defaultdict[_Pair, list[ClosedPart]] = defaultdict(list)
        for row in read_rows(await listing.run(self.connection), _PartRow):
            parts[_Pair(row.base, row.quote)].append(row.part())
        return parts

    async def _disposals(self, select: str, conditions: list[str], group: str) -> Listing:
        listing = Listing(self.actor, select, list(conditions), group=group, values={"quote": self._quote()})
        await only_wanted(self.connection, listing, disposals_wanted(self.wanted))
        return listing

    async def _same(self) -> Listing:
        """What was realised in the very currency that is wanted."""
        if self.wanted.from_date is not None or self.wanted.to_date is not None:
            select = _SAME.format(table="disposals")
            return await self._disposals(select, ["x.cost IS NOT NULL", _IS_SAME], "GROUP BY 1, 2")
        listing = Listing(
            self.actor,
            _SAME.format(table="positions"),
            ["x.disposal_count > 0", _IS_SAME],
            group="GROUP BY 1, 2",
            values={"quote": self._quote()},
        )
        listing.equal(x__account_id=self.wanted.account_id, x__instrument_id=self.wanted.instrument_id)
        return listing

    async def _hold(self, found: defaultdict[_Pair, _Days], positions: Sequence[PositionView]) -> None:
        """Add the open positions that have a mark, each with its cost by the days on which its lots were opened."""
        if not positions:
            return
        listing = Listing(
            self.actor,
            _LOTS,
            ["x.closed_at IS NULL", _FOREIGN],
            group="GROUP BY 1, 2, 3",
            order="ORDER BY 1, 2, 3",
            values={"quote": self._quote()},
        )
        listing.equal(x__account_id=self.wanted.account_id, x__instrument_id=self.wanted.instrument_id)
        lots: defaultdict[tuple[UUID, UUID], list[_LotDay]] = defaultdict(list)
        for row in read_rows(await listing.run(self.connection), _LotDay):
            lots[row.account_id, row.instrument_id].append(row)
        rows = await self.connection.execute(_ACCOUNTS, {"organisation": self.actor.organisation_id})
        accounts = {account.id: account for account in read_rows(rows, _Account)}
        for position in positions:
            account = accounts[position.account_id]
            pair = _Pair(position.instrument.currency, self._quote() or account.currency)
            found[pair].held.append(_held(position, account, lots[position.account_id, position.instrument.id]))

    def _quote(self) -> str | None:
        return None if self.display.currency is None else self.display.currency.code


def _held(position: PositionView, account: _Account, lots: Sequence[_LotDay]) -> Held:
    if position.mark is None:
        message = f"position {position.id} has no mark"
        raise AssertionError(message)
    day = position.mark.as_of.astimezone(zone(account.time_zone)).date()
    if not lots:
        # in its own currency it does not matter when it was opened
        parts = [Opened(day, position.open_cost)]
    elif account.cost_method == CostMethod.AVERAGE:
        parts = _shares(position.open_cost, lots)
    else:
        parts = [Opened(lot.day, lot.cost) for lot in lots]
    return Held(position.id, day, position.mark.market_value, tuple(parts))


def _shares(cost: Decimal, lots: Sequence[_LotDay]) -> list[Opened]:
    """Share a common cost out by quantity; the last day gets the rest."""
    parts: list[Opened] = []
    with localcontext(EXACT):
        left = sum((lot.quantity for lot in lots), ZERO)
        for lot in lots:
            share = round_share(cost, lot.quantity, left)
            parts.append(Opened(lot.day, share))
            cost, left = cost - share, left - lot.quantity
    return parts


async def _look_up(found: Mapping[_Pair, _Days], exchange_rates: ExchangeRates) -> None:
    for pair, days in found.items():
        days.rates = await exchange_rates.rates(Currency(pair.base), Currency(pair.quote), days.days())
