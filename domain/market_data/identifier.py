"""Numbers that name a security all over the world, whose last digit checks the others."""

from __future__ import annotations

import re
from typing import Final

_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
# no vowels, and no prefix that could be taken for a country of ISIN's
_FIGI: Final = re.compile(r"(?!BS|BM|GG|GB|GH|KY|VG)[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]")
_TEN: Final = 10


def is_isin(text: str) -> bool:
    """Whether this is an ISIN whose check digit is right (ISO 6166: Luhn over the digits, letters as two digits)."""
    if _ISIN.fullmatch(text) is None:
        return False
    digits = "".join(str(int(character, 36)) for character in text[:-1])
    # every second digit from the right counts double
    return text[-1] == _check_digit(digits[::-1])


def is_figi(text: str) -> bool:
    """Whether this is a FIGI whose check digit is right (OMG FIGI 1.0: every second character's value doubled)."""
    if _FIGI.fullmatch(text) is None:
        return False
    values = [int(character, 36) * (2 if index % 2 else 1) for index, character in enumerate(text[:-1])]
    return text[-1] == str(-sum(sum(divmod(value, _TEN)) for value in values) % _TEN)


def _check_digit(from_the_right: str) -> str:
    doubled = [int(digit) * (1 if index % 2 else 2) for index, digit in enumerate(from_the_right)]
    return str(-sum(sum(divmod(value, _TEN)) for value in doubled) % _TEN)
