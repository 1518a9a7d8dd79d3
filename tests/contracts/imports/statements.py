"""A small statement of every broker whose files are read as a whole, re-typed."""

from __future__ import annotations

from dataclasses import dataclass

TRADING_212 = """Action,Time,ISIN,Ticker,Name,No. of shares,Price / share,Currency (Price / share),Exchange rate,\
Result (GBP),Total (GBP),Withholding tax,Currency (Withholding tax),Stamp duty (GBP),Notes,ID
Deposit,2020-06-24 04:06:06,,,,,,,,,9000.00,,,,Bank,101
Market buy,2020-11-25 14:30:08,US36467W1099,GME,GameStop,100,14.75,USD,1.33332,,1106.25,,,,,EOF1
Market buy,2020-11-26 09:30:08,GB0007980591,BP,BP,10,250.00,GBX,100,,25.13,,,0.13,,EOF2
Stock split close,2021-01-04 06:00:00,US36467W1099,GME,GameStop,100,20.00,USD,,,,,,,,
Stock split open,2021-01-04 06:00:00,US36467W1099,GME,GameStop,400,5.00,USD,,,,,,,,
Dividend (Ordinary),2021-04-02 10:15:07,US36467W1099,GME,GameStop,400,0.01,USD,Not available,,2.90,0.70,USD,,,
"""
SCHWAB = """Date,Action,Symbol,Description,Price,Quantity,Fees & Comm,Amount
04/04/2024 as of 04/03/2024,Stock Split,ABC,ABC INC,,100,,
03/05/2024,Journaled Shares,XYZ,FROM ELSEWHERE,,5,,
03/05/2024,Qualified Dividend,ABC,ABC INC,,,,$7.70
03/04/2024,Buy,ABC,ABC INC,$10.50,100,$1.25,"-$1,051.25"
03/01/2024,MoneyLink Transfer,,Tfr BANK,,,,"$10,000.00"
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A file, its format, the line of its (last) header, and headers of further tables below it."""

    name: str
    format: str
    content: bytes
    header_line: int = 1
    headers: frozenset[tuple[str, ...]] = frozenset()


STATEMENTS = [
    Statement("Trading 212", "trading_212", TRADING_212.encode()),
    Statement("Schwab", "schwab", SCHWAB.encode()),
]
