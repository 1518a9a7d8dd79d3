"""Asks for the nightly verification of each organisation's books, when it is two in the morning where its people are.

It is asked for again and again for some hours, so that no night is missed; the key of the event lets it happen once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.outbox import SqlOutbox
from application.ledger.verify_positions import night_due
from application.shared.chores import Chore
from application.shared.ports import Clock, IdFactory
from domain.ledger.events import VerificationDue
from domain.shared.errors import Invalid
from domain.shared.ids import OrganisationId
from domain.shared.time import zone

_PURPOSE: Final = Tenant(purpose="housekeeping")
_ZONES: Final = text("SELECT DISTINCT time_zone FROM users WHERE disabled_at IS NULL")
# an organisation is at home where the first of its users is
_NOT_ASKED: Final = text(
    """
    SELECT u.organisation_id FROM (
        SELECT DISTINCT ON (organisation_id) organisation_id, time_zone FROM users WHERE disabled_at IS NULL
        ORDER BY organisation_id, created_at, id
    ) u
    WHERE u.time_zone = :zone AND NOT EXISTS (
        SELECT 1 FROM outbox o
        WHERE o.organisation_id = u.organisation_id AND o.name = :name AND o.unique_key = :night
    )
    """
)


@final
class NightlyVerification(Chore):
    """Leaves one event for each organisation and night."""

    def __init__(self, engine: AsyncEngine, clock: Clock, ids: IdFactory) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids

    async def __call__(self) -> int:
        """Return for how many organisations it was asked."""
        asked = 0
        async with begin(self._engine, _PURPOSE) as block:
            zones: list[str] = list((await block.connection.execute(_ZONES)).scalars())
            for name, night in _due(zones, self._clock.now()):
                values = {"zone": name, "name": VerificationDue.name, "night": night.isoformat()}
                found: list[UUID] = list((await block.connection.execute(_NOT_ASKED, values)).scalars())
                events = [VerificationDue(organisation_id=OrganisationId(each), night=night) for each in found]
                await SqlOutbox(block.connection, self._ids).add(events)
                asked += len(events)
            await block.commit()
        return asked


def _due(zones: list[str], now: datetime) -> Iterator[tuple[str, date]]:
    for name in zones:
        try:
            night = night_due(now, zone(name))
        except Invalid:
            continue  # a name that this machine's tables of zones do not have any more
        if night is not None:
            yield name, night
