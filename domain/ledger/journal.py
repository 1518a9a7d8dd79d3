"""The history in double entry: for each event what moved between holdings, cash, fees, gains and equity, exactly.

Holdings are kept at cost, lot by lot and without fees, which are an expense of their own. Each entry adds up to zero in
each currency. Costs cannot be negative in books, prices can: what a negative price brought is kept in an account of its
own until the lot is closed. Lots that share one mean cost are one lot here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from uuid import UUID

from domain.ledger.book import Book
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.group import Happening, replay_group
from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.terms import Terms
from domain.ledger.transfer import Transfer
from domain.shared.money import EXACT, ZERO, Currency


class Purpose(StrEnum):
    """What an amount of money is booked as, besides the cost of a holding."""

    CASH = "cash"
    FEES = "fees"
    GAINS = "gains"
    MISSING_BASIS = "missing_basis"
    NEGATIVE_COST = "negative_cost"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class MoneyLeg:
    """Money that came to an account of the books, or went from it if the amount is negative."""

    pair: Pair
    purpose: Purpose
    amount: Decimal
    currency: Currency


@dataclass(frozen=True, slots=True)
class LotLeg:
    """Units that came to a lot or went, at a cost per unit, or None where only the total is exact; none is negative.

    Units of a short are negative when they come. A lot that is reduced is named by `acquired_at` and `label`, which
    are those under which it was added.
    """

    pair: Pair
    units: Decimal
    unit_cost: Decimal | None
    total_cost: Decimal
    currency: Currency
    acquired_at: datetime
    label: str
    reduces: bool


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event in the books; `unmatched` is the quantity that was sold without a known purchase."""

    event: Happening
    at: datetime
    legs: tuple[LotLeg | MoneyLeg, ...]
    unmatched: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Kept:
    """A lot as it stands in the books."""

    units: Decimal
    value: Decimal
    hidden: Decimal
    unit_cost: Decimal | None
    acquired_at: datetime

    def gone(self, pair: Pair, units: Decimal, cost: Decimal, terms: Terms, label: str) -> LotLeg:
        return LotLeg(pair, units, self.unit_cost, cost, terms.currency, self.acquired_at, label, reduces=True)

    def come(self, pair: Pair, terms: Terms, label: str) -> LotLeg:
        cost, at = self.value, self.acquired_at
        return LotLeg(pair, self.units, self.unit_cost, cost, terms.currency, at, label, reduces=False)


@dataclass(slots=True)
class _Ledger:
    """One position in the books, and how far its replay has been booked."""

    pair: Pair
    book: Book
    kept: dict[UUID, _Kept] = field(default_factory=dict[UUID, _Kept])
    lots: dict[UUID, Lot] = field(default_factory=dict[UUID, Lot])
    lots_seen: int = 0
    disposals_seen: int = 0
    cash: Decimal = ZERO

    def legs(self, fees: Decimal, *, all_lots: bool) -> Iterator[LotLeg | MoneyLeg]:
        """Yield what the last event changed, the lots first."""
        position, terms = self.book.position, self.book.position.terms
        position.settle_totals()
        touched: set[UUID] = set()
        for lot in self.book.lots[self.lots_seen :]:
            self.lots[lot.id] = lot
            touched.add(lot.id)
        self.lots_seen = len(self.book.lots)
        ended = self.book.disposals[self.disposals_seen :]
        self.disposals_seen = len(self.book.disposals)
        touched.update(match.lot_id for disposal in ended for match in disposal.matches)
        if terms.method is CostMethod.AVERAGE:
            changes = [self._change(self.pair.instrument_id, self._pool())]
        else:
            changed = sorted(self.kept.keys() | touched if all_lots else touched)
            changes = [self._change(id_, self._lot(self.lots[id_])) for id_ in changed]
        # what goes stands before what comes: a position has one direction at a time
        yield from (leg for gone, _, _ in changes for leg in gone)
        yield from (leg for _, come, _ in changes for leg in come)
        yield from self._money(Purpose.NEGATIVE_COST, sum((hidden for _, _, hidden in changes), ZERO))
        cash = position.cash_in - position.cash_out
        yield from self._money(Purpose.CASH, cash - self.cash)
        self.cash = cash
        yield from self._money(Purpose.FEES, fees)
        matches = [match for disposal in ended for match in disposal.matches]
        yield from self._money(Purpose.GAINS, -sum((match.realised + match.fees for match in matches), ZERO))
        unknown = sum((each.unmatched_quantity * each.price for each in ended), ZERO)
        yield from self._money(Purpose.MISSING_BASIS, -unknown * terms.multiplier)

    def _money(self, purpose: Purpose, amount: Decimal) -> Iterator[MoneyLeg]:
        if amount:
            yield MoneyLeg(self.pair, purpose, amount, self.book.position.terms.currency)

    def _lot(self, lot: Lot) -> _Kept | None:
        if not lot.left:
            return None
        multiplier = self.book.multiplier
        unit_cost = max(lot.price * multiplier, ZERO) if lot.basis is None else None
        sign = -1 if lot.direction is Direction.SHORT else 1
        return _kept(lot.left * sign, lot.value(multiplier), unit_cost, lot.opened_at)

    def _pool(self) -> _Kept | None:
        position = self.book.position
        if not position.quantity or position.trip is None:
            return None
        value = position.open_cost - position.pooled_fees
        if position.quantity < ZERO:
            value = position.pooled_fees - position.open_cost
        return _kept(position.quantity, value, None, position.trip.opened_at)

    def _change(self, id_: UUID, now: _Kept | None) -> tuple[list[LotLeg], list[LotLeg], Decimal]:
        """Bring a lot to where it stands now; return what goes, what comes, and what of its cost is kept elsewhere."""
        terms, label = self.book.position.terms, str(id_)
        before = self.kept.pop(id_, None)
        if now is not None:
            self.kept[id_] = now
        if before == now:
            return [], [], ZERO
        hidden = (ZERO if now is None else now.hidden) - (ZERO if before is None else before.hidden)
        if (
            before is not None
            and now is not None
            and before.unit_cost is not None
            and before.unit_cost == now.unit_cost
        ):
            less = before.gone(self.pair, now.units - before.units, before.value - now.value, terms, label)
            return [less], [], hidden
        gone = [] if before is None else [before.gone(self.pair, -before.units, before.value, terms, label)]
        come = [] if now is None else [now.come(self.pair, terms, label)]
        return gone, come, hidden


def _kept(units: Decimal, value: Decimal, unit_cost: Decimal | None, acquired_at: datetime) -> _Kept:
    shown = max(value, ZERO)
    hidden = value - shown
    return _Kept(units, shown, -hidden if units < ZERO else hidden, unit_cost, acquired_at)


def journal(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    actions: Iterable[CorporateAction],
    transfers: Iterable[Transfer],
) -> list[JournalEntry]:
    """Return the entries of these positions, which hold with each pair all that are tied to it, in order of time."""
    entries: list[JournalEntry] = []
    ledgers: dict[Pair, _Ledger] = {}

    def watch(event: Happening, touched: Sequence[tuple[Pair, Book]]) -> None:
        fees, is_trade = (event.fees, True) if isinstance(event, Execution) else (ZERO, False)
        legs: list[LotLeg | MoneyLeg] = []
        unmatched = ZERO
        for pair, book in touched:
            ledger = ledgers.setdefault(pair, _Ledger(pair, book))
            seen = ledger.disposals_seen
            legs += ledger.legs(fees, all_lots=not is_trade)
            unmatched += sum((each.unmatched_quantity for each in book.disposals[seen:]), ZERO)
        legs += _carried(legs)
        if legs:
            entries.append(JournalEntry(event, event.order_key[0], tuple(legs), unmatched))

    with localcontext(EXACT):
        replay_group(terms, executions, actions, transfers, watch=watch)
    return entries


def _carried(legs: Sequence[LotLeg | MoneyLeg]) -> Iterator[MoneyLeg]:
    """Yield what balances an event by which lots went into a paper of another currency: a cost has no rate."""
    currencies = {leg.currency for leg in legs}
    if len(currencies) > 1:
        for currency in sorted(currencies, key=str):
            own = [leg for leg in legs if leg.currency == currency]
            if rest := sum((weight(leg) for leg in own), ZERO):
                yield MoneyLeg(own[0].pair, Purpose.CARRIED, -rest, currency)


def weight(leg: LotLeg | MoneyLeg) -> Decimal:
    """Return what a leg counts in the sum of its entry, which is zero."""
    if isinstance(leg, MoneyLeg):
        return leg.amount
    return leg.total_cost.copy_sign(leg.units)
