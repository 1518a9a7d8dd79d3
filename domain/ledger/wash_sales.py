"""Wash sales: losses that US tax law disallows because the same was bought within 30 days before or after.

Source: 26 U.S.C. 1091 and Treas. Reg. 1.1091-1. Losses are taken in the order of the sales, and replacement units in
the order of their acquisition, each once. Units bought before a sale replace what was sold only as far as they are
still held after it, and a lot that the sale itself takes from replaces nothing (Rev. Rul. 56-602). Of an acquisition,
units that have replaced others leave first. Losses on shorts are not labelled.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from domain.ledger.tax_labels import (
    WINDOW_DAYS,
    Acquisition,
    PartKey,
    Replacement,
    SoldPart,
    WashSale,
)
from domain.shared.money import EXACT, ZERO, round_share

_WINDOW: Final = timedelta(days=WINDOW_DAYS)


def wash_sales(acquisitions: Iterable[Acquisition], parts: Iterable[SoldPart]) -> Mapping[PartKey, WashSale]:
    """Label the parts of one instrument's sales, over all accounts, that are wash sales, in units of each sale.

    Takes time in proportion to what there is, whatever falls into one window.
    """
    candidates = _Candidates(sorted(acquisitions))
    labels: dict[PartKey, WashSale] = {}
    for _, sale in groupby(sorted(parts), attrgetter("at", "disposal_id")):
        sold = list(sale)
        for part in sold:
            candidates.sell(part)
        taken = {part.acquisition_id for part in sold}
        losses = [part for part in sold if part.quantity and part.gain is not None and part.gain < ZERO]
        for part, replaced in candidates.replace(losses, taken):
            labels[part.key] = _label(part, replaced)
    return labels


def _label(part: SoldPart, replaced: Sequence[tuple[UUID, int]]) -> WashSale:
    quantity = part.own_units(sum(number for _, number in replaced))
    loss = EXACT.minus(part.gain or ZERO)
    return WashSale(
        quantity=quantity,
        disallowed=round_share(loss, quantity, part.quantity),
        replacements=tuple(Replacement(id_, part.own_units(number)) for id_, number in replaced),
    )


class _Candidates:
    """Acquisitions by day, each with what of it is held and fresh, and what is held but has replaced others already.

    What is fresh only ever shrinks: an acquisition without it is never looked at again.
    """

    def __init__(self, acquisitions: Sequence[Acquisition]) -> None:
        self._days = [each.day for each in acquisitions]
        self._ids = [each.id for each in acquisitions]
        self._places = {each.id: place for place, each in enumerate(acquisitions)}
        self._fresh = [each.particles for each in acquisitions]
        self._spent = [0] * len(acquisitions)
        # where to look on from each place: itself, or a later one if nothing in it is fresh
        self._onward = list(range(len(acquisitions) + 1))

    def sell(self, part: SoldPart) -> None:
        """Let what was sold no longer be held."""
        place = None if part.acquisition_id is None else self._places.get(part.acquisition_id)
        if place is not None:
            spent = min(part.particles, self._spent[place])
            self._spent[place] -= spent
            self._take(place, part.particles - spent)

    def replace(
        self, losses: Sequence[SoldPart], taken: AbstractSet[UUID | None]
    ) -> Iterator[tuple[SoldPart, list[tuple[UUID, int]]]]:
        """Use fresh units up to replace those of one sale's parts, and yield each part that has any with them."""
        if not losses:
            return
        end = losses[0].day + _WINDOW
        place = self._next(bisect_left(self._days, losses[0].day - _WINDOW))
        for part in losses:
            wanted = part.particles
            found: list[tuple[UUID, int]] = []
            while wanted and place < len(self._days) and self._days[place] <= end:
                if self._ids[place] in taken:
                    place = self._next(place + 1)
                    continue
                number = min(wanted, self._fresh[place])
                found.append((self._ids[place], number))
                wanted -= number
                self._spent[place] += number
                self._take(place, number)
                place = self._next(place)
            if found:
                yield part, found

    def _take(self, place: int, number: int) -> None:
        self._fresh[place] -= number
        if self._fresh[place] <= 0:
            self._onward[place] = place + 1

    def _next(self, place: int) -> int:
        end = place
        while self._onward[end] != end:
            end = self._onward[end]
        while place != end:
            onward = self._onward[place]
            self._onward[place] = end
            place = onward
        return end
