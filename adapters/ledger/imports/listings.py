"""How instruments are named whose listing a file does not tell."""

from __future__ import annotations

from typing import Final

from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

# the same for all brokers, so that a paper held at two of them is one instrument; with an ISIN, trades find the
# listing that is known
UNLISTED: Final = "UNLISTED"
_LONGEST_SYMBOL: Final = 64


def paper(
    name: str, currency: Currency, *, exchange: str = UNLISTED, segment: Segment = Segment.EQUITY
) -> InstrumentKey:
    """Return a paper by its ticker, or by its name where a file has no ticker; long names are cut."""
    return InstrumentKey(" ".join(name.split())[:_LONGEST_SYMBOL].rstrip(), exchange, segment, currency)
