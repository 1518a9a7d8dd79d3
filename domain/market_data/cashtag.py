"""Cashtags: how people mark in a text which tickers it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.market_data.ticker import Ticker

MOST: Final = 20
"""Whoever marks more is about nothing in particular; the others are left out."""
# capitals only: a price such as $5 or $1B is none
_TAG: Final = re.compile(r"(?<![\w$])\$([A-Z]{1,6}(?:[.-][A-Z]{1,3})?)(?![\w$])")


def cashtags(text: str) -> tuple[Ticker, ...]:
    """Return what is marked like $AAPL, $BRK.B or $BTC-USD, each once, in the order of the text."""
    return tuple(islice(dict.fromkeys(_tickers(text)), MOST))


def _tickers(text: str) -> Iterator[Ticker]:
    for found in _TAG.finditer(text):
        symbol, dot, crypto = found[1].rpartition(".X")
        # networks mark crypto currencies so
        yield Ticker.parse(f"{symbol}-USD" if dot and not crypto else found[1])
