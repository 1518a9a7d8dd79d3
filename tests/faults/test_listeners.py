"""What checks the stream while everything dies finds each fault that it is there to find."""

from __future__ import annotations

import json

import pytest

from tests.faults.listeners import Shown

_CHANNEL = "market:BTC-USD"


def _said(kind: str, /, **members: object) -> str:
    return json.dumps({"type": kind, "channel": _CHANNEL, **members})


def _tick(second: int = 0) -> dict[str, str]:
    at = f"2026-01-02T03:04:{second:02}Z"
    return {"symbol": "BTC-USD", "provider": "simulator", "asOf": at, "receivedAt": at}


def _event(sequence: int) -> str:
    return _said("event", sequence=sequence, kind="trades_changed", at="2026-01-02T03:04:05Z", data={})


_BEGIN = [_said("snapshot", sequence=5, data=_tick(1)), _said("update", first=6, sequence=8, data=_tick(2))]
_GAP = _said("gap", after=8, before=20)


@pytest.mark.parametrize(
    "messages",
    [
        [*_BEGIN, _said("update", first=10, sequence=10, data=_tick(3))],
        [*_BEGIN, _said("update", first=8, sequence=8, data=_tick(3))],
        [*_BEGIN, _said("update", first=9, sequence=9, data=_tick(1))],
        [*_BEGIN, _said("snapshot", sequence=20, data=_tick(3))],
        [*_BEGIN, _GAP, _said("update", first=20, sequence=20, data=_tick(3))],
        [*_BEGIN, _GAP, _said("snapshot", sequence=21, data=_tick(3))],
        [*_BEGIN, _GAP, _said("snapshot", sequence=20, data=_tick(1))],
        [*_BEGIN, _said("gap", after=7, before=20)],
        [_event(1), _event(3)],
        [_event(1), _event(1)],
        [_said("error", code="not_known", message="No.")],
    ],
    ids=[
        "a hole",
        "a number again",
        "an older value",
        "a snapshot out of the blue",
        "a gap without a snapshot",
        "another snapshot than was announced",
        "an older value after a gap",
        "a gap that begins elsewhere",
        "an event is missing",
        "an event again",
        "an error",
    ],
)
def test_a_fault_is_found(messages: list[str]) -> None:
    """It is the last message of each that is at fault."""
    shown = Shown()
    *good, bad = messages
    for message in good:
        shown.take(message)
    with pytest.raises(AssertionError):
        shown.take(bad)


def test_what_is_right_passes() -> None:
    shown = Shown()
    for message in (*_BEGIN, _GAP, _said("snapshot", sequence=20, data=_tick(2))):
        shown.take(message)
    shown.take(_said("update", first=21, sequence=30, data=_tick(2)))
    shown.take(_said("gap", after=30, before=40))
    shown.begin()
    shown.take(_said("gap", after=30, before=50))
    shown.take(_said("snapshot", sequence=50, data=_tick(4)))
    assert (shown.last[_CHANNEL], shown.gaps, shown.updates) == (50, 3, 2)
