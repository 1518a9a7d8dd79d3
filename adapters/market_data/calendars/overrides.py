"""Days on which an exchange did, or will do, otherwise than the package of holidays says: these win.

Exchanges announce such days by circular, often weeks before. Sources: circulars of NSE and BSE.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType
from typing import Final

from domain.market_data.calendar import SpecialDay

_ELECTION: Final = SpecialDay("General election")
_ASSEMBLY: Final = SpecialDay("Assembly election in Maharashtra")
_INDIA: Final = MappingProxyType(
    {
        date(2014, 4, 24): _ELECTION,
        date(2014, 10, 15): _ASSEMBLY,
        date(2019, 4, 29): _ELECTION,
        date(2019, 10, 21): _ASSEMBLY,
        date(2024, 1, 20): SpecialDay("Special live session", ((time(9, 15), time(15, 30)),)),
        date(2024, 1, 22): SpecialDay("Consecration of the Ram temple"),
        date(2024, 5, 20): _ELECTION,
        date(2024, 11, 1): SpecialDay("Diwali (Muhurat trading)", ((time(18, 0), time(19, 0)),)),
        date(2024, 11, 20): _ASSEMBLY,
        date(2025, 2, 1): SpecialDay("Union budget", ((time(9, 15), time(15, 30)),)),
        date(2025, 10, 21): SpecialDay("Diwali (Muhurat trading)", ((time(13, 45), time(14, 45)),)),
    }
)
OVERRIDES: Final[Mapping[str, Mapping[date, SpecialDay]]] = MappingProxyType({"NSE": _INDIA, "BSE": _INDIA})
"""Special days by the exchange's code."""
