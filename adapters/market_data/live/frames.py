"""What ticks look like on the bus, and where they lie there.

A message is a msgpack array of [symbol, sequence, body]; its channel is that of the symbols' shard, so that a process
which follows few symbols is not sent all. The last tick of a symbol lies under a key of its own: its number, a space
and its body, so that a script can read the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import msgspec

from application.market_data.live.ports import LiveTick

SHARDS: Final = 16
_LAST: Final = "ticks:last:"
_ENCODER: Final = msgspec.msgpack.Encoder()
_FRAME: Final = msgspec.msgpack.Decoder(list[LiveTick])
_NAMES: Final = msgspec.msgpack.Decoder(list[str])


def shard_of(symbol: str) -> int:
    """Return the shard that a symbol belongs to, the same in every process."""
    return crc32(symbol.encode()) % SHARDS


def channel_of(shard: int) -> str:
    """Return the channel on which ticks of a shard are told."""
    return f"ticks:{shard}"


def last_key(symbol: str) -> str:
    """Return the key of a symbol's last tick."""
    return _LAST + symbol


def encode_frame(ticks: Sequence[LiveTick]) -> bytes:
    """Write ticks as one message."""
    return _ENCODER.encode(ticks)


def decode_frame(frame: bytes) -> list[LiveTick]:
    """Read a message; raise msgspec.MsgspecError for what is none."""
    return _FRAME.decode(frame)


def encode_last(tick: LiveTick) -> bytes:
    """Write a symbol's last tick."""
    return b"%d %s" % (tick.sequence, tick.body)


def decode_last(symbol: str, kept: bytes) -> LiveTick | None:
    """Read a symbol's last tick; None for what is none."""
    number, space, body = kept.partition(b" ")
    return LiveTick(symbol, int(number), body) if space and number.isdigit() else None


def encode_symbols(symbols: Sequence[str]) -> bytes:
    """Write the symbols that a process follows."""
    return _ENCODER.encode(symbols)


def decode_symbols(kept: bytes) -> list[str]:
    """Read the symbols that a process follows; raise msgspec.MsgspecError for what is none."""
    return _NAMES.decode(kept)
