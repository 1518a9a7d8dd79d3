"""The answers that one process holds: so many and so large that nobody can fill its memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import final


@dataclass(slots=True, eq=False)
class Held:
    """An answer in memory; times are seconds on the process's own clock.

    It may be given until `ask_at` without asking Redis whether it was forgotten. `stands_in_until` is set while the
    work fails: until then the stale answer is given without trying again.
    """

    value: object
    size: int
    tags: Collection[str]
    made_at: float
    fresh_until: float
    keep_until: float
    ask_at: float
    cost_s: float
    stands_in_until: float = 0.0

    def is_fresh(self, now: float) -> bool:
        """Whether it may be given without asking anybody."""
        return now < self.fresh_until and now < self.ask_at


@final
class Memory:
    """Forgets what was used longest ago when there are too many entries or bytes."""

    def __init__(self, *, entries: int, size: int) -> None:
        self._most_entries = entries
        self._most_bytes = size
        self._held: OrderedDict[str, Held] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> Held | None:
        """Return the entry, which counts as used now."""
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
        return held

    def put(self, key: str, held: Held) -> None:
        """Hold the entry in place of the one there was; one that is larger than everything together is not held."""
        self.drop(key)
        if held.size > self._most_bytes:
            return
        self._held[key] = held
        self.size += held.size
        while len(self._held) > self._most_entries or self.size > self._most_bytes:
            _, oldest = self._held.popitem(last=False)
            self.size -= oldest.size

    def drop(self, key: str) -> None:
        """Forget the entry, if there is one."""
        held = self._held.pop(key, None)
        if held is not None:
            self.size -= held.size

    def drop_tagged(self, tags: Collection[str]) -> None:
        """Forget all entries with any of these tags."""
        wanted = frozenset(tags)
        for key in [key for key, held in self._held.items() if not wanted.isdisjoint(held.tags)]:
            self.drop(key)
