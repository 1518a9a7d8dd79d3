"""Random histories: what a trader enters, corrects and voids, in any order, with awkward numbers and equal times.

Under any cost method, changed at any time, and with lots selected that may not be there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st

from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.method import CostMethod
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.money import EXACT, Currency

START = datetime(2024, 1, 1, 9, 15, tzinfo=UTC)
LARGEST = 10**38 - 1  # 20 digits before the point and 18 after
USD = Currency("USD")


def trade_id(number: int) -> TradeId:
    """Ids that do not sort in the order in which they were made."""
    return TradeId(UUID(int=(number * 40_503 + 17) % 65_537))


def terms(multiplier: Decimal = Decimal(1), *, can_short: bool = True, method: CostMethod = CostMethod.FIFO) -> Terms:
    """Terms of some account and instrument."""
    return Terms(
        account_id=AccountId(UUID(int=1)),
        instrument_id=InstrumentId(UUID(int=2)),
        currency=USD,
        multiplier=multiplier,
        can_short=can_short,
        method=method,
    )


def _scaled(largest: int, smallest: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(smallest, largest).map(lambda units: Decimal(units).scaleb(-places, EXACT))


# mostly small whole numbers, so that positions meet zero exactly; the rest reaches every limit
_small = _scaled(6, 1, 0)
quantities = st.one_of(_small, _small, _small, _scaled(700, 1, 2), _scaled(LARGEST, 1, 18), _scaled(9, 1, 18))
prices = st.one_of(
    _scaled(40, 0, 0), _scaled(99_999, 0, 2), _scaled(300, -300, 1), _scaled(LARGEST, -LARGEST, 18), _scaled(9, 0, 18)
)
fees = st.one_of(
    _scaled(0, 0, 0), _scaled(20, 0, 0), _scaled(9_999, 0, 2), _scaled(9, 0, 18), _scaled(6 * LARGEST, 0, 18)
)
multipliers = st.one_of(
    st.just(Decimal(1)), st.sampled_from([Decimal(50), Decimal("0.1")]), _scaled(LARGEST, 1, 18), _scaled(3, 1, 18)
)


@dataclass(frozen=True, slots=True)
class Enter:
    """A trade is entered, or an existing one replaced if `instead_of` names one."""

    execution: Execution
    instead_of: TradeId | None = None


@dataclass(frozen=True, slots=True)
class Void:
    """A trade is voided."""

    trade_id: TradeId


@dataclass(frozen=True, slots=True)
class Switch:
    """The account goes over to another cost method, for all its history."""

    method: CostMethod


@dataclass(frozen=True, slots=True)
class History:
    """The terms at first, and what happened in the order in which it was entered."""

    first_terms: Terms
    steps: tuple[Enter | Void | Switch, ...]

    @property
    def terms(self) -> Terms:
        """The terms in the end."""
        methods = [step.method for step in self.steps if isinstance(step, Switch)]
        return replace(self.first_terms, method=methods[-1]) if methods else self.first_terms

    @property
    def executions(self) -> list[Execution]:
        """The trades that count in the end."""
        counting: dict[TradeId, Execution] = {}
        for step in self.steps:
            if isinstance(step, Void):
                del counting[step.trade_id]
            elif isinstance(step, Enter):
                counting[step.execution.id] = step.execution
        return list(counting.values())


_sides = st.sampled_from(Side)
_moments = st.integers(0, 12)
_methods = st.sampled_from(CostMethod)
_sequences = st.sampled_from([0, 0, 1])
# any lots, in any quantity: open ones, closed ones, later ones, the trade's own, none at all, one of them twice
_lots = st.integers(0, 18).map(trade_id)
_selections = st.one_of(
    st.just(()),
    st.lists(st.builds(LotSelection, _lots, st.one_of(_small, quantities)), min_size=1, max_size=4).map(tuple),
)


def _execution(draw: st.DrawFn, id_: TradeId, minute: int) -> Execution:
    return Execution(
        START + timedelta(minutes=minute),
        draw(_sequences),
        id_,
        draw(_sides),
        draw(quantities),
        draw(prices),
        draw(fees),
        draw(_selections),
    )


@st.composite
def histories(draw: st.DrawFn, longest: int = 16) -> History:
    """Up to `longest` steps under any method; about one in four is a correction or a void, one in two out of order.

    One step in nine changes the cost method.
    """
    kept = terms(draw(multipliers), can_short=draw(st.booleans()), method=draw(_methods))
    steps: list[Enter | Void | Switch] = []
    counting: list[TradeId] = []
    for number in range(draw(st.integers(1, longest))):
        action = draw(st.integers(0, 8))
        minute = number if action % 2 else draw(_moments)
        if action == 0 and counting:
            id_ = draw(st.sampled_from(counting))
            steps.append(Enter(_execution(draw, id_, minute), instead_of=id_))
        elif action == 1 and counting:
            id_ = draw(st.sampled_from(counting))
            counting.remove(id_)
            steps.append(Void(id_))
        elif action == 8 and counting:
            steps.append(Switch(draw(_methods)))
        else:
            id_ = trade_id(number)
            counting.append(id_)
            steps.append(Enter(_execution(draw, id_, minute)))
    history = History(kept, tuple(steps))
    # shown with the smallest failing example
    note(repr(history))
    return history
