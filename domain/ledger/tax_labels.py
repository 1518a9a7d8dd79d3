"""What tax labels are made from and what they say: a second function over the matches of one instrument.

Labels change no figure of the ledger. Which lot a disposal takes is for its account's cost method to say; a label says
what tax law makes of that. Splits change what a unit is, so quantities of different days are compared as whole numbers
of a particle so small that a quantum of each day, 10^-18 units, is a whole number of them: its `scale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from domain.shared.money import EXACT, MAX_FRACTION_DIGITS

WINDOW_DAYS: Final = 30

# a disposal and the place of the part within it
PartKey: TypeAlias = tuple[UUID, int]


def particles(quantity: Decimal, scale: int) -> int:
    """Return how many particles a quantity is."""
    return int(quantity.scaleb(MAX_FRACTION_DIGITS, EXACT)) * scale


class Acquisition(NamedTuple):
    """Particles that one trade bought to hold: what it had left after closing a short. The id is the trade's."""

    day: date
    at: datetime
    id: UUID
    particles: int


class SoldPart(NamedTuple):
    """What one disposal of long units took from one lot, or sold without a known purchase.

    `acquisition_id` is the acquisition that the lot comes from, through transfers and splits; None if there is none,
    as for a bonus. `gain` is None without a known cost.
    """

    at: datetime
    disposal_id: UUID
    ordinal: int
    day: date
    quantity: Decimal
    scale: int
    particles: int
    gain: Decimal | None
    acquisition_id: UUID | None

    @property
    def key(self) -> PartKey:
        """What names this part."""
        return (self.disposal_id, self.ordinal)

    def own_units(self, number: int) -> Decimal:
        """Return particles as units of the day of the disposal, to 18 places half-even."""
        if number == self.particles:
            return self.quantity
        return Decimal(round(Fraction(number, self.scale))).scaleb(-MAX_FRACTION_DIGITS, EXACT)


class Replacement(NamedTuple):
    """Units of an acquisition that replace sold ones, counted in units of the sale."""

    acquisition_id: UUID
    quantity: Decimal


class WashSale(NamedTuple):
    """So many units sold at a loss were replaced, by these acquisitions; that share of the loss is disallowed."""

    quantity: Decimal
    disallowed: Decimal
    replacements: tuple[Replacement, ...]


class ShareMatching(NamedTuple):
    """So many units sold are matched with acquisitions of the same day, and so many with later ones within 30 days."""

    same_day: Decimal
    thirty_day: Decimal


@dataclass(frozen=True, slots=True)
class TaxLabels:
    """The labels of parts of disposals; most parts have none."""

    wash_sales: Mapping[PartKey, WashSale] = field(default_factory=dict[PartKey, WashSale])
    share_matching: Mapping[PartKey, ShareMatching] = field(default_factory=dict[PartKey, ShareMatching])
