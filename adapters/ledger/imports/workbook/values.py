"""What a cell's number becomes as text: the number that its sheet shows exactly, or the date that it stands for.

A workbook keeps numbers as binary fractions and writes them with up to 17 digits, so that 1499.6 may stand there as
1499.5999999999999. Excel itself shows and computes with 15 significant digits; to these a fraction that is longer is
rounded. Whole numbers are kept as written: order ids have 16 digits and more.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

_WHOLE: Final = re.compile(r"-?[0-9]{1,30}", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{0,30}\.?[0-9]{0,30}([eE][+-]?[0-9]{1,3})?", re.ASCII)
_SHOWN: Final = Context(prec=15, rounding=ROUND_HALF_EVEN)
# beyond this no column of a tradebook goes, and its digits would only be zeros
_FURTHEST_DIGIT: Final = 30
_DAY_MS: Final = 86_400_000
# the zone is any: a sheet's dates have none, and it is not shown
_EPOCH: Final = datetime(1899, 12, 30, tzinfo=UTC)
_LEAP_BUG_DAY: Final = 60
_SHIFT_1904: Final = 1462
_LAST_DAY: Final = 2_958_466


def number_text(raw: str) -> str:
    """Return a number as a plain decimal; what is no number is returned as it is."""
    if _WHOLE.fullmatch(raw):
        return raw
    value = _decimal(raw)
    return raw if value is None else _plain(_SHOWN.plus(value))


def date_text(raw: str, *, from_1904: bool) -> str:
    """Return a serial day as `2024-01-31`, `2024-01-31T09:15:00` or `09:15:00`, rounded to milliseconds.

    What lies beyond the dates of a workbook is returned as a number.
    """
    value = _decimal(raw)
    if value is None or not 0 <= value < _LAST_DAY:
        return number_text(raw)
    ms = int((value * _DAY_MS).to_integral_value(ROUND_HALF_EVEN))
    days, rest = divmod(ms, _DAY_MS)
    if from_1904:
        days += _SHIFT_1904
    elif 0 < days < _LEAP_BUG_DAY:
        # day 60 is a 29 February 1900 that never was
        days += 1
    clock = (_EPOCH + timedelta(milliseconds=rest)).time()
    shown = clock.isoformat("seconds") if rest % 1000 == 0 else clock.isoformat("milliseconds")
    if days == 0 or (from_1904 and days == _SHIFT_1904):
        return shown
    day: date = (_EPOCH + timedelta(days=days)).date()
    return day.isoformat() if rest == 0 else f"{day.isoformat()}T{shown}"


def _decimal(raw: str) -> Decimal | None:
    if not any(character.isdigit() for character in raw) or _NUMBER.fullmatch(raw) is None:
        return None
    value = Decimal(raw)
    return value if abs(value.adjusted()) <= _FURTHEST_DIGIT else None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
