"""Who owns what something happened to is told of it once, as it waits for their decision."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from application.ledger.proposals.propose_actions import Announced, AnnouncedSplit, ProposeActions
from application.ledger.telling import TELLTALES
from application.shared.reactions import Delivery
from application.shared.user_events import Told
from domain.ledger.events import ActionsProposed
from domain.ledger.execution import Side
from domain.shared.ids import EventId
from domain.shared.money import Currency
from tests.fakes.ledger import FakeLedger
from tests.ledgers import Desk, entry

pytestmark = pytest.mark.anyio


async def test_users_are_told_once_that_something_is_proposed(ledger: FakeLedger, desk: Desk) -> None:
    """Of what, by whom, and of how much; not again while it waits."""
    account = await desk.open()
    instrument_id = (await desk.record(desk.actor, entry(account.id, Side.BUY, "10", "100"))).instrument.id
    day = date(2024, 1, 2)
    announced = Announced(
        organisation_id=desk.actor.organisation_id,
        instrument_id=instrument_id,
        currency=Currency("INR"),
        provider="test",
        is_simulated=False,
        splits=[AnnouncedSplit(day, datetime(2024, 1, 2, tzinfo=UTC), 2, 1)],
        dividends=[],
    )
    propose = ProposeActions(desk.units, desk.clock, desk.ids)
    for _ in range(2):
        await propose.propose(announced)
    told = [event for event in ledger.outbox.stored if isinstance(event, ActionsProposed)]
    assert [(each.instrument_id, each.provider, each.count) for each in told] == [(instrument_id, "test", 1)]
    payload = {"organisation_id": "o", "instrument_id": "i", "provider": "test", "count": 1}
    delivery = Delivery(EventId(desk.ids.new()), ActionsProposed.name, desk.actor.organisation_id, payload)
    said = {"instrumentId": "i", "provider": "test", "count": 1}
    assert TELLTALES[ActionsProposed.name](delivery) == Told(kind="actions_proposed", data=said)
