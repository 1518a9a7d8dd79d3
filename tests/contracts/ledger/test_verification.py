"""What the verification promises: what is stored equals a replay, or is made to, and its owner learns of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.issue_reads import SqlIssueQueries
from adapters.ledger.nightly import NightlyVerification
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.ids import Uuid7Factory
from application.ledger.find_issues import FindIssues, IssueKind
from application.ledger.record_trades import RecordTradesCommand
from application.ledger.verify_positions import PAIRS_PER_STEP, VerifyPositions, night_due
from application.shared.pages import PageRequest
from application.shared.reactions import Delivery, Done
from domain.ledger.events import VerificationDue
from domain.ledger.execution import Side
from domain.ledger.pair import Pair
from domain.shared.ids import EventId, OrganisationId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency
from tests.fakes.platform import FakeClock
from tests.ledgers import Desk, entry, new_actor, rows

pytestmark = pytest.mark.anyio

ZONES = ["Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
HARM = [
    "UPDATE positions SET realised = realised + 1",
    "UPDATE positions SET quantity = 0",
    "UPDATE lots SET quantity = quantity + 1",
    "UPDATE disposals SET proceeds = proceeds + 0.000000000000000001",
    "DELETE FROM lot_matches",
]


@pytest.fixture
def books(engine: AsyncEngine) -> Desk:
    """A trader's books in PostgreSQL."""
    ids = Uuid7Factory()
    return Desk(SqlLedgerUnits(engine, ids), FakeClock(datetime.now(UTC)), ids, new_actor(ids))


async def _trade(desk: Desk, *symbols: str) -> None:
    account = await desk.open()
    keys = [InstrumentKey(symbol, "NSE", Segment.EQUITY, Currency("INR")) for symbol in symbols]
    buys = [entry(account.id, Side.BUY, "10", "100", key=key) for key in keys]
    sells = [entry(account.id, Side.SELL, "4", "120", 5, key=key, fee="1") for key in keys]
    await desk.record_many(desk.actor, RecordTradesCommand(rows(*buys, *sells)))


async def _verify(desk: Desk) -> int:
    """Do all steps, each told where the one before ended; return how many there were."""
    verify, place, steps = VerifyPositions(desk.units, desk.clock), None, 0
    while True:
        steps += 1
        name, organisation_id = VerificationDue.name, desk.actor.organisation_id
        outcome = await verify(Delivery(EventId(uuid4()), name, organisation_id, {}, place))
        if isinstance(outcome, Done):
            return steps
        place = outcome.place


async def _mended(engine: AsyncEngine, desk: Desk) -> set[Pair]:
    """The positions that stand among the issues."""
    find = FindIssues(SqlIssueQueries(engine), desk.clock)
    found = await find(desk.actor, None, IssueKind.MENDED_POSITION, PageRequest(limit=100))
    return {Pair(issue.account_id, issue.instrument.id) for issue in found.rows}


async def test_books_that_are_right_are_left_alone(desk: Desk) -> None:
    await _trade(desk, "INFY", "TCS")
    before = await desk.stored()
    assert await _verify(desk) == 1
    assert (await desk.stored(), (await desk.rebuild(desk.actor)).mended) == (before, [])


@pytest.mark.parametrize("harm", HARM)
async def test_what_differs_from_a_replay_is_mended_and_stands_among_the_issues(
    books: Desk, engine: AsyncEngine, harm: str
) -> None:
    await _trade(books, "INFY")
    before = await books.stored()
    [pair] = before
    async with begin(engine, Tenant(books.actor.organisation_id)) as block:
        await block.connection.execute(text(harm))
        await block.commit()
    await _verify(books)
    assert (await books.stored(), await _mended(engine, books)) == (before, {pair})
    rebuilt = await books.rebuild(books.actor)
    assert (rebuilt.replayed, rebuilt.mended) == (1, [])


async def test_large_books_take_several_steps_and_miss_nothing(books: Desk, engine: AsyncEngine) -> None:
    await _trade(books, *(f"SYM{number}" for number in range(PAIRS_PER_STEP + 3)))
    async with begin(engine, Tenant(books.actor.organisation_id)) as block:
        await block.connection.execute(text("UPDATE positions SET fees = fees + 1"))
        await block.commit()
    assert await _verify(books) == 2
    assert len(await _mended(engine, books)) == PAIRS_PER_STEP + 3


async def test_a_rebuild_of_one_account_leaves_the_others(books: Desk, engine: AsyncEngine) -> None:
    await _trade(books, "INFY")
    other = await books.open(label="Other")
    await books.record(books.actor, entry(other.id, Side.BUY, "1", "1"))
    async with begin(engine, Tenant(books.actor.organisation_id)) as block:
        await block.connection.execute(text("UPDATE positions SET fees = fees + 1"))
        await block.commit()
    rebuilt = await books.rebuild(books.actor, other.id)
    assert [pair.account_id for pair in rebuilt.mended] == [other.id]


@pytest.mark.parametrize("month", [3, 4, 9, 10, 11])
@pytest.mark.parametrize("zone", ZONES)
def test_every_night_is_due_in_its_zone_once_it_is_two(zone: str, month: int) -> None:
    """Asked each hour over the months in which clocks change: no night is left out, and none comes early or late."""
    local = ZoneInfo(zone)
    moments = [datetime(2026, month, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(24 * 30)]
    nights = {night: moment for moment in reversed(moments) if (night := night_due(moment, local)) is not None}
    days = sorted(nights)
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    for night in days[1:]:
        told = nights[night].astimezone(local).replace(tzinfo=None)
        late = told - datetime(night.year, night.month, night.day, 2)  # noqa: DTZ001 - a local time
        assert timedelta(0) <= late < timedelta(hours=2)


async def test_two_schedulers_ask_once_for_each_organisation_and_night(engine: AsyncEngine) -> None:
    """In the first hours of the night where its first user is at home."""
    clock, ids = FakeClock(datetime(2031, 3, 10, 20, 29, tzinfo=UTC)), Uuid7Factory()
    homes = {OrganisationId(ids.new()): zone for zone in ("Asia/Kolkata", "Asia/Kolkata", "Europe/Berlin")}
    for organisation_id, zone in homes.items():
        await _settle_in(engine, organisation_id, zone)
    chores = [NightlyVerification(engine, clock, ids) for _ in range(2)]

    async def asked() -> dict[OrganisationId, list[str]]:
        async with begin(engine, Tenant(purpose="jobs")) as block:
            found = await block.connection.execute(
                text("SELECT organisation_id, unique_key FROM outbox WHERE name = :name ORDER BY unique_key"),
                {"name": VerificationDue.name},
            )
            keys: dict[OrganisationId, list[str]] = {}
            for organisation_id, key in found:
                keys.setdefault(OrganisationId(organisation_id), []).append(key)
            return keys

    assert [await chore() for chore in chores] == [0, 0]
    clock.advance(minutes=1)
    assert sum(await asyncio.gather(*(chore() for chore in chores))) >= 2
    indian, german = date(2031, 3, 11), date(2031, 3, 11)
    assert await asked() == {each: [indian.isoformat()] for each, zone in homes.items() if zone == "Asia/Kolkata"}
    clock.advance(hours=4, minutes=30)
    assert [await chore() for chore in chores] == [1, 0]
    assert await asked() == {each: [german.isoformat()] for each in homes}


async def _settle_in(engine: AsyncEngine, organisation_id: OrganisationId, zone: str) -> None:
    async with begin(engine, Tenant(organisation_id)) as block:
        values = {"organisation": organisation_id, "id": uuid4(), "email": f"{uuid4()}@example.com", "zone": zone}
        await block.connection.execute(text("INSERT INTO organisations VALUES (:organisation, 'Desk', now())"), values)
        await block.connection.execute(
            text(
                "INSERT INTO users (organisation_id, id, email, password_hash, display_currency, time_zone,"
                " wants_imports, wants_alerts, wants_summaries, created_at, updated_at, version)"
                " VALUES (:organisation, :id, :email, 'x', 'INR', :zone, true, true, true, now(), now(), 1)"
            ),
            values,
        )
        await block.commit()
