"""The organisation's instruments as one command sees them: known ones, and those it is about to make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from application.ledger.entries import InstrumentTerms
from application.ledger.ports import InstrumentStore
from application.shared.ports import IdFactory
from domain.ledger.errors import InstrumentConflict
from domain.shared.ids import InstrumentId
from domain.shared.instrument import Instrument, InstrumentKey

_ONE = Decimal(1)


@dataclass(slots=True)
class Catalogue:
    """Finds instruments by key and remembers which are new; `keep` stores those."""

    known: dict[InstrumentKey, Instrument]
    new: dict[InstrumentKey, Instrument] = field(default_factory=dict[InstrumentKey, Instrument])

    @classmethod
    async def load(cls, store: InstrumentStore, keys: Iterable[InstrumentKey]) -> Catalogue:
        """Look the keys up."""
        return cls(dict(await store.find(set(keys))))

    def named(self, terms: InstrumentTerms, ids: IdFactory) -> Instrument:
        """Return the instrument these terms name, made if unknown; raise InstrumentConflict or Invalid.

        One that is made counts only once it is `taken`.
        """
        found = self.known.get(terms.key) or self.new.get(terms.key)
        if found is None:
            return Instrument(
                id=InstrumentId(ids.new()),
                key=terms.key,
                multiplier=_ONE if terms.multiplier is None else terms.multiplier,
                tick_size=terms.tick_size,
                lot_size=terms.lot_size,
                isin=terms.isin,
            )
        if terms.multiplier is not None and terms.multiplier != found.multiplier:
            raise InstrumentConflict(terms.key, known=found.multiplier, given=terms.multiplier)
        return found

    def taken(self, instrument: Instrument) -> None:
        """Remember that a trade refers to the instrument."""
        if instrument.key not in self.known:
            self.new[instrument.key] = instrument

    async def keep(self, store: InstrumentStore, now: datetime) -> bool:
        """Store the new ones; return False if somebody else made one first, which is then the known one."""
        if not self.new:
            return True
        stored = await store.add(self.new.values(), now)
        first = all(stored[key].id == instrument.id for key, instrument in self.new.items())
        self.known |= stored
        self.new = {}
        return first

    def by_id(self) -> dict[InstrumentId, Instrument]:
        """All of them by id."""
        return {instrument.id: instrument for instrument in (*self.known.values(), *self.new.values())}
