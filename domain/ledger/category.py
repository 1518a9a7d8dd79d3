"""How a trade was meant, in the trader's own words for horizon."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """The horizon a trade was made for; it sorts reports and changes no figure."""

    INTRADAY = "intraday"
    SWING = "swing"
    LONG_TERM = "long_term"
