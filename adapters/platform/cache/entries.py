"""How an answer lies in Redis: sealed, so that only what a process of ours wrote for this very key is ever read.

Whoever can write to Redis could otherwise plant answers, and a broken disk odd ones. What does not open is a miss.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final, TypeVar, final

import msgspec
from msgspec import Struct

V = TypeVar("V")

_SEAL_BYTES: Final = 16
_KEY_BYTES: Final = 64
LARGEST_BYTES: Final = 1_000_000


class Entry(Struct, frozen=True, array_like=True):
    """An answer with its key, the states of its tags before the work, and its times in milliseconds.

    It is fresh for `fresh_ms` and kept for `keep_ms`; the work took `cost_ms`.
    """

    key: str
    tokens: tuple[bytes, ...]
    fresh_ms: int
    keep_ms: int
    cost_ms: int
    body: bytes


@final
class Seal:
    """Closes and opens entries with a key that all processes share and Redis does not know."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode(), digest_size=_KEY_BYTES, person=b"tapedeck.cache").digest()
        self._decoder = msgspec.msgpack.Decoder(Entry)

    def close(self, entry: Entry) -> bytes:
        """Return the bytes to keep."""
        content = msgspec.msgpack.encode(entry)
        return self._mark(content) + content

    def open(self, sealed: bytes, key: str, tokens: Sequence[bytes | None]) -> Entry | None:
        """Return the entry if it is one of ours, of this key, and its tags have not changed since; else None."""
        seal, content = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._mark(content)):
            return None
        try:
            entry = self._decoder.decode(content)
        except msgspec.DecodeError:
            return None
        return entry if entry.key == key and entry.tokens == tuple(tokens) else None

    def _mark(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._key, digest_size=_SEAL_BYTES).digest()


def encode(value: object) -> bytes:
    """Return the answer's bytes."""
    return msgspec.msgpack.encode(value)


def decode(body: bytes, kind: type[V]) -> V | None:
    """Return the answer, or None if the bytes are no longer what its type looks like."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    # constructors check their values, and may raise whatever they like
    except Exception:  # noqa: BLE001 - an older form of the answer is a miss, never an error
        return None
