"""A backfill asks for each symbol once, goes on where it was stopped, and names what nobody could tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from adapters.platform.outbox import payload_of
from application.market_data.backfill.fill_bars import SYMBOLS_PER_STEP, FillBars
from application.market_data.backfill.ports import BackfillUnits, Filled, Filling, Unfilled
from application.market_data.backfill.request_backfill import (
    MOST_SYMBOLS,
    RequestBackfill,
    RequestBackfillCommand,
)
from application.market_data.history import Range
from application.market_data.ports import Span
from application.shared.ports import UnitOfWork
from application.shared.reactions import Again, Delivery, Done, Progress
from domain.market_data.bar import Interval
from domain.market_data.events import BackfillRequested
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden, Invalid, Unavailable
from domain.shared.ids import EventId, OrganisationId
from tests.application.market_data.readers import NOW, READER
from tests.fakes.platform import FakeClock, FakeIds, FakeUnitOfWork

pytestmark = pytest.mark.anyio

OPERATOR = Actor(READER.user_id, READER.organisation_id, READER.session_id, frozenset(Scope))


@dataclass
class FakeFilling(Filling):
    """Fills what it does not refuse, and remembers what was asked."""

    refuses: Mapping[str, Unfilled] = field(default_factory=dict[str, Unfilled])
    asked: list[str] = field(default_factory=list[str])
    spans: list[Span] = field(default_factory=list[Span])

    async def fill(self, tickers: Sequence[Ticker], span: Span) -> Mapping[Ticker, Filled | Unfilled]:
        """Tell of each what was set."""
        self.asked += map(str, tickers)
        self.spans.append(span)
        return {ticker: self.refuses.get(str(ticker)) or Filled("test", 250) for ticker in tickers}


@dataclass
class FakeUnits(BackfillUnits):
    """Keeps events."""

    unit: FakeUnitOfWork = field(default_factory=FakeUnitOfWork)

    def __call__(self, organisation_id: OrganisationId) -> UnitOfWork:
        """Return the one there is."""
        del organisation_id
        return self.unit


@pytest.fixture
def units() -> FakeUnits:
    """Nothing was asked for so far."""
    return FakeUnits()


@pytest.fixture
def request_backfill(units: FakeUnits) -> RequestBackfill:
    """Somebody who asks at a known time."""
    return RequestBackfill(units, FakeClock(NOW), FakeIds())


def asking(*symbols: str, since: datetime = datetime(2016, 3, 2, tzinfo=UTC)) -> Delivery:
    """The delivery of a backfill of ten years of days."""
    event = BackfillRequested(
        organisation_id=OPERATOR.organisation_id,
        backfill_id=UUID(int=7),
        symbols=" ".join(symbols),
        interval=Interval.DAY,
        since=since,
    )
    return Delivery(EventId(UUID(int=8)), event.name, event.organisation_id, payload_of(event))


async def test_what_is_asked_for_is_stored_as_an_event(request_backfill: RequestBackfill, units: FakeUnits) -> None:
    """Each symbol once, from the first day of the range on; a year if nothing is said."""
    tickers = [Ticker("AAPL"), Ticker("MSFT"), Ticker("AAPL")]
    backfill_id = await request_backfill(OPERATOR, RequestBackfillCommand(tickers=tickers, range=Range.TEN_YEARS))
    await request_backfill(OPERATOR, RequestBackfillCommand(tickers=tickers[:1]))
    day = date(2020, 2, 29)
    await request_backfill(OPERATOR, RequestBackfillCommand(tickers=tickers[:1], first=day, interval=Interval.DAY))
    first, year, since = units.unit.outbox.stored
    assert isinstance(first, BackfillRequested)
    assert (first.subject_id, first.symbols) == (backfill_id, "AAPL MSFT")
    assert [each.since for each in (first, year, since) if isinstance(each, BackfillRequested)] == [
        datetime(2016, 3, 2, tzinfo=UTC),
        datetime(2025, 3, 2, tzinfo=UTC),
        datetime(2020, 2, 29, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("command", "field_name"),
    [
        (RequestBackfillCommand(tickers=[]), "symbols"),
        (RequestBackfillCommand(tickers=[Ticker(f"S{n}") for n in range(MOST_SYMBOLS + 1)]), "symbols"),
        (RequestBackfillCommand(tickers=[Ticker("A")], interval=Interval.WEEK), "interval"),
        (RequestBackfillCommand(tickers=[Ticker("A")], interval=Interval.MINUTE, range=Range.YEAR), "interval"),
        (RequestBackfillCommand(tickers=[Ticker("A")], range=Range.YEAR, first=date(2020, 1, 1)), "range"),
        (RequestBackfillCommand(tickers=[Ticker("A")], first=date(2027, 1, 1)), "from"),
    ],
)
async def test_what_cannot_be_filled_is_refused(
    request_backfill: RequestBackfill, units: FakeUnits, command: RequestBackfillCommand, field_name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await request_backfill(OPERATOR, command)
    assert refused.value.details["field"] == field_name
    assert units.unit.outbox.stored == []


async def test_asking_takes_a_scope_of_its_own(request_backfill: RequestBackfill) -> None:
    with pytest.raises(Forbidden):
        await request_backfill(READER, RequestBackfillCommand(tickers=[Ticker("AAPL")]))


async def test_symbols_are_filled_a_few_at_a_step_each_once() -> None:
    """A step tells where the next begins, so that one that was stopped goes on there."""
    filling = FakeFilling()
    symbols = [f"S{number}" for number in range(SYMBOLS_PER_STEP + 5)]
    delivery = asking(*symbols)
    first = await FillBars(filling, FakeClock(NOW))(delivery)
    assert isinstance(first, Again)
    assert first.progress == Progress(SYMBOLS_PER_STEP, len(symbols))
    # another process goes on
    last = await FillBars(filling, FakeClock(NOW))(replace(delivery, place=first.place))
    assert last == Done(Progress(len(symbols), len(symbols)))
    assert filling.asked == symbols
    assert {(span.since, span.until) for span in filling.spans} == {(datetime(2016, 3, 2, tzinfo=UTC), NOW)}


async def test_what_nobody_knows_is_never_done() -> None:
    """The progress ends below its total, and nobody is asked again."""
    filling = FakeFilling({"NOPE": Unfilled.UNKNOWN})
    assert await FillBars(filling, FakeClock(NOW))(asking("AAPL", "NOPE")) == Done(Progress(1, 2))


async def test_what_nobody_tells_of_now_is_tried_again_and_named() -> None:
    """The job fails at the end, when all others are there, and a retry asks for those alone."""
    filling = FakeFilling({"MSFT": Unfilled.NO_ANSWER})
    fill_bars = FillBars(filling, FakeClock(NOW))
    delivery = asking("AAPL", "MSFT")
    first = await fill_bars(delivery)
    assert isinstance(first, Again)
    delivery = replace(delivery, place=first.place)
    with pytest.raises(Unavailable, match="MSFT now"):
        await fill_bars(delivery)
    filling.refuses = {}
    assert await fill_bars(delivery) == Done(Progress(2, 2))
    assert filling.asked == ["AAPL", "MSFT", "MSFT", "MSFT"]


async def test_a_span_goes_until_the_step_and_not_until_it_was_asked_for() -> None:
    filling, clock = FakeFilling(), FakeClock(NOW)
    clock.advance(days=3)
    await FillBars(filling, clock)(asking("AAPL"))
    assert filling.spans[0].until == NOW + timedelta(days=3)
