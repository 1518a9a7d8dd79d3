"""Known answers on lots from other projects (beancount, hledger, rp2), read from the shared fixtures where they exist.

Each case is plain data: fills as a trader would enter them, and what must come out. How each source's words
are mapped is said at its reader. Without the fixtures the re-typed samples at the end remain.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import NotRequired, TypedDict

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "taxlots"
ZERO = Decimal(0)
_EIGHTEEN_PLACES = Decimal(1).scaleb(-18)


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade to enter. `is_reported` tells whether the golden lists what it disposes of."""

    at: datetime
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal = ZERO
    account: str = "main"
    is_reported: bool = True


@dataclass(frozen=True, slots=True)
class Consumed:
    """A part of a lot that must be matched; None where the golden says nothing."""

    quantity: Decimal
    opened_on: date | None
    open_price: Decimal | None = None
    closed_at: datetime | None = None
    cost: Decimal | None = None
    proceeds: Decimal | None = None
    gain: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OpenLot:
    """What must be left of a lot; the sign says long or short."""

    quantity: Decimal
    price: Decimal
    opened_on: date | None
    account: str = "main"


@dataclass(frozen=True, slots=True)
class Case:
    """One known answer. `unmatched` is what the source refuses for want of lots: our missing basis."""

    name: str
    method: str
    fills: tuple[Fill, ...]
    can_short: bool
    consumed: tuple[Consumed, ...] | None = None
    open_lots: tuple[OpenLot, ...] | None = None
    gain: Decimal | None = None
    unmatched: Decimal = ZERO


def cases(*methods: str) -> list[Case]:
    """Return all cases of these methods (FIFO, LIFO, HIFO)."""
    found = [*_SAMPLES]
    if FOLDER.is_dir():
        found += [*_beancount(), *_hledger(), *_rp2("test_data"), *_rp2("test_data3")]
    return [case for case in found if case.method in methods]


def agrees(actual: Decimal, golden: Decimal) -> bool:
    """Compare with a figure that was printed from a float: equal after rounding to its last but one digit.

    A float carries 15 to 17 digits and the sources compute in floats, so their last printed digit may be off.
    """
    digits = min(len(golden.as_tuple().digits), 15)
    tolerance = Decimal(1).scaleb(golden.adjusted() - digits + 1)
    return abs(actual - golden) <= tolerance


# --- beancount -------------------------------------------------------------------------------------------------------


class _Posting(TypedDict):
    units: str
    cost: str | None
    date: str | None


class _Booking(TypedDict):
    id: str
    method: str
    lots_before: list[_Posting]
    reduce: list[_Posting]
    lots_consumed: list[_Posting] | None
    lots_after: list[_Posting] | None
    error: str | None


def _beancount() -> Iterator[Case]:
    """Lots are trades at their cost and date; reductions are trades a year later, at their cost if they name one.

    A lot without a cost is no lot here: nothing is recorded for it, and a sale from it has no basis. A
    reduction of zero units is no trade. Where an increase crosses zero, the part that opens is a lot of its own.
    """
    bookings: list[_Booking] = json.loads((FOLDER / "beancount_booking_cases.json").read_text())
    for booking in bookings:
        opening = [_fill(posting, _midnight(posting["date"])) for posting in booking["lots_before"] if posting["cost"]]
        closing = [
            _fill(posting, datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
            for minute, posting in enumerate(booking["reduce"])
            if Decimal(posting["units"])
        ]
        refused = booking["error"] is not None
        held = sum((fill.quantity for fill in opening), ZERO)
        known = {(posting["cost"], posting["date"]) for posting in booking["lots_before"]}
        consumed = [
            Consumed(abs(Decimal(posting["units"])), _day(posting["date"]), Decimal(posting["cost"] or 0))
            for posting in booking["lots_consumed"] or ()
            if (posting["cost"], posting["date"]) in known
        ]
        after = [
            OpenLot(
                Decimal(posting["units"]),
                Decimal(posting["cost"] or 0),
                _day(posting["date"]) if (posting["cost"], posting["date"]) in known else None,
            )
            for posting in booking["lots_after"] or ()
        ]
        yield Case(
            f"beancount {booking['id']}",
            booking["method"],
            (*opening, *closing),
            can_short=any(fill.side == "sell" for fill in opening),
            consumed=None if refused else tuple(consumed),
            open_lots=None if refused else tuple(after),
            unmatched=sum((fill.quantity for fill in closing), ZERO) - held if refused else ZERO,
        )


def _fill(posting: _Posting, at: datetime) -> Fill:
    units = Decimal(posting["units"])
    return Fill(at, "buy" if units > 0 else "sell", abs(units), Decimal(posting["cost"] or 100))


# --- hledger ---------------------------------------------------------------------------------------------------------


class _Journal(TypedDict):
    id: str
    method: str
    buys: list[list[str | int]]
    sells: list[list[str | int]]
    gain: NotRequired[int]
    lots_after: NotRequired[list[list[str | int]]]
    error: NotRequired[str]


class _Journals(TypedDict):
    cases: list[_Journal]


def _hledger() -> Iterator[Case]:
    """Dates are midnights; "insufficient lots" is a sale whose rest has no basis."""
    journals: _Journals = json.loads((FOLDER / "hledger_lots_cases.json").read_text())
    for journal in journals["cases"]:
        buys = [_row("buy", row) for row in journal["buys"]]
        sells = [_row("sell", row) for row in journal["sells"]]
        sold = {fill.account: fill.quantity for fill in sells}
        bought = {account: sum((buy.quantity for buy in buys if buy.account == account), ZERO) for account in sold}
        refused = "error" in journal
        lots = [
            OpenLot(fill.quantity, fill.price, fill.at.date(), fill.account)
            for fill in (_row("buy", row) for row in journal.get("lots_after", []))
        ]
        yield Case(
            f"hledger {journal['id']}",
            journal["method"],
            (*buys, *sells),
            can_short=False,
            open_lots=None if refused else tuple(lots),
            gain=None if refused else Decimal(journal.get("gain", 0)),
            unmatched=sum(sold.values(), ZERO) - sum(bought.values(), ZERO) if refused else ZERO,
        )


def _row(side: str, row: Sequence[str | int]) -> Fill:
    account = str(row[3]) if len(row) > 3 else "main"
    return Fill(_midnight(str(row[0])), side, Decimal(row[1]), Decimal(row[2]), account=account)


# --- rp2 -------------------------------------------------------------------------------------------------------------


def _rp2(stem: str) -> Iterator[Case]:
    """One case per asset and method, from the sheets of an input and the golden rows of that method.

    IN (bought, earned as interest, received as a gift or donation) is a purchase at the spot price, or at what
    was paid where the sheet says so. OUT / SELL is a sale of what was sold and of the fee in kind, the fee being
    the latter's value. Everything else that leaves (gifts, donations, fees, what a transfer between wallets
    costs in kind) is a disposal without proceeds, which the golden does not list.
    """
    sheets = _sheets((FOLDER / "rp2" / f"{stem}__input.csv").read_text().splitlines())
    for method in ("FIFO", "LIFO", "HIFO"):
        golden: dict[str, list[Consumed]] = {}
        text = (FOLDER / "rp2" / f"{stem}__us_{method.lower()}_capital_gains.csv").read_text()
        for row in csv.DictReader(text.splitlines()):
            golden.setdefault(row["asset"], []).append(
                Consumed(
                    Decimal(row["quantity"]),
                    datetime.strptime(row["date_acquired"], "%m/%d/%Y").replace(tzinfo=UTC).date(),
                    closed_at=datetime.fromisoformat(row["sold_at_utc"]),
                    cost=Decimal(row["cost_basis"]),
                    proceeds=Decimal(row["proceeds"]),
                    gain=Decimal(row["gain"]),
                )
            )
        for asset, tables in sheets.items():
            fills = (*map(_in, tables["IN"]), *map(_out, tables["OUT"]), *_transfer_costs(tables["INTRA"]))
            yield Case(f"rp2 {stem} {asset}", method, fills, can_short=False, consumed=tuple(golden.get(asset, ())))


def _sheets(lines: Iterable[str]) -> Mapping[str, Mapping[str, list[list[str]]]]:
    sheets: dict[str, dict[str, list[list[str]]]] = {}
    table: list[list[str]] | None = None
    tables: dict[str, list[list[str]]] = {}
    for line in lines:
        if line.startswith("# sheet "):
            tables = sheets.setdefault(line.removeprefix("# sheet "), {"IN": [], "OUT": [], "INTRA": []})
        elif line in tables:
            table = tables[line]
        elif line == "TABLE END":
            table = None
        elif table is not None and not line.startswith("Timestamp"):
            table.append(next(csv.reader([line])))
    return sheets


def _in(row: list[str]) -> Fill:
    at, quantity, spot = _instant(row[0]), Decimal(row[7]), Decimal(row[8])
    paid, paid_with_fee, fee = _column(row, 9), _column(row, 10), _column(row, 11)
    if not paid:
        return Fill(at, "buy", quantity, spot, fee)
    # what was paid need not be a whole number of price steps: the fee takes up the rest, so the cost is exact
    price = (paid / quantity).quantize(_EIGHTEEN_PLACES, ROUND_FLOOR)
    return Fill(at, "buy", quantity, price, paid_with_fee - price * quantity)


def _out(row: list[str]) -> Fill:
    at, sold, spot, fee = _instant(row[0]), Decimal(row[7]), Decimal(row[8]), _column(row, 9)
    if row[5].lower() == "sell":
        return Fill(at, "sell", sold + fee, spot, fee * spot)
    return Fill(at, "sell", sold + fee, ZERO, is_reported=False)


def _transfer_costs(rows: Iterable[list[str]]) -> Iterator[Fill]:
    for row in rows:
        cost = Decimal(row[7]) - Decimal(row[10])
        if cost:
            yield Fill(_instant(row[0]), "sell", cost, ZERO, is_reported=False)


def _column(row: list[str], index: int) -> Decimal:
    return Decimal(row[index]) if len(row) > index and row[index] else ZERO


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _midnight(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "2015-01-01").replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# --- re-typed samples ------------------------------------------------------------------------------------------------


def _typed(day: str, side: str, quantity: str, price: str, fee: str = "0") -> Fill:
    return Fill(_midnight(day), side, Decimal(quantity), Decimal(price), Decimal(fee))


_BOUGHT = (
    _typed("2026-01-15", "buy", "10", "50"),
    _typed("2026-02-01", "buy", "10", "60"),
    _typed("2026-03-01", "sell", "15", "55"),
)
_FIRST, _SECOND = date(2026, 1, 15), date(2026, 2, 1)
_SAMPLES = (
    Case(
        "sample: oldest first",
        "FIFO",
        _BOUGHT,
        can_short=False,
        consumed=(Consumed(Decimal(10), _FIRST, Decimal(50)), Consumed(Decimal(5), _SECOND, Decimal(60))),
        open_lots=(OpenLot(Decimal(5), Decimal(60), _SECOND),),
        gain=Decimal(25),
    ),
    Case(
        "sample: newest first",
        "LIFO",
        _BOUGHT,
        can_short=False,
        consumed=(Consumed(Decimal(10), _SECOND, Decimal(60)), Consumed(Decimal(5), _FIRST, Decimal(50))),
        open_lots=(OpenLot(Decimal(5), Decimal(50), _FIRST),),
        gain=Decimal(-25),
    ),
    Case(
        "sample: highest first",
        "HIFO",
        (*_BOUGHT, _typed("2026-03-02", "sell", "5", "55")),
        can_short=False,
        open_lots=(),
        gain=Decimal(0),
    ),
    Case(
        "sample: more sold than bought",
        "FIFO",
        (_typed("2026-01-15", "buy", "10", "50"), _typed("2026-02-01", "sell", "15", "55")),
        can_short=False,
        unmatched=Decimal(5),
    ),
    Case(
        "sample: across zero",
        "FIFO",
        (_typed("2015-10-02", "sell", "1", "110"), _typed("2015-10-03", "buy", "2", "112")),
        can_short=True,
        consumed=(Consumed(Decimal(1), date(2015, 10, 2), Decimal(110)),),
        open_lots=(OpenLot(Decimal(1), Decimal(112), date(2015, 10, 3)),),
        gain=Decimal(-2),
    ),
    Case(
        "sample: a fee in kind over two lots",
        "FIFO",
        (
            _typed("2020-02-01", "buy", "0.18", "13000"),
            _typed("2020-04-01", "buy", "3", "14000", "400"),
            _typed("2020-04-11", "sell", "1.01", "14000", "140"),
        ),
        can_short=False,
        consumed=(
            Consumed(
                Decimal("0.18"),
                date(2020, 2, 1),
                cost=Decimal("2340.0"),
                proceeds=Decimal("2495.0495049504952"),
                gain=Decimal("155.04950495049505"),
            ),
            Consumed(
                Decimal("0.83"),
                date(2020, 4, 1),
                cost=Decimal("11730.666666666666"),
                proceeds=Decimal("11504.950495049505"),
                gain=Decimal("-225.7161716171617"),
            ),
        ),
    ),
)
