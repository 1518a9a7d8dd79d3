"""A small sample of every format, re-typed: what each must recognise, and no other may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.ledger.imports.mapping import Column, ColumnMapping, MappingId, SavedMapping
from domain.shared.ids import OrganisationId
from domain.shared.instrument import Segment
from domain.shared.money import Currency

EQUITY = b"""symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,\
order_execution_time
FEDERALBNK,INE171A01029,2021-04-27,BSE,EQ,A,buy,false,50,74,T001,O001,2021-04-27T09:30:00
FEDERALBNK,INE171A01029,2021-04-28,NSE,EQ,EQ,BUY,true,30.000000,75.500000,1776173,O002,2021-04-28T10:00:00
"""
FUTURES = b"""symbol,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,\
order_execution_time,expiry_date
NIFTY24APR22000CE,2024-04-10,NSE,FO,,sell,false,75,120.05,501,11,2024-04-10T09:20:00.250000,2024-04-25
"""
FUNDS = b"""symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,\
order_execution_time
A FUND WHOSE NAME IS MUCH TOO LONG TO BE A SYMBOL - DIRECT PLAN - GROWTH,INF789F01XA0,2024-04-10,BSE,MF,,buy,false,\
8.411000,95.110400,77,12,2024-04-10T00:00:00
"""
# as the workbook looks when saved as CSV: a preamble, an empty first column, title case
WORKBOOK = (
    "\ufeff,Tradebook for Equity from 2024-04-01 to 2025-03-31,,,,,,,,,,,,\r\n,,,,,,,,,,,,,\r\n"
    ",Symbol,ISIN,Trade Date,Exchange,Segment,Series,Trade Type,Auction,Quantity,Price,Trade ID,Order ID,"
    "Order Execution Time\r\n"
    ",INFY,INE009A01021,2024-04-10,NSE,EQ,EQ,buy,false,10,1500,1001,2001,2024-04-10 09:15:00\r\n"
).encode("utf-16")
GENERIC = b"Ticker;Way;Pieces;At;When\nSAP;buy;10;120.5;2024-01-02 10:00\n"
EXPORT = (
    b"tradeId,accountId,symbol,exchange,segment,currency,multiplier,isin,tickSize,lotSize,side,quantity,price,"
    b"fees.brokerage,fees.exchange,fees.regulatory,fees.tax,fees.stampDuty,fees.other,executedAt,sequence,"
    b"settlementDate,category,strategy,tags,notes,attachments,brokerTradeId,brokerOrderId,lotSelection\r\n"
    b"0190c6a2-0000-7000-8000-000000000001,0190c6a2-0000-7000-8000-00000000000a,INFY,NSE,equity,INR,1,INE009A01021,"
    b"0.05,1,buy,10,1450.5,20,,,,0.000000000000000001,,2024-01-02T03:48:00.000001Z,7,2024-01-04,swing,breakout,"
    b'"[""earnings"",""a, b""]","\'=1+1\n\'quoted\' ","[""https://example.com/1""]",00042,\'-9,\r\n'
    b"0190c6a2-0000-7000-8000-000000000002,0190c6a2-0000-7000-8000-00000000000a,INFY,NSE,equity,INR,1,INE009A01021,"
    b"0.05,1,sell,4,-2.5,,,,,,,2024-01-03T03:48:00Z,0,,,,,',,,,"
    b'"{""0190c6a2-0000-7000-8000-000000000001"":""3.5""}"\r\n'
)
CASH_EXPORT = (
    b"cashMovementId,accountId,kind,amount,taxWithheld,net,currency,occurredAt,valueDate,symbol,exchange,segment,"
    b"instrumentCurrency,multiplier,isin,reinvestedTradeId,counterpartId,received.amount,received.currency,"
    b"received.valueDate,received.notes,notes\r\n"
    b"0190c6a2-0000-7000-8000-000000000011,0190c6a2-0000-7000-8000-00000000000a,dividend,50,5,45,INR,"
    b"2024-01-02T03:48:00Z,2024-01-04,INFY,NSE,equity,INR,1,INE009A01021,,,,,,,'=1+1\r\n"
    b"0190c6a2-0000-7000-8000-000000000012,0190c6a2-0000-7000-8000-00000000000a,conversion_out,110,0,-110,USD,"
    b"2024-01-03T03:48:00Z,,,,,,,,,0190c6a2-0000-7000-8000-000000000013,100,EUR,,,\r\n"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, its format, and how many rows it has."""

    name: str
    format: str
    content: bytes
    rows: int


SAMPLES = [
    Sample("equity", "zerodha", EQUITY, 2),
    Sample("futures and options", "zerodha", FUTURES, 1),
    Sample("mutual funds", "zerodha", FUNDS, 1),
    Sample("workbook saved as CSV", "zerodha", WORKBOOK, 1),
    Sample("an export of ours", "tapedeck", EXPORT, 2),
    Sample("an export of our cash", "tapedeck_cash", CASH_EXPORT, 2),
    Sample("generic", "generic_csv", GENERIC, 1),
]


def generic_mapping(**more: object) -> ColumnMapping:
    """The mapping of the generic sample."""
    facts: dict[str, object] = {
        "columns": {
            Column.SYMBOL: "ticker",
            Column.SIDE: "Way",
            Column.QUANTITY: "PIECES",
            Column.PRICE: "At",
            Column.EXECUTED_AT: "when",
        },
        "default_exchange": "XETR",
        "default_segment": Segment.EQUITY,
        "default_currency": Currency("EUR"),
        **more,
    }
    return ColumnMapping(**facts)  # type: ignore[arg-type]  # tests vary any of them


def saved(mapping: ColumnMapping, number: int = 1) -> SavedMapping:
    """A saved mapping."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return SavedMapping(
        id=MappingId(UUID(int=number)),
        organisation_id=OrganisationId(UUID(int=9)),
        name=f"Mapping {number}",
        mapping=mapping,
        version=1,
        created_at=now,
        updated_at=now,
    )
