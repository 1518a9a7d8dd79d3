"""A process numbers the ticks it makes, and loses none that is the last of its symbol."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from application.market_data.live.ports import LiveTick
from application.market_data.live.tick_desk import TickDesk, first_sequence
from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)
AAPL, MSFT = Ticker.parse("AAPL"), Ticker.parse("MSFT")


def said(ticker: Ticker, at: int) -> TickUpdate:
    """Return a price that says when it was."""
    when = NOON + timedelta(seconds=at)
    return TickUpdate(ticker, "massive", when, when, Currency("USD"), last=Decimal(at + 1))


def written(tick: Tick) -> bytes:
    """Return the price alone."""
    return str(tick.last).encode()


def desk() -> TickDesk:
    """Return a desk that follows Apple from 100 on, and Microsoft from 7."""
    made = TickDesk(written)
    made.follow({AAPL: 100, MSFT: 7})
    return made


def test_each_symbol_is_numbered_by_itself() -> None:
    made = desk()
    made.receive([said(AAPL, 0), said(MSFT, 0), said(AAPL, 1), said(AAPL, 1)])
    assert made.take(9) == [LiveTick("AAPL", 100, b"1"), LiveTick("MSFT", 7, b"1"), LiveTick("AAPL", 101, b"2")]
    assert not made.has_news
    assert (made.ticks, made.repeated) == (3, 1)


def test_what_is_not_followed_is_nothing() -> None:
    made = desk()
    made.leave([AAPL])
    made.receive([said(AAPL, 0)])
    assert made.take(9) == []
    assert made.followed == {MSFT}


def test_ticks_are_taken_in_order_a_few_at_a_time() -> None:
    made = desk()
    made.receive([said(AAPL, at) for at in range(5)])
    assert [tick.sequence for tick in (*made.take(2), *made.take(2), *made.take(2))] == [100, 101, 102, 103, 104]


def test_all_ticks_are_stored() -> None:
    """Also those of which only the last is told."""
    made = desk()
    made.receive([said(AAPL, at) for at in range(3)])
    made.give_back(made.take(9))
    assert len(made.take_to_store(2)) == 2
    assert [tick.last for tick in made.take_to_store(2)] == [Decimal(3)]


def test_what_is_made_up_is_told_and_not_stored() -> None:
    made = desk()
    made.receive([said(AAPL, 0)._replace(simulated=True)])
    assert len(made.take(9)) == 1
    assert made.take_to_store(9) == []


@given(st.lists(st.tuples(st.sampled_from([AAPL, MSFT]), st.booleans()), max_size=40))
def test_the_last_of_each_symbol_is_told_in_the_end(steps: Sequence[tuple[Ticker, bool]]) -> None:
    """However often the bus was away meanwhile, and numbers never go back."""
    made, told = desk(), list[LiveTick]()
    for at, (ticker, is_away) in enumerate(steps):
        made.receive([said(ticker, at)])
        ticks = made.take(3)
        if is_away:
            made.give_back(ticks)
        else:
            told += ticks
    told += made.take(99)
    for ticker in (AAPL, MSFT):
        own = [tick for tick in told if tick.symbol == str(ticker)]
        assert [tick.sequence for tick in own] == sorted({tick.sequence for tick in own})
        last = max((at for at, (each, _) in enumerate(steps) if each == ticker), default=None)
        assert (own[-1].body if own else None) == (None if last is None else str(last + 1).encode())


def test_a_number_to_begin_with_is_past_all_before() -> None:
    """By the clock, and by what is kept where another clock was ahead; programs with doubles read it exactly."""
    assert first_sequence(NOON, 0) == int(NOON.timestamp()) * 1_000_000
    assert first_sequence(NOON, first_sequence(NOON, 0) + 5) > first_sequence(NOON, 0) + 5
    assert first_sequence(NOON + timedelta(days=365 * 200), 0) < 2**53
