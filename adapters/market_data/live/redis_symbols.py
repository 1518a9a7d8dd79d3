"""What living processes say of symbols: a key for each process that expires, and the set of those processes."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Final, cast, final

import msgspec

from adapters.market_data.live.frames import decode_symbols, encode_symbols
from adapters.market_data.live.redis_commands import BusRedis

# which symbols a process follows, and which no feed of a process tells
WANTS: Final = "ticks:wants"
UNTOLD: Final = "ticks:untold"
_FORGOTTEN_MS: Final = 5_000


@final
class SymbolSets:
    """One set of symbols for each process, forgotten five seconds after the process dies."""

    def __init__(self, bus: BusRedis, name: str) -> None:
        self._bus = bus
        self._name = name
        self._process = secrets.token_hex(8)

    @property
    def key(self) -> str:
        """Where this process says it."""
        return f"{self._name}:{self._process}"

    async def write(self, symbols: frozenset[str]) -> None:
        """Say it; raise BusAway."""
        await self._bus.run("SET", self.key, encode_symbols(sorted(symbols)), "PX", _FORGOTTEN_MS)
        await self._bus.run("SADD", self._name, self._process)

    async def renew(self) -> bool:
        """Let what was said last be true for longer; tell whether it was still there; raise BusAway."""
        return await self._bus.run("PEXPIRE", self.key, _FORGOTTEN_MS) == 1

    async def read(self) -> frozenset[str]:
        """Return what all living processes say together; raise BusAway."""
        # what SMEMBERS and MGET answer with
        processes = sorted(cast("Collection[bytes]", await self._bus.run("SMEMBERS", self._name)))
        if not processes:
            return frozenset()
        keys = [f"{self._name}:".encode() + process for process in processes]
        kept = cast("list[bytes | None]", await self._bus.run("MGET", *keys))  # as above
        gone = [process for process, symbols in zip(processes, kept, strict=True) if symbols is None]
        if gone:
            await self._bus.run("SREM", self._name, *gone)
        return frozenset(symbol for symbols in kept if symbols is not None for symbol in _symbols(symbols))


def _symbols(kept: bytes) -> list[str]:
    try:
        return decode_symbols(kept)
    except msgspec.MsgspecError:
        # nobody of ours wrote it
        return []
