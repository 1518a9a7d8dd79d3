"""Messages as they go out: encoded once, for however many clients they are."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import msgspec

from application.market_data.live.ports import LiveTick
from entrypoints.websocket.messages import Gap, ServerMessage

MARKET: Final = "market:"
_encoder: Final = msgspec.json.Encoder()


# what an ASGI server is given to send
SendEvent: TypeAlias = dict[str, str]


class Frame(NamedTuple):
    """One message: the ASGI event is made once, and given to the server for each client.

    `channel` and `sequence` say how far a reader is that has it; no channel for what is of none.
    """

    event: SendEvent
    kind: str
    channel: str = ""
    sequence: int = 0


def frame_of(message: ServerMessage, channel: str = "", sequence: int = 0) -> Frame:
    """Return the message as a frame."""
    return Frame(_event(_encoder.encode(message)), _kind_of(message), channel, sequence)


def snapshot_frame(channel: str, tick: LiveTick | None) -> Frame:
    """Return how a channel stands; without a tick nothing is known of it yet."""
    if tick is None:
        return position_frame(channel, 0)
    text = b'{"type":"snapshot","channel":%b,"sequence":%d,"data":%b}'
    return Frame(
        _event(text % (_encoder.encode(channel), tick.sequence, tick.body)), "snapshot", channel, tick.sequence
    )


def position_frame(channel: str, sequence: int) -> Frame:
    """Return a snapshot that tells only how far the channel is."""
    text = b'{"type":"snapshot","channel":%b,"sequence":%d,"data":null}'
    return Frame(_event(text % (_encoder.encode(channel), sequence)), "snapshot", channel, sequence)


def update_frame(channel: str, first: int, tick: LiveTick) -> Frame:
    """Return what is new: this tick, which stands for all from `first` on."""
    text = b'{"type":"update","channel":%b,"first":%d,"sequence":%d,"data":%b}'
    body = text % (_encoder.encode(channel), first, tick.sequence, tick.body)
    return Frame(_event(body), "update", channel, tick.sequence)


def gap_frame(channel: str, after: int, before: int) -> Frame:
    """Return the notice that what lies between is lost."""
    return frame_of(Gap(channel=channel, after=after, before=before), channel, after)


def _event(text: bytes) -> SendEvent:
    return {"type": "websocket.send", "text": text.decode()}


def _kind_of(message: ServerMessage) -> str:
    return str(message.__struct_config__.tag)
