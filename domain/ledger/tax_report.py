"""The lines of a capital gains report and what they add up to.

A line is what one disposal took from one lot, with the amounts of the ledger: nothing is computed anew, so that the
lines of a year add up to what its disposals realised. What was sold without a known purchase is a line without a cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from domain.ledger.action_terms import ActionKind
from domain.ledger.holding_period import HoldingClass, holding_class
from domain.ledger.lot import Direction
from domain.ledger.tax_facts import TaxFacts, label
from domain.ledger.tax_labels import PartKey, ShareMatching, TaxLabels, WashSale
from domain.ledger.tax_year import Jurisdiction
from domain.shared.ids import AccountId
from domain.shared.money import EXACT, ZERO, Currency


@dataclass(frozen=True, slots=True)
class HoldingRule:
    """What makes a holding long: the jurisdiction's own rule, or more than so many days."""

    jurisdiction: Jurisdiction
    long_term_days: int | None = None


class TaxPart(NamedTuple):
    """What one disposal took from one lot; without a known purchase `lot_id`, `opened_at` and `cost` are None.

    What a corporate action disposed of names it and its kind. The fees are in cost and proceeds already.
    """

    disposal_id: UUID
    ordinal: int
    account_id: AccountId
    direction: Direction
    lot_id: UUID | None
    event_id: UUID | None
    event_kind: ActionKind | None
    quantity: Decimal
    opened_at: datetime | None
    closed_at: datetime
    proceeds: Decimal
    cost: Decimal | None
    open_fee: Decimal
    close_fee: Decimal

    @property
    def fees(self) -> Decimal:
        """Those of opening and closing together."""
        return EXACT.add(self.open_fee, self.close_fee)

    @property
    def key(self) -> PartKey:
        """What labels name this part by."""
        return (self.disposal_id, self.ordinal)

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less cost; None without a known cost."""
        return None if self.cost is None else EXACT.subtract(self.proceeds, self.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """A part of a disposal with its labels.

    Days are those of the account. Acquired is bought and disposed is sold: a short is disposed of first and acquired by
    what closes it. `days_held` lie between the two; without a known purchase they and the class are None.
    """

    part: TaxPart
    acquired_on: date | None
    disposed_on: date
    realised_on: date
    days_held: int | None
    holding_class: HoldingClass | None
    wash_sale: WashSale | None = None
    share_matching: ShareMatching | None = None


@dataclass(frozen=True, slots=True)
class TaxLabeller:
    """Makes lines of parts: knows the days of the accounts, the rule for holdings and the labels of all parts."""

    rule: HoldingRule
    facts: TaxFacts
    labels: TaxLabels

    @classmethod
    def of(cls, rule: HoldingRule, facts: TaxFacts) -> TaxLabeller:
        """Label all that the facts tell."""
        return cls(rule, facts, label(rule.jurisdiction, facts))

    def line(self, part: TaxPart) -> TaxLine:
        """Label a part.

        A short is held for no time by whoever sells what he does not have: where there are classes it is short-term
        (26 U.S.C. 1233).
        """
        is_long = part.direction is Direction.LONG
        closed_on = self.facts.local_day(part.account_id, part.closed_at)
        opened_on = None if part.opened_at is None else self.facts.local_day(part.account_id, part.opened_at)
        days = held = None
        if opened_on is not None:
            days = (closed_on - opened_on).days
            since = opened_on if is_long else closed_on
            held = holding_class(self.rule.jurisdiction, since, closed_on, self.rule.long_term_days)
        return TaxLine(
            part=part,
            acquired_on=opened_on if is_long else closed_on,
            disposed_on=closed_on if is_long or opened_on is None else opened_on,
            realised_on=closed_on,
            days_held=days,
            holding_class=held,
            wash_sale=self.labels.wash_sales.get(part.key),
            share_matching=self.labels.share_matching.get(part.key),
        )


@dataclass(slots=True)
class TaxSums:
    """What lines with a known cost add up to: `gain` = `proceeds` - `cost`, of whose losses `disallowed` do not count.

    Lives within the exact context.
    """

    lines: int = 0
    proceeds: Decimal = ZERO
    cost: Decimal = ZERO
    fees: Decimal = ZERO
    disallowed: Decimal = ZERO

    @property
    def gain(self) -> Decimal:
        """Profit, or loss if negative, as the ledger realised it."""
        return EXACT.subtract(self.proceeds, self.cost)

    def add(self, part: TaxPart, cost: Decimal, wash_sale: WashSale | None) -> None:
        """Count one line more."""
        self.lines += 1
        self.proceeds += part.proceeds
        self.cost += cost
        self.fees += part.fees
        if wash_sale is not None:
            self.disallowed += wash_sale.disallowed


@dataclass(slots=True)
class TaxTotals:
    """What the lines in one currency add up to, altogether and by class; what has no known cost is apart."""

    currency: Currency
    total: TaxSums = field(default_factory=TaxSums)
    by_class: dict[HoldingClass | None, TaxSums] = field(default_factory=dict[HoldingClass | None, TaxSums])
    missing_lines: int = 0
    missing_proceeds: Decimal = ZERO

    def add(self, line: TaxLine) -> None:
        """Count one line more."""
        part = line.part
        with localcontext(EXACT):
            if part.cost is None:
                self.missing_lines += 1
                self.missing_proceeds += part.proceeds
                return
            self.total.add(part, part.cost, line.wash_sale)
            self.by_class.setdefault(line.holding_class, TaxSums()).add(part, part.cost, line.wash_sale)

    def classes(self) -> Iterator[tuple[HoldingClass | None, TaxSums]]:
        """Yield the sums of each class that there is, short-term first, without a class last."""
        for each in (*HoldingClass, None):
            if each in self.by_class:
                yield each, self.by_class[each]
