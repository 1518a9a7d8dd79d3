"""Where a feed falters the next one stands in, until the first says something again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from adapters.market_data.live.following import Following
from domain.market_data.ticker import Ticker
from tests.fakes.feeds import NOON, FakeFeed

AAPL, BTC = Ticker.parse("AAPL"), Ticker.parse("BTC-USD")
BOTH = frozenset({AAPL, BTC})


@pytest.fixture
def feeds() -> tuple[FakeFeed, FakeFeed]:
    """The first has Apple only, the second both."""
    return FakeFeed("massive", AAPL), FakeFeed("yahoo", AAPL, BTC)


def at(second: float) -> datetime:
    """Return a moment."""
    return NOON + timedelta(seconds=second)


def names(following: Following) -> dict[str, set[Ticker]]:
    """Return who tells what."""
    return {provider: set(tickers) for provider, tickers in following.tellers(BOTH).items()}


def test_the_next_feed_stands_in_after_a_while_and_the_first_is_followed_on(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    first, second = feeds
    following = Following(feeds)
    assert following.follow(BOTH, at(0)) == (frozenset(), frozenset())
    first.lost = frozenset({AAPL})
    assert following.follow(BOTH, at(1)).moved == frozenset()
    assert following.follow(BOTH, at(10.9)).moved == frozenset()
    assert second.followed == {BTC}
    assert following.follow(BOTH, at(11)).moved == {AAPL}
    assert first.followed == frozenset({AAPL})
    assert second.followed == BOTH
    assert names(following) == {"yahoo": BOTH}
    assert following.standing_in() == {"massive": 0, "yahoo": 1}


def test_a_moment_without_connection_moves_nothing(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    first, second = feeds
    following = Following(feeds)
    for second_of_time in range(0, 60, 4):
        first.lost = frozenset({AAPL}) if second_of_time % 8 else frozenset()
        assert following.follow(BOTH, at(second_of_time)).moved == frozenset()
    assert second.followed == {BTC}


def test_the_first_tells_again_once_it_says_something(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    """Not because it is connected again; and from then on the other one is not heard."""
    first, second = feeds
    following = Following(feeds)
    first.lost = frozenset({AAPL})
    following.follow(BOTH, at(0))
    following.follow(BOTH, at(10))
    first.lost = frozenset()
    assert following.follow(BOTH, at(20)).moved == frozenset()
    assert following.told([second.says(AAPL)]) == [second.says(AAPL)]
    said = [second.says(AAPL), first.says(AAPL), second.says(AAPL), second.says(BTC)]
    assert following.told(said) == [said[0], said[1], said[3]]
    assert following.follow(BOTH, at(21)).moved == {AAPL}
    assert second.followed == {BTC}
    assert names(following) == {"massive": {AAPL}, "yahoo": {BTC}}
    assert following.standing_in() == {"massive": 0, "yahoo": 0}


def test_two_are_never_heard_of_one_symbol(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    """The stand-in is followed until the next division, and what it said before then arrives even later."""
    first, second = feeds
    following = Following(feeds)
    first.lost = frozenset({AAPL})
    following.follow(BOTH, at(0))
    following.follow(BOTH, at(10))
    first.lost = frozenset()
    assert following.told([second.says(AAPL)]) == [second.says(AAPL)]
    assert following.told([first.says(AAPL, 2)]) == [first.says(AAPL, 2)]
    assert following.told([second.says(AAPL, 3)]) == []
    following.follow(BOTH, at(11))
    assert following.told([second.says(AAPL, 4), second.says(BTC, 4)]) == [second.says(BTC, 4)]
    assert following.told([first.says(AAPL, 5)]) == [first.says(AAPL, 5)]


def test_what_a_feed_had_no_room_for_is_heard_of_the_next_alone() -> None:
    """A symbol that moves to the first feed, as there is room now, is not heard of the second any more, and back."""
    first, second = FakeFeed("massive", AAPL, BTC, room=1), FakeFeed("yahoo", AAPL, BTC)
    following = Following([first, second])
    following.follow(BOTH, at(0))
    assert following.told([second.says(BTC), first.says(BTC)]) == [second.says(BTC)]
    assert following.follow(frozenset({BTC}), at(1)).moved == {BTC}
    assert following.told([second.says(BTC), first.says(BTC)]) == [first.says(BTC)]
    assert following.follow(BOTH, at(2)).moved == {BTC}
    assert following.told([first.says(BTC), second.says(BTC)]) == [second.says(BTC)]


def test_where_all_have_faltered_the_one_that_speaks_tells(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    """The second may be back long before the first is."""
    first, second = feeds
    following = Following(feeds)
    first.lost = frozenset({AAPL})
    for second_of_time in (0, 10):
        following.follow(BOTH, at(second_of_time))
    second.lost = BOTH
    for second_of_time in (20, 30):
        following.follow(BOTH, at(second_of_time))
    second.lost = frozenset()
    following.follow(BOTH, at(40))
    assert following.told([second.says(AAPL, 40)]) == [second.says(AAPL, 40)]
    following.follow(BOTH, at(41))
    assert names(following) == {"yahoo": BOTH}
    assert following.standing_in() == {"massive": 0, "yahoo": 1}
    assert following.told([second.says(AAPL, 41)]) == [second.says(AAPL, 41)]


def test_where_nobody_can_stand_in_it_stays_where_it_is() -> None:
    """It is told as soon as it can be heard."""
    only = FakeFeed("massive", AAPL)
    following = Following([only, FakeFeed("yahoo", AAPL, room=0)])
    only.lost = frozenset({AAPL})
    for second_of_time in (0, 10, 20):
        assert following.follow(frozenset({AAPL}), at(second_of_time)) == (frozenset(), frozenset())
    assert following.told([only.says(AAPL)]) == [only.says(AAPL)]
    assert following.standing_in() == {"massive": 0, "yahoo": 0}


def test_what_nobody_has_or_has_room_for_is_untold() -> None:
    following = Following([FakeFeed("massive", AAPL, room=0)])
    assert following.follow(BOTH, at(0)) == (BOTH, frozenset())


def test_what_is_followed_no_more_begins_with_the_first_feed_again(feeds: tuple[FakeFeed, FakeFeed]) -> None:
    first, _ = feeds
    following = Following(feeds)
    first.lost = frozenset({AAPL})
    following.follow(BOTH, at(0))
    following.follow(BOTH, at(10))
    following.follow(frozenset({BTC}), at(11))
    first.lost = frozenset()
    following.follow(BOTH, at(12))
    assert names(following) == {"massive": {AAPL}, "yahoo": {BTC}}
