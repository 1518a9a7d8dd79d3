"""Answers that were recorded from the vendors' own material, where that lies beside this project."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RECORDED: Final = Path(__file__).parents[4] / "shared" / "fixtures"


def recorded(provider: str, *names: str) -> list[Path]:
    """Return those of these files, or patterns of files, of a provider that are there."""
    return sorted(path for name in names for path in (RECORDED / provider).glob(name))
