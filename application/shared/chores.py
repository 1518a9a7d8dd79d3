"""Work at times of the clock that keeps the house tidy, and that may be left out or done twice without harm."""

from __future__ import annotations

from typing import Protocol


class Chore(Protocol):
    """One kind of tidying, such as removing what has expired. When it is done is told by a `Schedule`."""

    async def __call__(self) -> int:
        """Do it once, in units of work, and return how many things were dealt with."""
        ...
