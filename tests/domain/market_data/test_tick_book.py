"""Updates of feeds become whole ticks, and nothing older takes the place of what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.tick_book import TickBook
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)
AAPL = Ticker.parse("AAPL")


def said(
    at: float = 0.0,
    *,
    last: int | None = None,
    bid: int | None = None,
    volume: int | None = None,
    order: int | None = None,
    provider: str = "massive",
) -> TickUpdate:
    """Return what a feed said so many seconds after noon."""
    when = NOON + timedelta(seconds=at)
    return TickUpdate(
        ticker=AAPL,
        provider=provider,
        as_of=when,
        received_at=when,
        currency=Currency("USD"),
        last=None if last is None else Decimal(last),
        last_size=None if last is None else Decimal(10),
        bid=None if bid is None else Decimal(bid),
        volume=None if volume is None else Decimal(volume),
        order=order,
    )


def applied(*updates: TickUpdate) -> tuple[TickBook, list[Tick | None]]:
    """Return a book that was told these, and what it said to each."""
    book = TickBook()
    return book, [book.apply(each) for each in updates]


def test_a_tick_carries_all_that_was_said_before() -> None:
    _, ticks = applied(said(0, last=100), said(1, bid=99), said(2, volume=5000))
    final = ticks[-1]
    assert final is not None
    assert (final.last, final.bid, final.volume) == (Decimal(100), Decimal(99), Decimal(5000))
    assert final.as_of == NOON + timedelta(seconds=2)


def test_a_size_belongs_to_the_price_it_came_with() -> None:
    _, ticks = applied(said(0, last=100), said(1, last=101)._replace(last_size=None))
    assert ticks[-1] is not None
    assert ticks[-1].last_size is None


@pytest.mark.parametrize(
    "late",
    [said(1, last=90), said(5, last=90, order=6), said(5, last=100, order=7)],
    ids=["an earlier time", "an earlier place of the same time", "the same again"],
)
def test_an_older_update_is_dropped_and_counted(late: TickUpdate) -> None:
    book, ticks = applied(said(5, last=100, order=7), late)
    assert ticks[-1] is None
    assert (book.regressed, book.repeated) == (1, 0)


def test_a_trade_may_come_after_a_later_offer() -> None:
    """They are told apart; the tick's time does not go back."""
    book, ticks = applied(said(5, bid=99), said(4, last=100))
    assert ticks[-1] is not None
    assert (ticks[-1].last, ticks[-1].as_of, book.regressed) == (Decimal(100), NOON + timedelta(seconds=5), 0)


def test_what_says_nothing_new_is_no_tick() -> None:
    book, ticks = applied(said(0, last=100), said(0, last=100))
    assert ticks[-1] is None
    assert (book.regressed, book.repeated) == (0, 1)


def test_figures_of_a_session_end_with_it() -> None:
    """The price stays, the volume of yesterday does not."""
    _, ticks = applied(said(0, last=100), said(1, volume=5000), said(12 * 3600, last=101))
    assert ticks[-1] is not None
    assert (ticks[-1].last, ticks[-1].volume) == (Decimal(101), None)


def test_another_provider_begins_anew() -> None:
    """What two of them say is not mixed."""
    _, ticks = applied(said(5, bid=99), said(5, last=100, provider="yahoo"))
    assert ticks[-1] is not None
    assert (ticks[-1].provider, ticks[-1].bid) == ("yahoo", None)


def test_another_provider_tells_nothing_older_than_was_shown() -> None:
    """Who is shown a price of noon is not shown one of before, though another provider was asked meanwhile."""
    book, ticks = applied(said(5, bid=99), said(4, last=100, provider="yahoo"), said(6, last=101))
    assert ticks[1] is None
    assert ticks[2] is not None
    assert ticks[2].bid == Decimal(99)
    assert book.regressed == 1


def test_what_another_process_has_shown_is_where_it_begins() -> None:
    book, _ = applied()
    book.begin(AAPL, said(5, last=1).as_of)
    assert book.apply(said(3, last=100)) is None
    assert book.apply(said(4, last=100)) is None
    assert book.apply(said(5, last=100)) is not None
    assert book.regressed == 2


def test_what_was_said_too_early_to_be_shown_is_part_of_the_first_tick() -> None:
    """An opening quote bears the time of the last trade: its figures are known once there is something younger."""
    book, _ = applied()
    book.begin(AAPL, said(5, last=1).as_of)
    assert book.apply(said(3, volume=5000)) is None
    assert book.apply(said(3, last=100)) is None
    tick = book.apply(said(6, bid=99))
    assert tick is not None
    assert (tick.last, tick.bid, tick.volume) == (Decimal(100), Decimal(99), Decimal(5000))
    assert tick.as_of == NOON + timedelta(seconds=6)


def test_a_stand_in_begins_with_the_price_it_was_asked_for() -> None:
    """Where a price was shown, an offer of the stand-in does not take it away."""
    _, ticks = applied(said(5, last=100), said(4, last=101, provider="yahoo"), said(6, bid=99, provider="yahoo"))
    assert ticks[1] is None
    assert ticks[2] is not None
    assert (ticks[2].provider, ticks[2].last, ticks[2].bid) == ("yahoo", Decimal(101), Decimal(99))


def test_what_was_said_too_early_is_of_no_use_once_the_other_goes_on() -> None:
    """A stand-in that was never needed does not begin with the price of then when it is needed much later."""
    _, ticks = applied(
        said(5, last=100),
        said(4, last=101, provider="yahoo"),
        said(3000, last=200),
        said(3001, bid=199, provider="yahoo"),
    )
    assert ticks[-1] is not None
    assert (ticks[-1].provider, ticks[-1].last) == ("yahoo", None)


def test_what_two_said_too_early_is_not_mixed() -> None:
    book, _ = applied()
    book.begin(AAPL, said(5, last=1).as_of)
    book.apply(said(3, last=100))
    book.apply(said(4, volume=5000, provider="yahoo"))
    tick = book.apply(said(6, bid=99, provider="yahoo"))
    assert tick is not None
    assert (tick.last, tick.volume) == (None, Decimal(5000))


def test_what_is_forgotten_was_never_said() -> None:
    """Whoever takes the symbol over again begins with nothing."""
    book, _ = applied()
    book.begin(AAPL, said(5, last=1).as_of)
    book.apply(said(3, last=100))
    book.forget(AAPL)
    tick = book.apply(said(6, bid=99))
    assert tick is not None
    assert tick.last is None


def test_what_is_forgotten_begins_anew() -> None:
    book, _ = applied(said(5, last=100))
    book.forget(AAPL)
    book.forget(AAPL)
    assert len(book) == 0
    assert book.apply(said(1, last=99)) is not None


_MAYBE = st.none() | st.integers(1, 9)
_ANYTHING = st.lists(
    st.builds(said, st.integers(0, 20), last=_MAYBE, bid=_MAYBE, volume=_MAYBE, order=st.none() | st.integers(0, 5)),
    max_size=40,
)


@given(updates=_ANYTHING, second=st.integers(0, 20), by_process=st.booleans())
def test_who_takes_over_tells_what_it_would_have_told_from_the_start(
    updates: list[TickUpdate], second: int, *, by_process: bool
) -> None:
    """Nothing known is lost over what was shown before: it is only not shown until something as young is said."""
    shown = said(second, last=1, provider="yahoo")
    book = TickBook()
    if by_process:
        book.begin(AAPL, shown.as_of)
    else:
        book.apply(shown)
    _, wanted = applied(*updates)
    first = next((at for at, each in enumerate(updates) if each.as_of >= shown.as_of), len(updates))
    assert [book.apply(each) for each in updates] == [None] * first + wanted[first:]


@given(st.lists(st.tuples(st.sampled_from(["massive", "yahoo"]), st.integers(0, 20), _MAYBE, _MAYBE), max_size=40))
def test_time_never_goes_back_whoever_tells(updates: list[tuple[str, int, int | None, int | None]]) -> None:
    """Of several providers as well."""
    book, answers = applied(*(said(at, last=last, bid=bid, provider=name) for name, at, last, bid in updates))
    ticks = [tick for tick in answers if tick is not None]
    assert [tick.as_of for tick in ticks] == sorted(tick.as_of for tick in ticks)
    assert len(ticks) + book.regressed + book.repeated == len(updates)


@given(st.lists(st.builds(said, st.integers(0, 20), last=st.integers(1, 9), order=st.integers(0, 5)), max_size=40))
def test_time_never_goes_back(updates: list[TickUpdate]) -> None:
    """In whatever order updates come, ticks only get younger, and each update is a tick or is counted."""
    book, answers = applied(*updates)
    ticks = [tick for tick in answers if tick is not None]
    assert [tick.as_of for tick in ticks] == sorted(tick.as_of for tick in ticks)
    assert len(ticks) + book.regressed + book.repeated == len(updates)


@given(st.permutations([said(at, last=at + 1, order=0) for at in range(8)]))
def test_whatever_the_order_the_latest_wins(updates: list[TickUpdate]) -> None:
    """Messages that were shuffled on their way end in the same state."""
    _, answers = applied(*updates)
    final = [tick for tick in answers if tick is not None][-1]
    assert (final.last, final.as_of) == (Decimal(8), NOON + timedelta(seconds=7))
