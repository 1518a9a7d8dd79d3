"""Minor units: prices quoted in hundredths of a currency, such as the pence of London and the agorot of Tel Aviv.

They say how a price is written and are no currencies: money is never held, charged or reported in them. Prices
are brought to the currency where they come in, and nothing behind that border knows of minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.shared.errors import Invalid
from domain.shared.money import EXACT, MAX_FRACTION_DIGITS, Currency

# as exchanges, brokers and vendors write them; in `GBp` and `ZAc` the small letter is what tells them from GBP and ZAR
_CODES: Final[Mapping[str, str]] = {"GBX": "GBX", "GBp": "GBX", "ILA": "ILA", "ZAC": "ZAC", "ZAc": "ZAC"}
_MAJORS: Final[Mapping[str, Currency]] = {"GBX": Currency("GBP"), "ILA": Currency("ILS"), "ZAC": Currency("ZAR")}

MINOR_CODES: Final = tuple(_CODES)
"""All spellings that are understood."""


def unit(code: str) -> Currency:
    """Return the unit that a code of a price means: a currency, or GBX, ILA or ZAC for a hundredth of one.

    Small letters mean capitals, except in `GBp` and `ZAc`, which are minor units. Raises Invalid for no code.
    """
    return Currency(_CODES.get(code) or code.upper())


def major(code: str, amount: Decimal, field: str = "price") -> tuple[Currency, Decimal]:
    """Return the currency that a code stands for, and the amount in it: exactly, a hundredth of a minor unit's.

    Raises Invalid if the code is none, or if the amount, as `field`, has more than 18 digits after the point then.
    """
    quoted = unit(code)
    currency = _MAJORS.get(quoted.code)
    if currency is None:
        return quoted, amount
    # zeros at its end are no digits
    hundredth = EXACT.normalize(EXACT.scaleb(amount, -2))
    exponent = hundredth.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MAX_FRACTION_DIGITS:
        raise Invalid(
            f"{field} is {amount:f} {quoted}: in {currency}, which is a hundred times as much, it has more than "
            f"{MAX_FRACTION_DIGITS} digits after the point.",
            field=field,
        )
    return currency, hundredth


def currency_of(code: str) -> Currency:
    """Return the currency a code names; raise Invalid for a minor unit, in which no money is held."""
    quoted = Currency(_CODES.get(code, code))
    whole = _MAJORS.get(quoted.code)
    if whole is not None:
        raise Invalid(
            f"{code} is a hundredth of {whole}: a unit that prices are quoted in, not a currency. Give {whole}.",
            field="currency",
        )
    return quoted
