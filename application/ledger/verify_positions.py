"""Proves every night that what is stored equals a replay of what was recorded, a few positions at a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from application.ledger.ports import LedgerUnits
from application.ledger.rebuild_positions import pairs_of, sum_days, verify
from application.shared.cron import Cron
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Progress, Reaction
from domain.ledger.pair import Pair
from domain.shared.ids import AccountId, InstrumentId

PAIRS_PER_STEP: Final = 20
_TWO_O_CLOCK: Final = Cron.parse("0 2 * * *")
# a night that was missed for longer is over, and the next will do
_LATEST: Final = timedelta(hours=6)


def night_due(now: datetime, zone: ZoneInfo) -> date | None:
    """Return the local day whose 02:00 has come in the zone within the last six hours, None outside of them."""
    slot = next(_TWO_O_CLOCK.slots(now - _LATEST, now, zone), None)
    return None if slot is None else slot.local.date()


@dataclass(frozen=True, slots=True)
class VerifyPositions(Reaction):
    """Reacts to `ledger.verification_due`: what differs is written anew and stands among the issues."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Replay the next positions after those that earlier steps replayed."""
        pairs = await pairs_of(self.units, delivery.organisation_id)
        after = None if delivery.place is None else _pair(delivery.place)
        left = [pair for pair in pairs if after is None or pair > after]
        batch = left[:PAIRS_PER_STEP]
        if batch:
            await verify(self.units, delivery.organisation_id, batch, self.clock)
        progress = Progress(len(pairs) - len(left) + len(batch), len(pairs))
        if len(batch) == len(left):
            await sum_days(self.units, delivery.organisation_id, pairs)
            return Done(progress)
        return Again(progress, f"{batch[-1].account_id} {batch[-1].instrument_id}")


def _pair(place: str) -> Pair:
    account_id, instrument_id = place.split()
    return Pair(AccountId(UUID(account_id)), InstrumentId(UUID(instrument_id)))
