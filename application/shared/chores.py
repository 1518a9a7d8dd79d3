"""Periodic work that keeps the house tidy and may be skipped or done twice without harm."""

from __future__ import annotations

from typing import ClassVar, Protocol


class Chore(Protocol):
    """One kind of tidying, such as removing what has expired."""

    name: ClassVar[str]
    """What the logs and the lock call it; unique among chores."""

    every_s: ClassVar[float]
    """How many seconds lie between two runs."""

    async def __call__(self) -> int:
        """Do it once, in units of work, and return how many things were dealt with."""
        ...
