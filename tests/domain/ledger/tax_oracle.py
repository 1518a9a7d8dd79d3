"""Tax labels unit by unit: every unit bought is a thing of its own, and every unit sold looks through them all.

Shares nothing with the engine but the rules. It is quadratic and does not mind. Only whole units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.ledger.tax_facts import Bought, Sold, TaxFacts


@dataclass(slots=True)
class Unit:
    """A unit that was bought."""

    purchase: UUID
    day: date
    is_gone: bool = False
    is_used: bool = False


def _units(facts: TaxFacts) -> list[Unit]:
    def when(each: Bought) -> tuple[date, object, UUID]:
        return (facts.local_day(each.account_id, each.at), each.at, each.id)

    return [Unit(each.id, when(each)[0]) for each in sorted(facts.bought, key=when) for _ in range(int(each.quantity))]


def washed(facts: TaxFacts) -> dict[tuple[UUID, int], Counter[UUID]]:
    """Return which purchases replace how many units of each part that was sold at a loss."""
    units = _units(facts)
    found: dict[tuple[UUID, int], Counter[UUID]] = {}
    sales: dict[UUID, list[Sold]] = {}
    for sold in sorted(facts.sold, key=lambda each: (each.at, each.disposal_id, each.ordinal)):
        sales.setdefault(sold.disposal_id, []).append(sold)
    for parts in sales.values():
        for part in parts:
            _let_go(units, part)
        own = {part.acquisition_id for part in parts}
        for part in parts:
            if part.gain is not None and part.gain < 0:
                day = facts.local_day(part.account_id, part.at)
                for _ in range(int(part.quantity)):
                    for unit in units:
                        is_near = abs((unit.day - day).days) <= 30
                        if is_near and unit.purchase not in own and not unit.is_gone and not unit.is_used:
                            unit.is_used = True
                            found.setdefault((part.disposal_id, part.ordinal), Counter())[unit.purchase] += 1
                            break
    return found


def _let_go(units: Sequence[Unit], part: Sold) -> None:
    for _ in range(int(part.quantity)):
        own = [unit for unit in units if unit.purchase == part.acquisition_id and not unit.is_gone]
        own.sort(key=lambda unit: not unit.is_used)
        if own:
            own[0].is_gone = True


def matched(facts: TaxFacts) -> dict[tuple[UUID, int], tuple[int, int]]:
    """Return how many units of each part are matched within the day and within the 30 days after."""
    units = _units(facts)

    def when(each: Sold) -> tuple[date, object, UUID, int]:
        return (facts.local_day(each.account_id, each.at), each.at, each.disposal_id, each.ordinal)

    sold = [each for each in sorted(facts.sold, key=when) for _ in range(int(each.quantity))]
    same_day, left = _match(facts, sold, units, range(1))
    thirty_day, _ = _match(facts, left, units, range(1, 31))
    return {key: (same_day[key], thirty_day[key]) for key in {*same_day, *thirty_day}}


def _match(
    facts: TaxFacts, sold: Sequence[Sold], units: Sequence[Unit], after: range
) -> tuple[Counter[tuple[UUID, int]], list[Sold]]:
    found: Counter[tuple[UUID, int]] = Counter()
    left: list[Sold] = []
    for each in sold:
        day = facts.local_day(each.account_id, each.at)
        for unit in units:
            if not unit.is_used and (unit.day - day).days in after:
                unit.is_used = True
                found[each.disposal_id, each.ordinal] += 1
                break
        else:
            left.append(each)
    return found, left
