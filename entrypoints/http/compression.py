"""Answers travel compressed where the client takes it and it is worth it.

Only an answer that is there as a whole is compressed: a stream reaches its reader piece by piece, as it comes. The
ETag stays, for it names the version of the resource and not the bytes, and comes back in `If-Match` either way.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Headers = list[tuple[bytes, bytes]]

# below this a compressed answer is hardly shorter, and fits into one packet anyway
MIN_BYTES: Final = 1_024
_IN_THREAD_BYTES: Final = 128_000
_LONGEST_HEADER: Final = 256
_SHRINKS: Final = re.compile(rb"(text/|application/(?:[\w.-]+\+)?(?:json|yaml|javascript|xml))", re.IGNORECASE)
_QUALITY: Final = re.compile(r"q=([01](?:\.\d{0,3})?)")


def _by_zstd(body: bytes) -> bytes:
    # faster than gzip's level 4 and smaller than its 9
    return zstd.compress(body, level=3)


def _by_gzip(body: bytes) -> bytes:
    # a large one takes half of the time with level 1, and is a sixth longer
    return gzip.compress(body, compresslevel=4 if len(body) < _IN_THREAD_BYTES else 1, mtime=0)


# in the order of preference
_COMPRESS: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {b"zstd": _by_zstd, b"gzip": _by_gzip}


def is_worth_it(headers: Mapping[bytes, bytes], length: int | None) -> bool:
    """Say whether an answer of that length, with these headers, is text of some length that nobody has encoded yet."""
    return (
        length is not None
        and length >= MIN_BYTES
        and b"content-encoding" not in headers
        and _SHRINKS.match(headers.get(b"content-type", b"")) is not None
    )


@lru_cache(maxsize=128)
def chosen(accepted: bytes) -> bytes | None:
    """Return the best encoding that `Accept-Encoding` allows, None if it allows none of ours or cannot be read."""
    if len(accepted) > _LONGEST_HEADER:
        return None
    qualities: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, parameters = part.partition(";")
        weight = _QUALITY.search(parameters)
        qualities[name.strip()] = float(weight[1]) if weight else 1.0
    others = qualities.get("*", 0.0)
    ranked = [(qualities.get(name.decode(), others), name) for name in _COMPRESS]
    quality, best = max(ranked, key=lambda entry: entry[0])
    return best if quality > 0 else None


async def compressed(encoding: bytes, body: bytes) -> bytes:
    """Return the body in this encoding; a large one is compressed beside the loop."""
    if len(body) < _IN_THREAD_BYTES:
        return _COMPRESS[encoding](body)
    return await asyncio.to_thread(_COMPRESS[encoding], body)
