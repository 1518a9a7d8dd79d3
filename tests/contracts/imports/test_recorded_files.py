"""Brokers' recorded files go through the whole way; what must come of each was worked out by reading it.

`cash` is what the file's trades and movements leave in each currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, CashEntry, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.tradebook_import import State
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.money import EXACT, plain
from tests.contracts.imports.desk import Desk
from tests.contracts.imports.reading import contents, recognised

pytestmark = pytest.mark.anyio

_FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "broker-csv"
_KINDS = (Fill, CashEntry, ActionEntry, TransferEntry, Ignored, RowProblem)
_INCOMING = frozenset({CashKind.DEPOSIT, CashKind.DIVIDEND, CashKind.INTEREST, CashKind.FEE_REFUND})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Fills, movements of cash, actions, transfers, ignored and bad rows; units held; cash by currency."""

    format: str
    rows: tuple[int, int, int, int, int, int]
    held: Mapping[str, str]
    cash: Mapping[str, str]


EXPECTED = {
    # 9000 - 8.07 + 8.08 - 1106.25 - 401.01 - 6554.80 + 32453.25 + 0.10; the dollars pass through
    "trading212__2020__from_2020-09-11_to_2021-04-02.csv": Outcome(
        "trading_212",
        (5, 9, 0, 0, 0, 0),
        {"VNRG": "1", "GME": "0", "NVDA": "1"},
        {"GBP": "33391.3", "USD": "0"},
    ),
    "schwab__interest_tax__transactions.csv": Outcome("schwab", (0, 2, 0, 0, 0, 0), {}, {"USD": "2.06"}),
    # 1.2 + 0.2 - 925.1 + 2965 - 2885 + 3219 - 120 - 2905 + 1395 - 1355 + 2595 - 2506 + 10000
    "schwab__schwab_transactions.csv": Outcome("schwab", (10, 3, 0, 0, 0, 0), {"VUAG": "30.5"}, {"USD": "9479.3"}),
    # one sale says 3 shares at 2275 brought 7120.75; the other sold 12.549 of the 13.81 that had vested
    "schwab__equity_award__schwab_equity_award_v1.json": Outcome(
        "schwab_awards", (4, 2, 0, 0, 0, 1), {"GOOG": "1.261"}, {"USD": "25744.49806"}
    ),
    # 11.20 - 22.39 + 74.62 - 1382.75 + 14.40 x 137.90 - 0.02
    "schwab__equity_award__schwab_equity_award_v2.json": Outcome(
        "schwab_awards", (5, 8, 0, 0, 0, 0), {"GOOG": "22.622"}, {"USD": "666.42"}
    ),
    # 91 x 102.4935 - 0.49
    "schwab__equity_award__schwab_equity_award_v2_rounding.json": Outcome(
        "schwab_awards", (14, 13, 0, 0, 0, 0), {"GOOG": "0"}, {"USD": "9326.4185"}
    ),
    # 80 + 400 - 20 (2 before the split) + 300 + 700 - 50 - 500 + 100 + 150 - 120;
    # 383.84 + 14.80 - 2.22 + 6778.48 + 66414.90 + 21206.97 - 21206.97
    "schwab__equity_award__nvda_synthetic.json": Outcome(
        "schwab_awards", (10, 9, 0, 0, 2, 0), {"NVDA": "1040"}, {"USD": "73589.8"}
    ),
    # the cash that the report itself ends with is 23.59: its prices are rounded
    "vanguard__cash_investment_report.csv": Outcome(
        "vanguard",
        (5, 12, 0, 0, 10, 0),
        {
            "FOO": "1550",
            "BAR": "293",
            "Emerging Markets Stock Index Fund - Accumulation": "6.77",
            "U.S. Equity Index Fund - Accumulation": "0.9232",
        },
        {"GBP": "23.525882008"},
    ),
    # -2500 - 5000 - 995.4 - 3990.899 + 7495 + 2158.851 + 1102.5 + 1700; in pounds -1819.82 - 2262.49 - 13775
    "sharesight__inputs__All_Trades_Report_-_Test.csv": Outcome(
        "sharesight",
        (13, 0, 0, 0, 2, 0),
        {"FOO": "5", "BAR": "0", "BAZ": "0", "FUND1": "50", "ETH": "2.585396612", "BTC": "0"},
        {"USD": "-29.948", "GBP": "-17857.31"},
    ),
    # 2 shares before the split are 40 after it; 4219.95 - 4218.95 + 3170.93 - 3170.93
    "morgan_stanley__Withdrawals_Report.csv": Outcome(
        "morgan_stanley", (2, 2, 0, 0, 1, 0), {"GOOG": "-70"}, {"USD": "1"}
    ),
    "morgan_stanley__Withdrawal_Wire_Report.csv": Outcome("morgan_stanley", (0, 0, 0, 0, 1, 0), {}, {}),
    # -4.05 + 3.87 + 44988.05 - 150006.84 + 50000
    "hl__inputs__hl-transaction-summary.csv": Outcome(
        "hargreaves_lansdown",
        (2, 3, 0, 0, 4, 0),
        {"Vanguard FTSE Developed World UCITS ETF": "3563"},
        {"GBP": "-55018.97"},
    ),
    # the split adds 209 shares to 1, so that most of them are not in the file
    "raw__test_data.csv": Outcome(
        "raw_csv",
        (13, 2, 0, 0, 0, 1),
        {"META": "15", "FB": "104", "BABA": "30", "OPRA": "120", "AMZN": "1"},
        {"USD": "-28486.600215"},
    ),
}
_PATHS = [path for path in sorted(_FOLDER.glob("*")) if path.name in EXPECTED]
FILES = [pytest.param(EXPECTED[path.name], path.read_bytes(), id=path.name) for path in _PATHS]


def left(found: Sequence[Content]) -> dict[str, str]:
    """What entries leave in each currency, added up plainly."""
    sums: dict[str, Decimal] = {}

    def move(code: str, amount: Decimal) -> None:
        sums[code] = EXACT.add(sums.get(code, Decimal(0)), amount)

    for item in found:
        if isinstance(item, Fill):
            value = EXACT.multiply(EXACT.multiply(item.quantity, item.price), item.multiplier or Decimal(1))
            move(item.instrument.currency.code, value if item.side is Side.SELL else -value)
            move(item.instrument.currency.code, -item.fees.total)
        elif isinstance(item, CashEntry):
            is_incoming = item.kind in _INCOMING or item.kind is CashKind.TAX_REFUND
            move(item.currency.code, EXACT.subtract(item.amount, item.tax) if is_incoming else -item.amount)
            if item.received is not None:
                move(item.received.currency.code, item.received.amount)
    return {code: plain(amount) for code, amount in sums.items()}


@pytest.mark.parametrize(("expected", "content"), FILES)
def test_each_row_is_understood_as_it_reads(expected: Outcome, content: bytes) -> None:
    """So many entries of each kind, and the cash that they leave."""
    assert recognised(content).format == expected.format
    found = contents(content)
    assert tuple(sum(isinstance(item, kind) for item in found) for kind in _KINDS) == expected.rows
    assert left(found) == expected.cash


@pytest.mark.parametrize(("expected", "content"), FILES)
async def test_a_file_twice_adds_nothing_and_undone_leaves_nothing(
    desk: Desk, expected: Outcome, content: bytes
) -> None:
    """Looked at, committed, known the second time, taken back, and there again: trades, positions and cash."""
    fills, *_, ignored, bad = expected.rows
    others = {"ignored": ignored, "bad": bad}
    first = await desk.preview(content)
    assert (await desk.view(first)).state is State.PREVIEWED
    entries = sum(expected.rows) - ignored - bad
    assert await desk.counts(first) == filled({"ready": entries} | others)
    await desk.commit(first)
    assert await desk.counts(first) == filled({"imported": entries} | others)
    assert (await desk.live_trades(), await desk.held()) == (fills, expected.held)
    assert await desk.balances() == expected.cash
    second = await desk.bring_in(content)
    assert await desk.counts(second) == filled({"duplicate": entries} | others)
    assert (await desk.held(), await desk.balances()) == (expected.held, expected.cash)
    await desk.undo(first)
    assert await desk.live_trades() == await desk.live_cash() == 0
    assert set((await desk.held()).values()) | set((await desk.balances()).values()) <= {"0"}
    third = await desk.bring_in(content)
    assert await desk.counts(third) == filled({"imported": entries} | others)
    assert (await desk.held(), await desk.balances()) == (expected.held, expected.cash)


def filled(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts that are not zero."""
    return {verdict: count for verdict, count in counts.items() if count}
