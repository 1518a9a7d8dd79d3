"""What the European Central Bank sends: one table in a zip, a row for each day and a column for each currency."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from adapters.market_data.numbers import unreadable, written
from adapters.market_data.values import day_of
from adapters.platform.http_client.client import Reply
from domain.shared.money import ZERO

_LARGEST: Final = 20_000_000
_MISSING: Final = frozenset({"", "N/A"})
_MONTH_NAMES: Final = "January February March April May June July August September October November December"
_MONTHS: Final = tuple(_MONTH_NAMES.split())


class Table(NamedTuple):
    """The columns by their names, and the rows, which are only read where they are looked at."""

    columns: Mapping[str, int]
    rows: Sequence[Sequence[str]]

    def days(self) -> Iterator[tuple[date, Sequence[str]]]:
        """Yield each row with its day, in their order, which is from the newest on."""
        for row in self.rows:
            yield _day(row[0]), row

    def rate(self, row: Sequence[str], currency: str) -> Decimal | None:
        """Return how much of a currency a euro costs in a row; None if it is not said."""
        if currency == "EUR":
            return Decimal(1)
        place = self.columns.get(currency)
        text = "" if place is None or place >= len(row) else row[place].strip()
        if text in _MISSING:
            return None
        rate = written(text)
        if rate <= ZERO:
            raise unreadable("a rate is not more than nothing")
        return rate


def table(reply: Reply) -> Table:
    """Return the table in the zip; raise Unknown with `unreadable` if there is none, or it is too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(reply.body)) as archive, archive.open(archive.namelist()[0]) as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise unreadable("the table is too large")
        header, *rows = csv.reader(text.decode("ascii").splitlines(), strict=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise unreadable("it is no archive") from error
    except (IndexError, ValueError, csv.Error) as error:
        raise unreadable("there is no table in it") from error
    if not header or header[0].strip() != "Date":
        raise unreadable("it is not the table it should be")
    return Table({name.strip(): place for place, name in enumerate(header)}, [row for row in rows if row])


def _day(text: str) -> date:
    """The date of a row: 2026-04-13 in the long table, and 13 April 2026 in that of the last day."""
    day, _, rest = text.strip().partition(" ")
    month, _, year = rest.partition(" ")
    if not rest:
        return day_of(day)
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        raise unreadable("a date is none") from None
