"""A broker's closing positions beside the ledger's: which line is which holding, and whether both say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.ledger.position import Position
from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId
from domain.shared.instrument import Instrument, Segment
from domain.shared.money import EXACT, ZERO, Currency, check_number

_HALF = Decimal("0.5")


class Status(StrEnum):
    """How the two sides of a holding compare."""

    MATCHED = "matched"
    QUANTITY_DIFFERS = "quantity_differs"
    COST_DIFFERS = "cost_differs"
    ONLY_AT_BROKER = "only_at_broker"
    ONLY_IN_LEDGER = "only_in_ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLine:
    """A line of a broker's statement: an instrument by what the statement tells of it, and what is held.

    The quantity of a short is negative; `cost` is of all units, and its sign does not matter.
    """

    symbol: str | None = None
    isin: str | None = None
    exchange: str | None = None
    segment: Segment | None = None
    currency: Currency | None = None
    quantity: Decimal
    cost: Decimal | None = None
    price: Decimal | None = None

    def __post_init__(self) -> None:
        if self.symbol is None and self.isin is None:
            raise Invalid("A line names its instrument by symbol, by isin, or by both.", field="symbol")
        for value, name in ((self.quantity, "quantity"), (self.cost, "cost"), (self.price, "price")):
            if value is not None:
                check_number(value, name)

    @property
    def name(self) -> str:
        """What the line calls its instrument."""
        return self.symbol or self.isin or ""

    def may_be(self, instrument: Instrument) -> bool:
        """Tell whether nothing that the line says contradicts it; an ISIN on both sides decides over symbols."""
        key = instrument.key
        stated = ((self.exchange, key.exchange), (self.segment, key.segment), (self.currency, key.currency))
        if any(mine is not None and mine != theirs for mine, theirs in stated):
            return False
        if self.isin is not None and instrument.isin is not None:
            return self.isin == instrument.isin
        return self.symbol == key.symbol


@dataclass(frozen=True, slots=True)
class Stated:
    """What a broker says of one holding: the sum of its lines; a cost only if each line has one."""

    quantity: Decimal
    cost: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of one holding: `cost` with fees and `value` without, both without a sign."""

    quantity: Decimal
    cost: Decimal
    value: Decimal

    def agrees(self, stated: Stated) -> bool:
        """Tell whether quantity and, if it is stated, cost are the same."""
        return self.quantity == stated.quantity and self.agrees_in_cost(stated.cost)

    def agrees_in_cost(self, cost: Decimal | None) -> bool:
        """Tell whether the cost, with fees or without, is the stated one to the last digit that is stated."""
        if cost is None:
            return True
        exponent = cost.as_tuple().exponent
        near = EXACT.multiply(_HALF, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0))
        return any(EXACT.abs(EXACT.subtract(own, EXACT.abs(cost))) <= near for own in (self.cost, self.value))


NOTHING = Standing(ZERO, ZERO, ZERO)


def standing_of(position: Position) -> Standing:
    """Return what a position, whose totals are settled, says."""
    fees = position.pooled_fees
    if position.terms.method is not CostMethod.AVERAGE:
        fees = _sum(lot.fee_left for lot in position.lots)
    short = any(lot.direction is Direction.SHORT for lot in position.lots)
    value = EXACT.subtract(fees, position.open_cost) if short else EXACT.subtract(position.open_cost, fees)
    return Standing(position.quantity, EXACT.abs(position.open_cost), EXACT.abs(value))


def status_of(standing: Standing, stated: Stated | None) -> Status:
    """Compare the two sides; a broker who does not mention a holding says that there is none."""
    if stated is None or (not stated.quantity and standing.quantity):
        return Status.ONLY_IN_LEDGER if standing.quantity else Status.MATCHED
    if standing.agrees(stated):
        return Status.MATCHED
    if not standing.quantity:
        return Status.ONLY_AT_BROKER
    return Status.COST_DIFFERS if standing.quantity == stated.quantity else Status.QUANTITY_DIFFERS


def assigned(
    lines: Sequence[BrokerLine], instruments: Mapping[InstrumentId, Instrument], held: Mapping[InstrumentId, Decimal]
) -> Sequence[InstrumentId | None]:
    """Return the instrument of each line, None for one that the account never had.

    Of several that a line may mean, what is held goes before what is not. Raises Invalid if that leaves a choice.
    """
    found: list[InstrumentId | None] = []
    for number, line in enumerate(lines, 1):
        possible = [id_ for id_, instrument in instruments.items() if line.may_be(instrument)]
        open_ = [id_ for id_ in possible if held.get(id_)]
        chosen = open_ or possible
        if len(chosen) > 1:
            keys = (instruments[id_].key for id_ in chosen)
            names = ", ".join(sorted(f"{key.symbol} on {key.exchange} in {key.currency}" for key in keys))
            raise Invalid(
                f"Line {number} says {line.name[:64]!r}, and the account has {names}; give the line an exchange and a "
                "currency.",
                field="positions",
            )
        found.append(chosen[0] if chosen else None)
    return found


def stated_by(lines: Sequence[BrokerLine]) -> Stated:
    """Add up the lines of one holding: some brokers list each lot."""
    costs = [EXACT.abs(line.cost) for line in lines if line.cost is not None]
    prices = [line.price for line in lines if line.price is not None]
    return Stated(
        _sum(line.quantity for line in lines),
        _sum(costs) if len(costs) == len(lines) else None,
        prices[0] if prices else None,
    )


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for number in numbers:
        total = EXACT.add(total, number)
    return total
