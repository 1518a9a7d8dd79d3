"""Texts on the wire: how numbers, times and names are written, as types that the OpenAPI shows.

Requests carry these as strings, so that msgspec refuses what breaks the pattern and the translators below
give domain values. The patterns are exact: what matches one is a value, down to the days of February.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Meta

from domain.shared.errors import Invalid
from domain.shared.minor_units import MINOR_CODES, currency_of
from domain.shared.money import Currency, parse_decimal, plain
from domain.shared.time import instant, zone

_YEAR = "(?:19[7-9][0-9]|20[0-9]{2})"
_LEAP = "(?:19(?:7[26]|8[048]|9[26])|20(?:[02468][048]|[13579][26]))"
_DATE = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP}-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"

DECIMAL_PATTERN = r"^-?[0-9]{1,20}(?:\.[0-9]{1,18})?$"
NON_NEGATIVE_PATTERN = r"^[0-9]{1,20}(?:\.[0-9]{1,18})?$"
POSITIVE_PATTERN = r"^(?=.*[1-9])[0-9]{1,20}(?:\.[0-9]{1,18})?$"
AMOUNT_PATTERN = r"^-?[0-9]+(?:\.[0-9]+)?$"
NO_MINOR_UNIT = {"not": {"pattern": f"^(?:{'|'.join(code for code in MINOR_CODES if code.isupper())})$"}}
DATE_PATTERN = f"^{_DATE}$"
INSTANT_PATTERN = f"^{_DATE}T{_TIME}{_OFFSET}$"
UTC_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z$"
NO_NUL_PATTERN = r"^[^\u0000]*$"
# `domain.shared.text` in the language of patterns: control characters, separators of lines, what reorders a line
_FORBIDDEN = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_FORBIDDEN_IN_PROSE = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_BLANKS = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
LINE_PATTERN = f"^[^{_BLANKS}{_FORBIDDEN}](?:[^{_FORBIDDEN}]*[^{_BLANKS}{_FORBIDDEN}])?$"
PROSE_PATTERN = f"^[^{_FORBIDDEN_IN_PROSE}]*$"


def _zones() -> list[str]:
    """Return the names that the domain takes, which are fewer than the files of the time zone database."""
    found: list[str] = []
    for name in sorted(available_timezones()):
        with suppress(Invalid):
            found.append(zone(name).key)
    return found


DecimalText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=DECIMAL_PATTERN,
        description="A decimal: at most 20 digits before and 18 after the point, no exponent.",
        examples=["1234.5"],
    ),
]
PositiveDecimalText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=POSITIVE_PATTERN,
        description="A decimal greater than zero: at most 20 digits before and 18 after the point, no exponent.",
        examples=["10.25"],
    ),
]
NonNegativeDecimalText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=NON_NEGATIVE_PATTERN,
        description="A decimal of zero or more: at most 20 digits before and 18 after the point, no exponent.",
        examples=["0.5"],
    ),
]
AmountText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=AMOUNT_PATTERN,
        description="An exact decimal, with as many digits as it has; no exponent, no trailing zeros.",
        examples=["1234.5"],
    ),
]
CurrencyText: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[A-Z][A-Z0-9]{2,9}$",
        description="An ISO 4217 or crypto currency code.",
        examples=["USD"],
        # minor units are refused by name, with what to give instead
        extra_json_schema=NO_MINOR_UNIT,
    ),
]
QuoteUnitText: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^(?:[A-Z][A-Z0-9]{2,9}|GBp|ZAc)$",
        description="A currency code, or the hundredth of one that prices are quoted in: `GBX` or `GBp` (pence), `ILA` "
        "(agorot), `ZAC` or `ZAc` (South African cents).",
        examples=["USD"],
    ),
]
InstantText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=INSTANT_PATTERN,
        description="An RFC 3339 instant with its offset, in the years 1970 to 2099. A time without offset is refused.",
        examples=["2026-01-30T09:15:00+05:30"],
        extra_json_schema={"format": "date-time"},
    ),
]
DateText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=DATE_PATTERN,
        description="A calendar date in the years 1970 to 2099.",
        examples=["2026-01-30"],
        extra_json_schema={"format": "date"},
    ),
]
ZoneText: TypeAlias = Annotated[
    str,
    Meta(
        description="An IANA time zone.",
        examples=["Asia/Kolkata"],
        extra_json_schema={"enum": _zones()},
    ),
]
ShortLine: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=120, pattern=LINE_PATTERN, examples=["Long-term"]),
]
Instant: TypeAlias = Annotated[
    datetime,
    Meta(tz=True, description="An RFC 3339 instant in UTC.", examples=["2026-01-30T03:45:00Z"]),
]


def to_decimal(text: str, field: str) -> Decimal:
    """Read a decimal; raise Invalid naming the field unless it is plain and within bounds."""
    return parse_decimal(text, field)


def decimal_text(value: Decimal) -> str:
    """Write a decimal for a response: plain, exact, equal numbers alike."""
    return plain(value)


def to_currency(text: str) -> Currency:
    """Read a currency code or raise Invalid, as for a minor unit such as GBX."""
    return currency_of(text)


_INSTANT = re.compile(INSTANT_PATTERN)
_DAY = re.compile(DATE_PATTERN)


def to_instant(text: str, field: str) -> datetime:
    """Read an instant and return it in UTC; raise Invalid for anything else, above all a time without offset."""
    if _INSTANT.fullmatch(text) is None:
        raise Invalid(
            f"{field} must be an instant with offset such as 2026-01-30T09:15:00+05:30 or ...Z; got {text[:40]!r}.",
            field=field,
        )
    return instant(datetime.fromisoformat(text), field)


def to_date(text: str, field: str) -> date:
    """Read a calendar date or raise Invalid."""
    if _DAY.fullmatch(text) is None:
        raise Invalid(f"{field} must be a date such as 2026-01-30; got {text[:40]!r}.", field=field)
    return date.fromisoformat(text)


def to_zone(text: str, field: str = "timeZone") -> ZoneInfo:
    """Read an IANA time zone or raise Invalid."""
    return zone(text, field)
