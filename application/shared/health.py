"""Whether the things that everything stands on are there."""

from __future__ import annotations

from typing import Protocol


class Probe(Protocol):
    """Tries one dependency."""

    name: str
    """What people call it."""

    is_essential: bool
    """Whether no request can be served without it; otherwise its absence only slows things down."""

    async def __call__(self) -> None:
        """Return if it works; raise Unavailable with a sentence that gives no secret away."""
        ...
