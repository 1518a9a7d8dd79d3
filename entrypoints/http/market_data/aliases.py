"""Every other way to ask for market data: the one table of its aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from entrypoints.http.aliases import Alias

_LENGTHS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"interval": {"daily": "1d", "weekly": "1wk", "monthly": "1mo"}}
)
ALIASES: Final[Sequence[Alias]] = (
    Alias(path="/stocks", canonical="/quotes/{symbol}", several="/quotes"),
    Alias(path="/stocks", action="quote", canonical="/quotes/{symbol}", several="/quotes"),
    Alias(path="/stocks", action="history", canonical="/history/{symbol}", several="/history", words=_LENGTHS),
    Alias(path="/stocks", action="news", canonical="/news/{symbol}", several="/news"),
    Alias(path="/market/stocks/{symbol}", canonical="/quotes/{symbol}", several="/quotes"),
    Alias(path="/market/stocks/{symbol}/history", canonical="/history/{symbol}", several="/history", words=_LENGTHS),
    Alias(path="/market/stocks/{symbol}/news", canonical="/news/{symbol}", several="/news"),
)
NO_SYMBOLS: Final = frozenset({"search"})
"""What stands in a path where a symbol would, and is none."""
