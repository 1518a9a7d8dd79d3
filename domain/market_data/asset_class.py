"""The kinds of things that have a price. Which provider is asked for a thing depends on its kind."""

from __future__ import annotations

from enum import StrEnum


class AssetClass(StrEnum):
    """What kind of thing is listed. A fund that trades like a stock is a stock to those who only know the symbol."""

    STOCK = "stock"
    FUND = "fund"
    INDEX = "index"
    CRYPTO = "crypto"
    CURRENCY = "currency"
    FUTURE = "future"
