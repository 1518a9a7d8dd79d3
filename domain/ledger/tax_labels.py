"""What tax labels are made from and what they say: a second function over the matches of one instrument.

Labels change no figure of the ledger. Which lot a disposal takes is for its account's cost method to say; a label says
what tax law makes of that. Units of different days compare as units of today: each quantity comes with the `scale` that
later splits give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from domain.shared.money import MAX_FRACTION_DIGITS

WINDOW_DAYS: Final = 30
NO_UNITS: Final = Fraction(0)
_QUANTA: Final = 10**MAX_FRACTION_DIGITS

# a disposal and the place of the part within it
PartKey: TypeAlias = tuple[UUID, int]


class Acquisition(NamedTuple):
    """Units that one trade bought to hold: what it had left after closing a short. The id is the trade's."""

    day: date
    at: datetime
    id: UUID
    quantity: Decimal
    scale: Fraction

    @property
    def units(self) -> Fraction:
        """The quantity in units of today."""
        return self.scale * Fraction(self.quantity)


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
    scale: Fraction
    gain: Decimal | None
    acquisition_id: UUID | None

    @property
    def key(self) -> PartKey:
        """What names this part."""
        return (self.disposal_id, self.ordinal)

    @property
    def units(self) -> Fraction:
        """The quantity in units of today."""
        return self.scale * Fraction(self.quantity)

    def own_units(self, units: Fraction) -> Decimal:
        """Return units of today as units of the day of the disposal, to 18 places half-even."""
        if units == self.units:
            return self.quantity
        return Decimal(round(units / self.scale * _QUANTA)).scaleb(-MAX_FRACTION_DIGITS)


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
