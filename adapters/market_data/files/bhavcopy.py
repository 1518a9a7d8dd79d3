"""End-of-day files of NSE and BSE, one for each day of trading, in the layout that both have used since July 2024."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from adapters.market_data.numbers import unreadable, written
from adapters.market_data.values import day_of
from domain.market_data.bar import Bar

_NAME: Final = re.compile(r"bhavcopy_(nse|bse)_cm_.*?_([0-9]{8})_f_.*", re.IGNORECASE)
# NSE lists debt and odd lots under the symbol of the share as well
_SHARES_OF_NSE: Final = frozenset({"EQ", "BE", "BZ", "SM", "ST"})


def day_in(name: str, exchange: str) -> date | None:
    """Return the day that a file is of, by its name; None if it is no such file, or not of this exchange."""
    found = _NAME.fullmatch(name)
    if found is None or found[1].upper() != exchange:
        return None
    try:
        return datetime.strptime(found[2], "%Y%m%d").date()  # noqa: DTZ007 - only its date is wanted
    except ValueError:
        return None


def bar_of(text: str, symbol: str, local: ZoneInfo) -> Bar | None:
    """Return the bar of a share on the file's day; None if it was not traded, Unknown with `unreadable` if none."""
    head, _, rest = text.partition("\n")
    names = [name.strip() for name in head.split(",")]
    wanted = f",{symbol},"
    # most lines are of others, and are not taken apart
    for row in csv.reader(line for line in rest.splitlines() if wanted in line):
        if len(row) < len(names):
            raise unreadable("a row has fewer values than there are columns")
        told = dict(zip(names, row, strict=False))
        try:
            if told["TckrSymb"] != symbol or (told["Src"] == "NSE" and told["SctySrs"] not in _SHARES_OF_NSE):
                continue
            start = datetime.combine(day_of(told["TradDt"]), time(), local).astimezone(UTC)
            opened, high, low, close = (written(told[name]) for name in ("OpnPric", "HghPric", "LwPric", "ClsPric"))
            return Bar(start, opened, high, low, close, written(told["TtlTradgVol"]))
        except KeyError:
            raise unreadable("columns of the layout are missing") from None
    return None
