"""What tax labels need to know of the whole organisation, and how it becomes labels, instrument by instrument.

Every account counts, whatever part of the report is asked for: what one account sells another may replace. A paper that
was renamed stays the same paper, and a split changes what a unit is but not what was bought.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import attrgetter, mul
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.ledger.pair import Pair
from domain.ledger.share_matching import share_matching
from domain.ledger.tax_labels import Acquisition, PartKey, ShareMatching, SoldPart, TaxLabels, WashSale, particles
from domain.ledger.tax_year import Jurisdiction
from domain.ledger.wash_sales import wash_sales
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Segment

# 26 U.S.C. 1091 speaks of stock and securities, and of options on them
_NO_SECURITIES: Final = frozenset({Segment.CRYPTO, Segment.CURRENCY, Segment.COMMODITY})


class Bought(NamedTuple):
    """What a trade bought to hold, in units of its time."""

    id: UUID
    account_id: AccountId
    instrument_id: InstrumentId
    at: datetime
    quantity: Decimal


class Sold(NamedTuple):
    """What a disposal of long units took from one lot, or sold without a known purchase, in units of its time."""

    disposal_id: UUID
    ordinal: int
    account_id: AccountId
    instrument_id: InstrumentId
    at: datetime
    quantity: Decimal
    gain: Decimal | None
    acquisition_id: UUID | None


class UnitChange(NamedTuple):
    """From `at` on, `new` units are what `old` were before, in one account or in all."""

    at: datetime
    instrument_id: InstrumentId
    account_id: AccountId | None
    new: int
    old: int


class Rename(NamedTuple):
    """One instrument became another one."""

    instrument_id: InstrumentId
    into: InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFacts:
    """All that was bought and sold of some instruments, with the zones of the accounts and the kinds of instruments."""

    zones: Mapping[AccountId, ZoneInfo]
    segments: Mapping[InstrumentId, Segment]
    bought: Sequence[Bought] = ()
    sold: Sequence[Sold] = ()
    unit_changes: Sequence[UnitChange] = ()
    renames: Sequence[Rename] = ()

    def local_day(self, account_id: AccountId, at: datetime) -> date:
        """The day of an instant where the account is kept."""
        return at.astimezone(self.zones[account_id]).date()


def label(jurisdiction: Jurisdiction, facts: TaxFacts) -> TaxLabels:
    """Return what the jurisdiction labels: wash sales in the US, share matching in the UK, nothing in India."""
    if jurisdiction is Jurisdiction.INDIA:
        return TaxLabels()
    scales = _Scales(facts)
    acquisitions: dict[InstrumentId, list[Acquisition]] = {}
    for each in facts.bought:
        day, number = facts.local_day(each.account_id, each.at), particles(each.quantity, scales.of(each))
        acquisitions.setdefault(scales.paper(each.instrument_id), []).append(Acquisition(day, each.at, each.id, number))
    parts: dict[InstrumentId, list[SoldPart]] = {}
    for sold in facts.sold:
        if jurisdiction is Jurisdiction.US and facts.segments[sold.instrument_id] in _NO_SECURITIES:
            continue
        day, scale = facts.local_day(sold.account_id, sold.at), scales.of(sold)
        part = SoldPart(
            sold.at,
            sold.disposal_id,
            sold.ordinal,
            day,
            sold.quantity,
            scale,
            particles(sold.quantity, scale),
            sold.gain,
            sold.acquisition_id,
        )
        parts.setdefault(scales.paper(sold.instrument_id), []).append(part)
    wash: dict[PartKey, WashSale] = {}
    matching: dict[PartKey, ShareMatching] = {}
    for paper, sales in parts.items():
        if jurisdiction is Jurisdiction.US:
            wash |= wash_sales(acquisitions.get(paper, ()), sales)
        else:
            matching |= share_matching(acquisitions.get(paper, ()), sales)
    return TaxLabels(wash, matching)


def linked(instrument_ids: Iterable[InstrumentId], renames: Sequence[Rename]) -> frozenset[InstrumentId]:
    """Return the instruments with all that they were called before and after."""
    papers = _papers(renames)
    wanted = {papers.get(each, each) for each in instrument_ids}
    return frozenset(wanted | {each for each, paper in papers.items() if paper in wanted})


def _papers(renames: Iterable[Rename]) -> dict[InstrumentId, InstrumentId]:
    """Return one and the same instrument for all that renames link."""
    groups: dict[InstrumentId, list[InstrumentId]] = {}
    for old, new in renames:
        one, other = groups.setdefault(old, [old]), groups.setdefault(new, [new])
        if one is not other:
            smaller, larger = sorted((one, other), key=len)
            larger += smaller
            groups |= dict.fromkeys(smaller, larger)
    return {each: group[0] for each, group in groups.items()}


class _Scales:
    """How many particles a quantum of some time is, for each paper in each account.

    A paper's particle is small enough for the splits of every account.
    """

    def __init__(self, facts: TaxFacts) -> None:
        self._papers = _papers(facts.renames)
        self._changes: dict[InstrumentId, list[UnitChange]] = {}
        for change in sorted(facts.unit_changes, key=attrgetter("at")):
            self._changes.setdefault(self.paper(change.instrument_id), []).append(change)
        self._of_pairs: dict[Pair, tuple[list[datetime], list[int]]] = {}

    def paper(self, instrument_id: InstrumentId) -> InstrumentId:
        """The paper that an instrument is a name of."""
        return self._papers.get(instrument_id, instrument_id)

    def of(self, traded: Bought | Sold) -> int:
        """The scale of the units of the trade."""
        paper = self.paper(traded.instrument_id)
        if paper not in self._changes:
            return 1
        pair = Pair(traded.account_id, paper)
        if pair not in self._of_pairs:
            self._of_pairs[pair] = self._steps(pair)
        times, scales = self._of_pairs[pair]
        # a trade at the very instant of a split is in new units
        return scales[bisect_right(times, traded.at)]

    def _steps(self, pair: Pair) -> tuple[list[datetime], list[int]]:
        every = self._changes[pair.instrument_id]
        changes = [each for each in every if each.account_id in {None, pair.account_id}]
        # today's unit is so many particles that whoever goes back through all splits meets whole numbers only
        scale = Fraction(reduce(mul, (each.old for each in every), 1))
        scales = [int(scale)]
        for change in reversed(changes):
            scale *= Fraction(change.new, change.old)
            scales.append(int(scale))
        return [each.at for each in changes], scales[::-1]
