"""Reads the protocol buffers of Yahoo's stream: one flat message of numbers and texts, so that no runtime is needed.

The wire format is Google's (protobuf.dev/programming-guides/encoding). Fields nobody asks for are passed over; what
is no message raises Unknown with `unreadable`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from adapters.market_data.numbers import number, unreadable

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_MOST_VARINT_BYTES: Final = 10
_SINGLE: Final = struct.Struct("<f")
_DIGITS: Final = range(6, 10)


def fields_of(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and value of each field: an integer as it stands there, or bytes for everything else."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind == _FIXED_32:
            length = 4
        elif kind == _FIXED_64:
            length = 8
        else:
            raise unreadable("a field is of no known kind")
        if at + length > end:
            raise unreadable("a field is cut off")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_MOST_VARINT_BYTES):
        if at >= len(message):
            raise unreadable("a number is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, at
    raise unreadable("a number never ends")


def signed(value: int) -> int:
    """Return what a zigzag number means."""
    return (value >> 1) ^ -(value & 1)


def of_single(raw: bytes) -> Decimal:
    """Return the shortest decimal that a single-precision number is the nearest one to, as it was most likely meant."""
    try:
        (value,) = _SINGLE.unpack(raw)
        for digits in _DIGITS:
            text = f"{value:.{digits}g}"
            if _SINGLE.pack(float(text)) == raw:
                return number(Decimal(text))
    except (struct.error, OverflowError):
        pass
    raise unreadable("a number is not finite, or not of four bytes")
