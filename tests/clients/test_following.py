"""Whatever a server says, in whatever order: a reader is told each thing once, in order, and of each hole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapedeck_client.errors import Unreadable
from tapedeck_client.following import Following, Hole
from tapedeck_client.messages import Event, Gap, Item, Snapshot, Update
from tapedeck_client.records import Record, decoded
from tapedeck_client.waiting import BackOff, Waits
from tests.clients.stream_server import tick

CHANNEL = "market:AAPL"
OWN = "user:7"


def told(following: Following, message: Mapping[str, object]) -> list[Item]:
    return list(following.take(Record(dict(message))))


def snapshot(sequence: int) -> Mapping[str, object]:
    return {"type": "snapshot", "channel": CHANNEL, "sequence": sequence, "data": tick(str(sequence))}


def update(first: int, sequence: int) -> Mapping[str, object]:
    return {"type": "update", "channel": CHANNEL, "first": first, "sequence": sequence, "data": tick(str(sequence))}


def updates_of(first: int, more: int) -> Mapping[str, object]:
    return update(first, first + more)


def gap(after: int, before: int, channel: str = CHANNEL) -> Mapping[str, object]:
    return {"type": "gap", "channel": channel, "after": after, "before": before}


def event(sequence: int) -> Mapping[str, object]:
    return {
        "type": "event",
        "channel": OWN,
        "sequence": sequence,
        "kind": "trade_recorded",
        "at": "2026-01-30T09:15:00Z",
        "data": {},
    }


NUMBERS = st.integers(0, 30)
MESSAGES = st.one_of(
    st.builds(snapshot, NUMBERS),
    st.builds(updates_of, NUMBERS, st.integers(0, 5)),
    st.builds(gap, NUMBERS, NUMBERS),
    st.just({"type": "snapshot", "channel": CHANNEL, "sequence": 0, "data": None}),
)


@given(st.lists(MESSAGES, max_size=40))
def test_no_value_is_told_twice_or_after_a_newer_one_and_no_number_is_left_out_unsaid(
    messages: list[Mapping[str, object]],
) -> None:
    """What is told covers the numbers without a hole: by a value, by an update's range, or by a gap."""
    following = Following([CHANNEL], {})
    last: int | None = None
    for message in messages:
        for item in told(following, message):
            match item:
                case Gap():
                    assert last is None or item.after == last
                    assert item.before > item.after + 1
                    last = item.before - 1
                case Snapshot(tick=None):
                    assert last is None
                case Snapshot() | Update():
                    assert item.tick is not None
                    assert str(item.tick.last) == str(item.sequence)
                    assert last is None or item.sequence > last
                    covered_from = item.first if isinstance(item, Update) else item.sequence
                    assert last is None or covered_from <= last + 1
                    last = item.sequence
                case _:
                    pytest.fail(f"nobody said {item}")
    assert last is None or following.positions[CHANNEL] == last


@given(st.lists(st.integers(0, 12), max_size=40))
def test_events_are_told_once_and_in_order_and_a_hole_is_asked_for_again_before_it_is_told(numbers: list[int]) -> None:
    following = Following(["user"], {})
    seen: list[int] = []
    holes: list[tuple[int, int]] = []
    for number in numbers:
        try:
            items = told(following, event(number))
        except Hole:
            assert seen
            assert number > seen[-1] + 1
            holes.append((seen[-1], number))
            continue
        for item in items:
            if isinstance(item, Gap):
                assert any(item.after == after for after, _ in holes)
                seen.append(item.before - 1)
            elif isinstance(item, Event):
                assert not seen or item.sequence == seen[-1] + 1
                seen.append(item.sequence)
    assert seen == sorted(set(seen))


def test_a_users_channel_begins_where_the_server_says_so_that_a_break_before_the_first_event_loses_none() -> None:
    following = Following(["user"], {})
    begin = {"type": "snapshot", "channel": OWN, "sequence": 4, "data": None}
    assert told(following, begin) == [Snapshot(channel=OWN, sequence=4, tick=None)]
    assert told(following, begin) == []
    assert following.after(["user", CHANNEL]) == {OWN: 4}
    with pytest.raises(Hole):
        told(following, event(6))
    assert [item.sequence for item in told(following, event(5)) if isinstance(item, Event)] == [5]


def test_a_gap_of_events_that_the_server_tells_is_told_and_the_next_one_is_no_hole() -> None:
    following = Following(["user"], {OWN: 3})
    assert told(following, gap(3, 8, OWN)) == [Gap(channel=OWN, after=3, before=8)]
    assert [type(item) for item in told(following, event(8))] == [Event]


def test_what_was_dropped_is_told_no_more_though_it_was_under_way() -> None:
    following = Following([CHANNEL], {})
    told(following, snapshot(1))
    following.drop([CHANNEL])
    assert told(following, update(2, 2)) == []
    following.want([CHANNEL])
    assert [type(item) for item in told(following, snapshot(9))] == [Snapshot]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([snapshot(5), update(4, 6), gap(1, 9), event(3)]),
    st.sampled_from(["channel", "sequence", "first", "after", "before", "data", "kind", "at"]),
    JSON,
)
def test_a_message_with_any_member_spoilt_is_taken_or_unreadable_and_never_anything_else(
    message: Mapping[str, object], name: str, value: object
) -> None:
    with suppress(Unreadable, Hole):
        told(Following([CHANNEL], {}), {**message, name: value})


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_what_is_no_json_object_is_unreadable(content: bytes | str) -> None:
    with suppress(Unreadable):
        decoded(content)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1_000", "1e5", "٣", "", " 1", "1.", "0x1"])
def test_a_decimal_is_plain_digits_only(text: str) -> None:
    with pytest.raises(Unreadable):
        Record({"price": text}).decimal("price")


@given(st.lists(st.floats(0, 5), min_size=1, max_size=12))
def test_waits_grow_with_failures_within_their_bounds_and_begin_anew_after_a_steady_connection(
    held: list[float],
) -> None:
    waits = Waits(first_s=0.5, longest_s=8.0, steady_s=10.0)
    back_off = BackOff(waits)
    for number, held_s in enumerate(held):
        full = min(8.0, 0.5 * 2**number)
        assert full / 2 <= back_off.next_s(held_s, None) <= full
    assert back_off.next_s(10.0, None) <= 0.5
    assert back_off.next_s(0.0, 1.25) == 1.25
    assert back_off.next_s(0.0, 9_999.0) == 8.0
