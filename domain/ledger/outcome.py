"""What one execution did to a position, as it is told outside and, at the least cost, within a replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from domain.ledger.disposal import Disposal
from domain.ledger.lot import Lot
from domain.ledger.open_lots import Take
from domain.ledger.round_trip import RoundTrip


class Outcome(NamedTuple):
    """What one execution did: at most one lot opened and one disposal made, and the lots and trips it touched."""

    opened: Lot | None
    disposal: Disposal | None
    reduced: tuple[Lot, ...]
    trips: tuple[RoundTrip, ...]


# what a step hands back at the least cost: lot opened, disposal, takes from lots
Step: TypeAlias = tuple[Lot | None, Disposal | None, Sequence[Take]]
