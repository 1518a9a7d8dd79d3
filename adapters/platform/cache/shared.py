"""The answers that all processes share, in Redis. Ages are told by its clock alone, so that no two machines disagree.

A tag has a token, made by whoever needs one first and replaced when the tag is forgotten. An answer keeps the tokens
that were seen before its work began, so one that was under way when its tag changed is never given. A token that Redis
evicted comes back as another, and the answers under it are lost with it.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast, final

from adapters.platform.cache.entries import LARGEST_BYTES, Entry, Seal
from adapters.platform.cache.keys import lock_key
from adapters.platform.cache.lane import Away, Command, Lane

_TOKEN_BYTES: Final = 12
# longer than any answer is kept
_TAG_S: Final = 30 * 86_400
# deletes the lock if it is still the caller's
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True, slots=True)
class Found:
    """What Redis holds: the answer, if there is one that can be read, its age, and the tokens of the tags."""

    entry: Entry | None
    age_s: float
    tokens: tuple[bytes | None, ...]
    is_broken: bool = False

    @property
    def is_fresh(self) -> bool:
        """Whether the answer may be given as it is."""
        return self.entry is not None and self.age_s * 1000 < self.entry.fresh_ms


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work, for a while, and the tokens that its answer is to be kept with."""

    lock: str
    token: bytes
    tokens: tuple[bytes, ...]


@final
class SharedEntries:
    """Reads, claims and stores; every method raises Away when Redis does not answer in time."""

    def __init__(self, lane: Lane, seal: Seal, *, lock_s: float) -> None:
        self._lane = lane
        self._seal = seal
        self._lock_ms = math.ceil(lock_s * 1000)

    async def read(self, key: str, tags: Sequence[str]) -> Found:
        """Return what is kept under the key."""
        values, left_ms = await self._lane.run(_reading(key, tags))
        return self._found(key, tags, values, left_ms)

    def _found(self, key: str, tags: Sequence[str], values: object, left_ms: object) -> Found:
        if isinstance(values, Exception):
            return Found(None, 0.0, (None,) * len(tags))
        # what MGET answers with
        parts = cast("list[bytes | None]", values)
        sealed, tokens = parts[0], tuple(parts[1:])
        if sealed is None or not isinstance(left_ms, int):
            return Found(None, 0.0, tokens)
        entry = self._seal.open(sealed, key, tokens)
        # an entry of ours always ends, and never later than it was told to
        if entry is None or not 0 <= left_ms <= entry.keep_ms:
            # one whose tags have changed is ours all the same, and as it should be
            return Found(None, 0.0, tokens, is_broken=not tags)
        return Found(entry, (entry.keep_ms - left_ms + entry.cost_ms) / 1000, tokens)

    async def claim(self, key: str, tags: Sequence[str]) -> tuple[Claim | None, Found]:
        """Return the right to do the work, or None while somebody else has it, and what is kept at that moment.

        Whoever had the right before may have stored an answer since it was last looked for.
        """
        token = secrets.token_bytes(_TOKEN_BYTES)
        fresh = [secrets.token_bytes(_TOKEN_BYTES) for _ in tags]
        commands: list[Command] = [("SET", lock_key(key), token, "NX", "PX", self._lock_ms)]
        commands += [("SET", tag, own, "NX", "GET", "EX", _TAG_S) for tag, own in zip(tags, fresh, strict=True)]
        locked, *known, values, left_ms = await self._lane.run([*commands, *_reading(key, tags)])
        if isinstance(locked, Exception):
            # it is full, or loads its file: whoever waited for it would wait in vain
            raise Away
        found = self._found(key, tags, values, left_ms)
        if not locked:
            return None, found
        # the token there was, or the one that was just made; a tag that Redis refuses to keep matches nothing later
        tokens = tuple(old if isinstance(old, bytes) else own for old, own in zip(known, fresh, strict=True))
        return Claim(lock_key(key), token, tokens), found

    async def store(self, claim: Claim, entry: Entry) -> None:
        """Keep the answer, and give the right back."""
        commands: list[Command] = [("EVAL", _RELEASE, 1, claim.lock, claim.token)]
        if len(entry.body) <= LARGEST_BYTES:
            commands.insert(0, ("SET", entry.key, self._seal.close(entry), "PX", entry.keep_ms))
        await self._lane.run(commands)

    async def release(self, claim: Claim) -> None:
        """Give the right back without an answer."""
        await self._lane.run([("EVAL", _RELEASE, 1, claim.lock, claim.token)])

    async def forget(self, tags: Sequence[str]) -> None:
        """Replace the tokens of the tags; raise Away if any could not be."""
        commands: list[Command] = [("SET", tag, secrets.token_bytes(_TOKEN_BYTES), "EX", _TAG_S) for tag in tags]
        if any(isinstance(answer, Exception) for answer in await self._lane.run(commands)):
            raise Away


def _reading(key: str, tags: Sequence[str]) -> list[Command]:
    return [("MGET", key, *tags), ("PTTL", key)]
