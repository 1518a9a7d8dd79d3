"""How many channels one request for server-sent events may name, with where each goes on."""

from __future__ import annotations

from entrypoints.websocket.limits import MOST_CHANNELS
from entrypoints.websocket.messages import LARGEST_SEQUENCE, LONGEST_CHANNEL
from tapedeck_client.events import parted

_OWN = "user:0192f0c1-0000-7000-8000-000000000000"


def _channels(count: int, length: int) -> list[str]:
    return [f"market:{number:0>{length - len('market:')}}" for number in range(count)]


def _room(channels: list[str], after: dict[str, int]) -> int:
    fitting, rest = parted(channels, after)
    assert [*fitting, *rest] == channels
    return len(fitting)


def test_a_request_has_room_for_what_a_connection_follows_however_long_the_names_are() -> None:
    """And for the number of each; for not one more."""
    channels = _channels(MOST_CHANNELS + 1, LONGEST_CHANNEL)
    after = dict.fromkeys(channels, LARGEST_SEQUENCE)
    assert _room(channels[:-1], after | {channels[-1]: 1}) < MOST_CHANNELS
    assert _room(channels, {}) == MOST_CHANNELS
    assert _room(channels[:-1], dict.fromkeys(channels[:-1], LARGEST_SEQUENCE)) == MOST_CHANNELS
    assert _room(channels, after) == MOST_CHANNELS


def test_what_is_written_longer_in_an_address_or_a_position_takes_that_room() -> None:
    """Signs that are escaped, and the user's own channel, which is resumed by a longer name than it is asked for by."""
    assert _room(["market:" + "^" * 73] * 200, {}) < 100
    assert _room(["user", "market:AAPL"], {_OWN: 1, "market:AAPL": 1}) == 2
    channels = _channels(MOST_CHANNELS - 1, LONGEST_CHANNEL)
    after = dict.fromkeys(channels, LARGEST_SEQUENCE) | {_OWN: LARGEST_SEQUENCE}
    assert _room([*channels, "user"], after) == MOST_CHANNELS
    after |= {f"{_OWN}{number}": LARGEST_SEQUENCE for number in range(2)}
    assert _room([*channels, "user"], after) < MOST_CHANNELS
