"""Builds the trees that explain profit and loss in another currency, down to what moved on which day at which rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from domain.ledger import formulas
from domain.ledger.branches import of_disposal, of_position, share
from domain.ledger.conversion import Held, Movements, missing
from domain.ledger.exchange import Rate
from domain.ledger.explanation import Formula, Node, Operation, Reference, ReferenceKind, derive, recorded
from domain.ledger.lot import Direction
from domain.shared.money import Currency

RATE: Final = "exchange_rate"
_ONE: Final = Decimal(1)


class ClosedPart(NamedTuple):
    """What of a disposal was opened on one day; amounts are in the instrument's currency."""

    disposal_id: UUID
    direction: Direction
    opened: date
    closed: date
    proceeds: Decimal
    cost: Decimal


class EffectTrees(NamedTuple):
    """Trees of a converted gain, and of what the price and the currency have each done to it."""

    amount: Node
    price: Node
    currency: Node


class ConvertedExplanation(NamedTuple):
    """Trees of what was realised and of what is not yet, in one currency told in another."""

    base: Currency
    quote: Currency
    realised: EffectTrees
    unrealised: EffectTrees


def explain_converted(movements: Movements, parts: Sequence[ClosedPart]) -> ConvertedExplanation:
    """Explain converted totals by the parts of disposals and positions that have rates on all of their days."""
    builder = _Builder(movements)
    closed = [builder.closed(part) for part in parts if builder.knows(part.opened, part.closed)]
    held = [builder.held(held) for held in movements.held if builder.values(held)]
    quote = movements.quote
    return ConvertedExplanation(
        movements.base, quote, _total(_REALISED, quote, closed), _total(_UNREALISED, quote, held)
    )


@dataclass(frozen=True, slots=True)
class _Builder:
    movements: Movements

    def knows(self, *days: date) -> bool:
        """Whether each of the days has a rate; a currency in itself has one on every day."""
        return self._is_same or all(day in self.movements.rates for day in days)

    def values(self, held: Held) -> bool:
        """Whether the position is in the sums."""
        return self._is_same or missing(held, self.movements.rates) is None

    def closed(self, part: ClosedPart) -> EffectTrees:
        """Explain a part of a disposal: a long pays to open, a short to close."""
        unit, reference = self.movements.base.code, of_disposal(part.disposal_id)
        proceeds = recorded("proceeds", part.proceeds, unit, reference)
        cost = recorded("cost", part.cost, unit, reference)
        opening, closing = self._rate(part.opened), self._rate(part.closed)
        is_long = part.direction is Direction.LONG
        received, paid = (closing, opening) if is_long else (opening, closing)
        basis, change = (cost, (closing, opening)) if is_long else (proceeds, (opening, closing))
        return EffectTrees(
            self._difference("realised_pnl", self._told(proceeds, received), self._told(cost, paid), reference),
            self._told(
                derive("realised_pnl", Operation.DIFFERENCE, unit, proceeds, cost, reference=reference), closing
            ),
            self._told(basis, derive("change_of_rate", Operation.DIFFERENCE, RATE, *change)),
        )

    def held(self, held: Held) -> EffectTrees:
        """Explain an open position, as if it were closed at its mark."""
        unit, reference, marked = self.movements.base.code, of_position(held.position_id), self._rate(held.day)
        value = recorded("market_value", held.market_value, unit, reference)
        parts = [(recorded("open_cost", part.basis, unit, reference), part.day) for part in held.parts if part.basis]
        cost = derive("open_cost", Operation.SUM, unit, *(node for node, _ in parts))
        quote = self.movements.quote.code
        told = [self._told(node, self._rate(day)) for node, day in parts]
        changes = [
            self._told(node, derive("change_of_rate", Operation.DIFFERENCE, RATE, marked, self._rate(day)))
            for node, day in parts
        ]
        return EffectTrees(
            self._difference(
                "unrealised_pnl",
                self._told(value, marked),
                derive("open_cost", Operation.SUM, quote, *told),
                reference,
            ),
            self._told(derive("unrealised_pnl", Operation.DIFFERENCE, unit, value, cost, reference=reference), marked),
            derive("currency_effect", Operation.SUM, quote, *changes, reference=reference),
        )

    @property
    def _is_same(self) -> bool:
        return self.movements.base == self.movements.quote

    def _told(self, amount: Node, rate: Node) -> Node:
        return derive(amount.name, Operation.PRODUCT, self.movements.quote.code, amount, rate)

    def _difference(self, name: str, first: Node, second: Node, reference: Reference) -> Node:
        return derive(name, Operation.DIFFERENCE, self.movements.quote.code, first, second, reference=reference)

    def _rate(self, day: date) -> Node:
        rate = Rate.same(self.movements.base, day) if self._is_same else self.movements.rates[day]
        published = f"{rate.source.value} {rate.day.isoformat()}"
        in_quote = _quoted(rate.in_quote, published, rate.pivot, rate.quote)
        if rate.in_base == _ONE:
            return in_quote
        one = recorded("one_unit", _ONE, RATE, Reference(ReferenceKind.EXCHANGE_RATE, f"{published} {rate.base}"))
        return share(RATE, in_quote, one, _quoted(rate.in_base, published, rate.pivot, rate.base), formulas.CROSS_RATE)


def _quoted(value: Decimal, published: str, pivot: Currency, currency: Currency) -> Node:
    return recorded(RATE, value, RATE, Reference(ReferenceKind.EXCHANGE_RATE, f"{published} {pivot}/{currency}"))


_REALISED: Final = (formulas.CONVERTED_REALISED, formulas.REALISED_PRICE_EFFECT, formulas.REALISED_CURRENCY_EFFECT)
_UNREALISED: Final = (
    formulas.CONVERTED_UNREALISED,
    formulas.UNREALISED_PRICE_EFFECT,
    formulas.UNREALISED_CURRENCY_EFFECT,
)


def _total(of: tuple[Formula, Formula, Formula], quote: Currency, parts: Sequence[EffectTrees]) -> EffectTrees:
    amount, price, currency = of
    return EffectTrees(
        _sum(amount, quote, [part.amount for part in parts]),
        _sum(price, quote, [part.price for part in parts]),
        _sum(currency, quote, [part.currency for part in parts]),
    )


def _sum(formula: Formula, quote: Currency, nodes: Sequence[Node]) -> Node:
    return derive(formula.name, Operation.SUM, quote.code, *nodes, formula=formula)
