"""Reads an answer's body without trusting it: so many bytes as sent, so many as unpacked, and none that are missing."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from adapters.platform.resilience.failures import Reason, Unknown

# the only encodings that are asked for; 47 lets zlib find out whether it is gzip or zlib
ACCEPTED: Final = "gzip, deflate"
_KNOWN: Final = {"": None, "identity": None, "gzip": 47, "x-gzip": 47, "deflate": 47}


async def read_body(pieces: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """Return the body, unpacked.

    Raises Unknown: `too_large` above `limit` bytes, as sent or as unpacked, without ever holding more;
    `unreadable` for an encoding that was not asked for, or one that is broken or cut off.
    """
    kind = encoding.strip().lower()
    if kind not in _KNOWN:
        raise Unknown(Reason.UNREADABLE, "The answer is packed in a way that was not asked for.")
    bits = _KNOWN[kind]
    unpack = None if bits is None else zlib.decompressobj(bits)
    sent = 0
    body = bytearray()
    async for piece in pieces:
        sent += len(piece)
        if sent > limit:
            raise _too_large(limit)
        body += piece if unpack is None else _unpacked(unpack.decompress, piece, limit - len(body))
        if len(body) > limit:
            raise _too_large(limit)
    # a body without any byte is whole in every encoding: answers to HEAD and 204 are
    if unpack is not None and sent and (not unpack.eof or unpack.unused_data):
        raise Unknown(Reason.UNREADABLE, "The packed answer does not end where it should.")
    return bytes(body)


def _unpacked(decompress: Callable[[bytes, int], bytes], piece: bytes, room: int) -> bytes:
    try:
        # one byte more than there is room for tells that it is too much
        return decompress(piece, room + 1)
    except zlib.error as error:
        raise Unknown(Reason.UNREADABLE, "The answer is not packed as it says.") from error


def _too_large(limit: int) -> Unknown:
    return Unknown(Reason.TOO_LARGE, f"The answer is larger than {limit} bytes.")
