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
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import read_rows
from adapters.ledger.disposal_days import CLOSED_BASIS, CLOSED_ON, MATCH_JOIN, OPENED_BASIS, OPENED_ON
from adapters.ledger.figure_reads import disposals_wanted, pnl_evidence, pnl_figures
from adapters.ledger.held_days import FOREIGN, QUOTE, CurrencyPair, HeldDays
from adapters.ledger.lot_reads import only_wanted
from adapters.ledger.reader import Reader
from adapters.ledger.reading import ACCOUNT_JOIN, INSTRUMENT_JOIN, Listing, reading
from application.ledger.currencies.ports import ExchangeRates
from application.ledger.currencies.queries import DatedEvidence, DatedFigures, DatedQueries, Display
from application.ledger.views import PositionView
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Closed, Held, Movements, Opened, Spanning
from domain.ledger.converted_totals import ClosedPart
from domain.ledger.exchange import Rate
from domain.ledger.lot import Direction
from domain.ledger.pnl import Realised
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import EXACT, ZERO, Currency

_CLOSED = (
    f"SELECT i.currency, {QUOTE}, {CLOSED_ON}, sum(x.realised), sum({CLOSED_BASIS}) "
    f"FROM disposals x {INSTRUMENT_JOIN} {ACCOUNT_JOIN}"
)
# a currency in itself is one on any day: its gains need no days, and positions keep their sums
_SAME = (
    f"SELECT i.currency, {QUOTE}, DATE '1970-01-01', sum(x.realised), 0 "
    f"FROM {{table}} x {INSTRUMENT_JOIN} {ACCOUNT_JOIN}"
)
_IS_SAME = f"i.currency = {QUOTE}"
_OPENED = (
    f"SELECT i.currency, {QUOTE}, {OPENED_ON}, sum({OPENED_BASIS}) "
    f"FROM disposals x {INSTRUMENT_JOIN} {ACCOUNT_JOIN} {MATCH_JOIN}"
)
_SUMMED = (
    f"SELECT x.currency, {QUOTE}, x.day, CAST(sum(x.disposal_count) AS bigint), sum(x.gain), "
    "sum(x.closed_basis), CAST(sum(x.closed_count) AS bigint), "
    "sum(x.opened_basis), CAST(sum(x.opened_count) AS bigint) "
    f"FROM disposal_days x {ACCOUNT_JOIN}"
)
_SPANNING = (
    f"SELECT i.currency, {QUOTE}, {OPENED_ON}, {CLOSED_ON}, sum(m.proceeds - m.cost), sum({OPENED_BASIS}) "
    f"FROM disposals x {INSTRUMENT_JOIN} {ACCOUNT_JOIN} {MATCH_JOIN}"
)
# exactly one of the two days is among those without a rate
_HALF_MISSING = (
    f"((i.currency, {QUOTE}, {OPENED_ON}) IN (SELECT * FROM missing)) "
    f"<> ((i.currency, {QUOTE}, {CLOSED_ON}) IN (SELECT * FROM missing))"
)
_MISSING = (
    "WITH missing AS (SELECT * FROM unnest(CAST(:bases AS text[]), CAST(:quotes AS text[]), CAST(:days AS date[]))) "
)
_PARTS = (
    f"SELECT x.id, i.currency, {QUOTE}, x.direction, {OPENED_ON}, {CLOSED_ON}, "
    "sum(m.proceeds), sum(m.cost) "
    f"FROM disposals x {INSTRUMENT_JOIN} {ACCOUNT_JOIN} {MATCH_JOIN}"
)


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


class _SummedRow(Struct, frozen=True):
    base: str
    quote: str
    day: date
    disposal_count: int
    gain: Decimal
    closed_basis: Decimal
    closed_count: int
    opened_basis: Decimal
    opened_count: int


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


@dataclass(slots=True)
class _Days:
    """What happened in one currency that is to be told in another."""

    closed: list[Closed] = field(default_factory=list[Closed])
    opened: list[Opened] = field(default_factory=list[Opened])
    spanning: list[Spanning] = field(default_factory=list[Spanning])
    held: list[Held] = field(default_factory=list[Held])
    lots: list[Opened] = field(default_factory=list[Opened])
    rates: Mapping[date, Rate] = field(default_factory=dict[date, Rate])

    def days(self) -> set[date]:
        return {closed.day for closed in self.closed} | {opened.day for opened in self.opened} | self.held_days()

    def held_days(self) -> set[date]:
        days = {lot.day for lot in self.lots}
        for held in self.held:
            days.add(held.day)
            days.update(part.day for part in held.parts if part.basis)
        return days

    def movements(self, pair: CurrencyPair) -> Movements:
        return Movements(
            base=Currency(pair.base),
            quote=Currency(pair.quote),
            closed=self.closed,
            opened=self.opened,
            spanning=self.spanning,
            held=self.held,
            lots=self.lots,
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
            # the past has no sums of days
            found = await asked.summed(figures.realised) if self._moment.is_now else None
            if found is None:
                found = await asked.moved()
            await asked.hold_together(found, figures.positions)
            await _look_up(found, exchange_rates)
            if any(days.held_days() - days.rates.keys() for days in found.values()):
                await asked.hold(found, figures.positions)
            await asked.span(found)
        return DatedFigures(figures, [found[pair].movements(pair) for pair in sorted(found)])

    async def evidence(
        self, actor: Actor, wanted: PnlFilter, display: Display, exchange_rates: ExchangeRates, limit: int
    ) -> DatedEvidence:
        """Return the evidence with the rates of its days."""
        async with reading(self._engine, actor, self._moment) as connection:
            evidence = await pnl_evidence(connection, actor, wanted, limit)
            asked = _Asked(connection, actor, wanted, display)
            found = await asked.moved()
            await asked.hold(found, evidence.positions)
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

    async def moved(self) -> defaultdict[CurrencyPair, _Days]:
        """Return what was closed and opened on which days, for each pair of currencies."""
        found = await self._same()
        closed = await self._disposals(_CLOSED, ["x.cost IS NOT NULL", FOREIGN], "GROUP BY 1, 2, 3")
        for each in read_rows(await closed.run(self.connection), _ClosedRow):
            found[CurrencyPair(each.base, each.quote)].closed.append(Closed(each.day, each.gain, each.basis))
        opened = await self._disposals(_OPENED, [FOREIGN], "GROUP BY 1, 2, 3")
        for row in read_rows(await opened.run(self.connection), _OpenedRow):
            found[CurrencyPair(row.base, row.quote)].opened.append(Opened(row.day, row.basis))
        return found

    async def summed(self, realised: Sequence[Realised]) -> defaultdict[CurrencyPair, _Days] | None:
        """Return the same from what is kept of days; None if that is not kept for what is wanted, or not of all."""
        if self._is_dated or self.wanted.instrument_id is not None:
            return None
        listing = Listing(self.actor, _SUMMED, values={"quote": self._quote()}, group="GROUP BY 1, 2, 3")
        listing.equal(x__account_id=self.wanted.account_id)
        rows = read_rows(await listing.run(self.connection), _SummedRow)
        if _totals(rows) != {each.currency.code: (each.disposals, each.realised) for each in realised}:
            return None
        found = await self._same()
        for row in rows:
            pair = CurrencyPair(row.base, row.quote)
            if row.closed_count and pair.base != pair.quote:
                found[pair].closed.append(Closed(row.day, row.gain, row.closed_basis))
            if row.opened_count and pair.base != pair.quote:
                found[pair].opened.append(Opened(row.day, row.opened_basis))
        return found

    async def span(self, found: Mapping[CurrencyPair, _Days]) -> None:
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
            days = found[CurrencyPair(row.base, row.quote)]
            days.spanning.append(Spanning(row.opened, row.closed, row.gain, row.basis))

    async def parts(self) -> Mapping[CurrencyPair, Sequence[ClosedPart]]:
        """Return each disposal by the days on which its lots were opened."""
        listing = await self._disposals(_PARTS, [], "GROUP BY 1, 2, 3, 4, 5, 6")
        listing.order = "ORDER BY 6, 1, 5"
        parts: defaultdict[CurrencyPair, list[ClosedPart]] = defaultdict(list)
        for row in read_rows(await listing.run(self.connection), _PartRow):
            parts[CurrencyPair(row.base, row.quote)].append(row.part())
        return parts

    async def _disposals(self, select: str, conditions: list[str], group: str) -> Listing:
        listing = Listing(self.actor, select, list(conditions), group=group, values={"quote": self._quote()})
        await only_wanted(self.connection, listing, disposals_wanted(self.wanted))
        return listing

    async def _same(self) -> defaultdict[CurrencyPair, _Days]:
        """Return what was realised in the very currency that is wanted."""
        if self._is_dated:
            select = _SAME.format(table="disposals")
            listing = await self._disposals(select, ["x.cost IS NOT NULL", _IS_SAME], "GROUP BY 1, 2")
        else:
            conditions = ["x.disposal_count > 0", _IS_SAME]
            listing = Listing(self.actor, _SAME.format(table="positions"), conditions, group="GROUP BY 1, 2")
            listing.values |= {"quote": self._quote()}
            listing.equal(x__account_id=self.wanted.account_id, x__instrument_id=self.wanted.instrument_id)
        found: defaultdict[CurrencyPair, _Days] = defaultdict(_Days)
        for row in read_rows(await listing.run(self.connection), _ClosedRow):
            found[CurrencyPair(row.base, row.quote)].closed.append(Closed(row.day, row.gain, row.basis))
        return found

    @property
    def _is_dated(self) -> bool:
        return self.wanted.from_date is not None or self.wanted.to_date is not None

    async def hold(self, found: defaultdict[CurrencyPair, _Days], positions: Iterable[PositionView]) -> None:
        """Set the open positions that have a mark, each with its cost by the days on which its lots were opened."""
        for days in found.values():
            days.held, days.lots = [], []
        for pair, held in await self._held().apart([each for each in positions if each.mark is not None]):
            found[pair].held.append(held)

    async def hold_together(self, found: defaultdict[CurrencyPair, _Days], positions: Sequence[PositionView]) -> None:
        """Set them with what they cost told together, if all have marks."""
        if any(position.mark is None for position in positions):
            await self.hold(found, positions)
            return
        told = await self._held().together(positions)
        for pair, held in told.held:
            found[pair].held.append(held)
        for pair, opened in told.lots:
            found[pair].lots.append(opened)

    def _held(self) -> HeldDays:
        return HeldDays(self.connection, self.actor, self.wanted, self._quote())

    def _quote(self) -> str | None:
        return None if self.display.currency is None else self.display.currency.code


def _totals(rows: Iterable[_SummedRow]) -> dict[str, tuple[int, Decimal]]:
    """Return how many disposals the rows speak of and what these realised, by currency."""
    totals: dict[str, tuple[int, Decimal]] = {}
    with localcontext(EXACT):
        for row in rows:
            number, gain = totals.get(row.base, (0, ZERO))
            totals[row.base] = (number + row.disposal_count, gain + row.gain)
    return {base: total for base, total in totals.items() if total[0]}


async def _look_up(found: Mapping[CurrencyPair, _Days], exchange_rates: ExchangeRates) -> None:
    for pair, days in found.items():
        days.rates = await exchange_rates.rates(Currency(pair.base), Currency(pair.quote), days.days())
