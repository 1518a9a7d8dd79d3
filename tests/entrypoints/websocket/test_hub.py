"""Who is told what of the market, and how: the rules of the hub one by one."""

from __future__ import annotations

from entrypoints.websocket.frames import frame_of
from entrypoints.websocket.hub import Hub
from entrypoints.websocket.messages import Gap, Pong, Snapshot, Update
from entrypoints.websocket.subscriber import MOST_QUEUED
from tests.entrypoints.websocket.readers import Reader, tick


def _told(reader: Reader, symbol: str = "AAPL") -> list[tuple[str, int, int]]:
    """Return kind and range of each message about the symbol."""
    told: list[tuple[str, int, int]] = []
    for message in reader.of(symbol):
        match message:
            case Snapshot():
                told.append(("snapshot", message.sequence, message.sequence))
            case Update():
                told.append(("update", message.first, message.sequence))
            case Gap():
                told.append(("gap", message.after, message.before))
    return told


def _hub(sequence: int | None, *readers: Reader, pace_s: float = 0.0) -> Hub:
    """Return a hub that knows AAPL at this sequence, followed by the readers."""
    hub = Hub()
    for reader in readers:
        hub.subscribe(reader.subscriber, "AAPL", pace_s)
    hub.learn(["AAPL"], {} if sequence is None else {"AAPL": tick("AAPL", sequence)})
    return hub


def test_a_symbol_begins_with_how_it_stands_and_goes_on_with_every_tick() -> None:
    """A snapshot, then an update for each tick at pace 0."""
    reader = Reader()
    hub = _hub(5, reader)
    hub.take([tick("AAPL", 6), tick("AAPL", 7)], 0.0)
    assert _told(reader) == [("snapshot", 5, 5), ("update", 6, 6), ("update", 7, 7)]


def test_nothing_is_told_before_it_is_known_how_a_symbol_stands() -> None:
    """Who follows a symbol that is new here waits for the look-up, or for a tick that comes first."""
    reader = Reader()
    hub = Hub()
    assert hub.subscribe(reader.subscriber, "AAPL", 0.0)
    assert hub.unknown == {"AAPL"}
    assert reader.messages == []
    hub.take([tick("AAPL", 9)], 0.0)
    assert hub.unknown == frozenset()
    hub.learn(["AAPL"], {"AAPL": tick("AAPL", 8)})
    assert _told(reader) == [("snapshot", 9, 9)]


def test_a_symbol_of_which_nothing_is_known_says_so() -> None:
    """Sequence 0 and no data, and the first tick stands for all there ever was."""
    reader = Reader()
    hub = _hub(None, reader)
    hub.take([tick("AAPL", 1_000)], 0.0)
    assert _told(reader) == [("snapshot", 0, 0), ("update", 1, 1_000)]


def test_ticks_in_between_are_conflated_and_the_first_one_is_not_held_back() -> None:
    """What comes after a while of nothing goes out at once; then one update per pace, which stands for all."""
    reader = Reader()
    hub = _hub(1, reader, pace_s=0.2)
    hub.take([tick("AAPL", 2)], 10.0)
    hub.take([tick("AAPL", 3)], 10.05)
    hub.take([tick("AAPL", 4)], 10.1)
    assert _told(reader)[1:] == [("update", 2, 2)]
    due = [hub.due_at]
    hub.flush(10.2)
    assert _told(reader)[1:] == [("update", 2, 2), ("update", 3, 4)]
    assert [*due, hub.due_at] == [10.2, None]
    assert hub.counts.conflated == 1


def test_each_client_has_the_pace_it_chose() -> None:
    """Two paces of one symbol do not disturb each other."""
    fast, calm = Reader(), Reader()
    hub = _hub(1, fast)
    hub.subscribe(calm.subscriber, "AAPL", 1.0)
    for number in range(2, 12):
        hub.take([tick("AAPL", number)], 100.0 + number / 10)
    hub.flush(102.0)
    assert len(_told(fast)) == 11
    assert _told(calm) == [("snapshot", 1, 1), ("update", 2, 2), ("update", 3, 11)]


def test_messages_are_made_once_for_all() -> None:
    """Clients of one pace get the same object, which the server may send to all of them."""
    readers = [Reader() for _ in range(3)]
    hub = _hub(1, *readers)
    hub.take([tick("AAPL", 2)], 0.0)
    last = [reader.events[-1] for reader in readers]
    assert len({id(event) for event in last}) == 1


def test_a_late_or_repeated_tick_is_dropped() -> None:
    """Sequence numbers never go back."""
    reader = Reader()
    hub = _hub(5, reader)
    hub.take([tick("AAPL", 5), tick("AAPL", 3), tick("AAPL", 6), tick("AAPL", 6)], 0.0)
    assert _told(reader) == [("snapshot", 5, 5), ("update", 6, 6)]
    assert hub.counts.dropped == 3


def test_a_loss_is_told_and_answered_by_a_snapshot() -> None:
    """A hole in what the bus says becomes a gap."""
    reader = Reader()
    hub = _hub(5, reader)
    hub.take([tick("AAPL", 9)], 0.0)
    hub.take([tick("AAPL", 10)], 0.0)
    assert _told(reader) == [("snapshot", 5, 5), ("gap", 5, 9), ("snapshot", 9, 9), ("update", 10, 10)]
    assert hub.counts.lost == 1


def test_a_loss_among_conflated_ticks_is_told_as_well() -> None:
    """An update must not stand for what nobody here has seen."""
    reader = Reader()
    hub = _hub(1, reader, pace_s=0.2)
    hub.take([tick("AAPL", 2)], 0.0)
    hub.take([tick("AAPL", 3), tick("AAPL", 5), tick("AAPL", 6)], 0.1)
    hub.flush(0.2)
    assert _told(reader)[2:] == [("gap", 2, 6), ("snapshot", 6, 6)]


def test_who_does_not_read_keeps_nobody_waiting_and_is_brought_up_to_date() -> None:
    """A stuck client gets one update for everything once it goes on; the others never notice."""
    stuck, other = Reader(), Reader()
    hub = _hub(1, stuck, other)
    stuck.is_stuck = True
    for number in range(2, 1_000):
        hub.take([tick("AAPL", number)], float(number))
    assert len(_told(other)) == 999
    assert _told(stuck) == [("snapshot", 1, 1)]
    stuck.go_on()
    # the one it was stuck with, and the rest at once
    assert _told(stuck) == [("snapshot", 1, 1), ("update", 2, 2), ("update", 3, 999)]


def test_a_loss_while_a_client_is_busy_is_told_to_it() -> None:
    """Conflation for the slow does not hide a gap."""
    reader = Reader()
    hub = _hub(1, reader)
    reader.is_stuck = True
    hub.take([tick("AAPL", 2), tick("AAPL", 3), tick("AAPL", 7), tick("AAPL", 8)], 0.0)
    reader.go_on()
    assert _told(reader)[1:] == [("update", 2, 2), ("gap", 2, 8), ("snapshot", 8, 8)]


def test_who_comes_back_is_told_what_it_missed() -> None:
    """Nothing, if nothing; an update, if it was one tick; a gap and how things stand, if it was more."""
    same, one, more, ahead = Reader(), Reader(), Reader(), Reader()
    hub = _hub(10, Reader())
    for reader, after in ((same, 10), (one, 9), (more, 4), (ahead, 12)):
        hub.subscribe(reader.subscriber, "AAPL", 0.0, after)
    assert _told(same) == []
    assert _told(one) == [("update", 10, 10)]
    assert _told(more) == [("gap", 4, 10), ("snapshot", 10, 10)]
    assert _told(ahead) == []
    hub.take([tick("AAPL", 11), tick("AAPL", 12), tick("AAPL", 13)], 0.0)
    # another process was ahead of this one: nothing older than what the client has is shown to it
    assert _told(ahead) == [("update", 13, 13)]
    assert _told(same) == [("update", 11, 11), ("update", 12, 12), ("update", 13, 13)]


def test_another_pace_loses_and_repeats_nothing() -> None:
    """Following a symbol anew at another pace goes on where the client is."""
    reader = Reader()
    hub = _hub(1, reader, pace_s=60.0)
    hub.take([tick("AAPL", 2)], 100.0)
    hub.take([tick("AAPL", 3), tick("AAPL", 4)], 101.0)
    assert not hub.subscribe(reader.subscriber, "AAPL", 0.0)
    hub.take([tick("AAPL", 5)], 102.0)
    hub.flush(200.0)
    assert _told(reader) == [("snapshot", 1, 1), ("update", 2, 2), ("update", 3, 4), ("update", 5, 5)]


def test_what_nobody_follows_is_forgotten() -> None:
    """Memory is bounded by what is followed now."""
    reader = Reader()
    hub = _hub(1, reader)
    assert hub.symbols == {"AAPL"}
    assert hub.unsubscribe(reader.subscriber, "AAPL")
    assert hub.symbols == frozenset()
    hub.take([tick("AAPL", 2)], 0.0)
    assert _told(reader) == [("snapshot", 1, 1)]
    assert not hub.unsubscribe(reader.subscriber, "AAPL")


def test_a_broken_connection_disturbs_nobody() -> None:
    """Whatever a server says of a broken connection, the others get their messages."""
    broken, other = Reader(), Reader()
    hub = _hub(1, broken, other)
    broken.is_broken = True
    hub.take([tick("AAPL", 2), tick("AAPL", 3)], 0.0)
    assert broken.subscriber.has_left
    assert _told(other)[1:] == [("update", 2, 2), ("update", 3, 3)]


def test_who_breaks_off_while_it_is_busy_has_left() -> None:
    """A delivery that fails after it had to wait ends the client as well."""
    reader = Reader()
    hub = _hub(1, reader)
    reader.is_stuck = True
    hub.take([tick("AAPL", 2), tick("AAPL", 3)], 0.0)
    reader.is_broken = True
    reader.go_on()
    assert reader.subscriber.has_left
    assert reader.subscriber.owed == {}


def test_answers_and_events_wait_in_order_and_a_pile_of_them_ends_the_client() -> None:
    """Ticks never pile up; what must not be lost does, up to a limit that is told once."""
    reader = Reader()
    hub = _hub(1, reader)
    reader.is_stuck = True
    for number in range(MOST_QUEUED):
        reader.subscriber.send(frame_of(Pong(id=number)))
    for number in range(2, 5_000):
        hub.take([tick("AAPL", number)], 0.0)
    assert reader.slow == 0
    reader.go_on()
    assert [each.id for each in reader.messages if isinstance(each, Pong)] == list(range(MOST_QUEUED))
    assert _told(reader)[-1] == ("update", 2, 4_999)
    reader.is_stuck = True
    for number in range(MOST_QUEUED + 5):
        reader.subscriber.send(frame_of(Pong(id=number)))
    assert reader.slow == 1
    assert reader.subscriber.has_left
    reader.go_on()


def test_the_last_of_sixty_thousand_ticks_reaches_everybody() -> None:
    """60,000 ticks over 100 symbols, clients of all kinds: everybody ends at the last value of each symbol."""
    hub, symbols = Hub(), [f"S{number}" for number in range(100)]
    readers = [Reader() for _ in range(6)]
    for position, reader in enumerate(readers):
        for symbol in symbols:
            hub.subscribe(reader.subscriber, symbol, (0.0, 0.05, 0.2)[position % 3])
        reader.is_stuck = position >= 4
    hub.learn(symbols, {})
    for number in range(60_000):
        hub.take([tick(symbols[number % 100], number // 100 + 1)], number / 20_000)
        if number % 100 == 0:
            hub.flush(number / 20_000)
    hub.flush(10.0)
    for reader in readers:
        reader.go_on()
        for symbol in symbols:
            assert _told(reader, symbol)[-1][2] == 600
