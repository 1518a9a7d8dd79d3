"""Which instrument a row is about: asset classes under their codes and under their names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

# an instrument whose listing the file does not name; papers with an ISIN find the listing that is known
UNLISTED: Final = "IBKR"
# bonds are priced in percent of what they repay
BOND_MULTIPLIER: Final = Decimal("0.01")
FOREX: Final = frozenset({"CASH", "FOREX"})
BONDS: Final = frozenset({"BOND", "BILL", "BONDS", "TREASURY BILLS"})

_SEGMENTS: Final[Mapping[str, Segment]] = {
    "STK": Segment.EQUITY,
    "STOCKS": Segment.EQUITY,
    "BOND": Segment.EQUITY,
    "BONDS": Segment.EQUITY,
    "BILL": Segment.EQUITY,
    "TREASURY BILLS": Segment.EQUITY,
    "FUND": Segment.FUND,
    "MUTUAL FUNDS": Segment.FUND,
    "OPT": Segment.DERIVATIVE,
    "EQUITY AND INDEX OPTIONS": Segment.DERIVATIVE,
    "FUT": Segment.DERIVATIVE,
    "FUTURES": Segment.DERIVATIVE,
    "FOP": Segment.DERIVATIVE,
    "OPTIONS ON FUTURES": Segment.DERIVATIVE,
    "FSFOP": Segment.DERIVATIVE,
    "FSOPT": Segment.DERIVATIVE,
    "WAR": Segment.DERIVATIVE,
    "WARRANTS": Segment.DERIVATIVE,
    "IOPT": Segment.DERIVATIVE,
    "STRUCTURED PRODUCTS": Segment.DERIVATIVE,
    "CFD": Segment.DERIVATIVE,
    "CFDS": Segment.DERIVATIVE,
    "CRYPTO": Segment.CRYPTO,
    "CRYPTOCURRENCIES": Segment.CRYPTO,
    "CMDTY": Segment.COMMODITY,
    "METALS": Segment.COMMODITY,
}


def asset_class(cell: Cell) -> str:
    """Return the class in capitals; the region that some statements put before or after it is left out."""
    name = cell.required().partition(" - ")[0].strip().upper()
    if name not in _SEGMENTS and name not in FOREX:
        raise cell.bad("is an asset class that cannot be imported yet; enter the row by hand")
    return name


def instrument(symbol: Cell, listing: str, asset: str, currency: Cell) -> InstrumentKey:
    """Return the instrument; blanks that pad an option's symbol count as one."""
    return InstrumentKey(
        " ".join(symbol.required().split()),
        listing if listing.strip("-") else UNLISTED,
        _SEGMENTS[asset],
        Currency(currency.required().upper()),
    )
