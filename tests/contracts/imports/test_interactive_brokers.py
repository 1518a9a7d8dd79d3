"""Interactive Brokers' files: each row becomes what it says, or says why it becomes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.ledger.imports.formats import BrokerFormats
from application.ledger.imports.format_ports import HEAD_BYTES, FileContext, FileHead
from domain.ledger.action_terms import CashMerger, CostShare, Merger, SpinOff, Split, SymbolChange
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, CashEntry, CashLeg, Direction, TransferEntry
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.tradebook_import import Reading
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.instrument import Segment
from domain.shared.money import Currency

_FOLDER = Path(__file__).parents[4] / "shared" / "fixtures"
FLEX = sorted((_FOLDER / "interactive-brokers" / "flex_xml").glob("*.xml"))
STATEMENTS = sorted((_FOLDER / "broker-csv").glob("interactive_brokers*.csv"))
USD, EUR, GBP = Currency("USD"), Currency("EUR"), Currency("GBP")
STOCK = 'accountId="U1" currency="USD" assetCategory="STK" symbol="ABC" isin="" multiplier="1"'


def rows_of(content: bytes) -> list[ReadRow]:
    """The rows of a file, by line."""
    formats = BrokerFormats()
    probe = formats.probe()
    probe.feed(content)
    head = FileHead(content[:HEAD_BYTES], probe.finish(), is_whole=len(content) <= HEAD_BYTES)
    reading = formats.recognise(head, None, [])
    assert isinstance(reading, Reading)
    whole = formats.whole(reading, FileContext(ZoneInfo("Europe/Berlin"), EUR))
    assert whole is not None
    for start in range(0, len(content), 1_000):
        whole.feed(content[start : start + 1_000])
    return sorted(whole.rows(), key=lambda row: (row.line, row.part))


def contents(content: bytes) -> list[Content]:
    """What the rows hold."""
    return [row.content for row in rows_of(content)]


def flex(*sections: str, account: str = "U1") -> bytes:
    """A Flex query's answer."""
    statement = f'<FlexStatement accountId="{account}">{"".join(sections)}</FlexStatement>'
    return f'<FlexQueryResponse><FlexStatements count="1">{statement}</FlexStatements></FlexQueryResponse>'.encode()


def trade(attributes: str = "", *, side: str = "BUY", quantity: str = "10") -> str:
    """A section with one execution."""
    return (
        f'<Trades><Trade {STOCK} buySell="{side}" quantity="{quantity}" tradePrice="5.5" tradeID="77" '
        f'dateTime="20240304;093000" settleDateTarget="20240306" ibCommission="-1.25" ibCommissionCurrency="USD" '
        f'taxes="0" levelOfDetail="EXECUTION" {attributes}/></Trades>'
    )


def action(description: str, quantity: str, symbol: str, isin: str) -> str:
    """A row of a corporate action."""
    return (
        f'<CorporateAction currency="USD" assetCategory="STK" symbol="{symbol}" isin="{isin}" quantity="{quantity}" '
        f'dateTime="20240610;202500" description="{description}" actionID="9"/>'
    )


def actions(*rows: str) -> list[Content]:
    """What a section of corporate actions becomes."""
    return contents(flex(f"<CorporateActions>{''.join(rows)}</CorporateActions>"))


def statement(*lines: str) -> bytes:
    """An activity statement."""
    start = ["Statement,Header,Field Name,Field Value", "Statement,Data,Title,Activity Statement"]
    return "\n".join([*start, "Account Information,Header,Field Name,Field Value",
                      "Account Information,Data,Base Currency,EUR", *lines]).encode()  # fmt: skip


TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,"
    "Comm/Fee,Basis,Realized P/L,MTM P/L,Code"
)
FOREX = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,,Proceeds,"
    "Comm in EUR,,,MTM in EUR,Code"
)


def test_an_execution_is_a_fill_on_new_yorks_clock() -> None:
    """With its commission, its settlement and the broker's id."""
    (fill,) = contents(flex(trade()))
    assert isinstance(fill, Fill)
    assert (fill.side, fill.quantity, fill.price, fill.fill_id) == (Side.BUY, Decimal(10), Decimal("5.5"), "ib|77")
    assert fill.executed_at == datetime(2024, 3, 4, 14, 30, tzinfo=UTC)
    assert (fill.fees.total, str(fill.settlement_date)) == (Decimal("1.25"), "2024-03-06")


def test_a_commission_in_another_currency_or_given_back_is_an_entry_of_its_own() -> None:
    """A fill's fees are in its own currency and never negative."""
    foreign = contents(flex(trade().replace('ibCommissionCurrency="USD"', 'ibCommissionCurrency="EUR"')))
    rebate = contents(flex(trade().replace('ibCommission="-1.25"', 'ibCommission="0.5"')))
    assert isinstance(foreign[0], Fill)
    assert not foreign[0].fees.by_kind
    assert isinstance(foreign[1], CashEntry)
    assert (foreign[1].kind, foreign[1].amount, foreign[1].currency) == (CashKind.FEE, Decimal("1.25"), EUR)
    assert isinstance(rebate[1], CashEntry)
    assert (rebate[1].kind, rebate[1].amount) == (CashKind.FEE_REFUND, Decimal("0.5"))


def test_a_conversion_of_currencies_moves_cash_and_makes_no_trade() -> None:
    """What was given and what came, with the commission beside."""
    section = trade('proceeds="-1100"', quantity="1000").replace('"STK"', '"CASH"').replace("ABC", "EUR.USD")
    out, fee = contents(flex(section))
    assert isinstance(out, CashEntry)
    assert (out.kind, out.amount, out.currency) == (CashKind.CONVERSION_OUT, Decimal(1100), USD)
    assert out.received == CashLeg(Decimal(1000), EUR)
    assert isinstance(fee, CashEntry)
    assert fee.kind is CashKind.FEE


def test_a_cancelled_trade_is_neither_imported_nor_lost() -> None:
    """Both rows say so; a cancellation without its trade is for the owner to look at."""
    cancel = '<Trade buySell="BUY (Ca.)" transactionType="TradeCancel" origTradeID="77" quantity="-10"/></Trades>'
    assert all(isinstance(item, Ignored) for item in contents(flex(trade().replace("</Trades>", cancel))))
    (alone,) = contents(flex(f"<Trades>{cancel}"))
    assert isinstance(alone, RowProblem)
    assert "not in this file" in alone.reason


@pytest.mark.parametrize(
    ("side", "quantity", "column"), [("BUY", "-10", "quantity"), ("HOLD", "10", "buySell"), ("BUY", "ten", "quantity")]
)
def test_a_row_that_contradicts_itself_is_bad(side: str, quantity: str, column: str) -> None:
    """Nothing is guessed."""
    (problem,) = contents(flex(trade(side=side, quantity=quantity)))
    assert isinstance(problem, RowProblem)
    assert problem.column == column


def test_sums_are_ignored_beside_what_they_add_up() -> None:
    """Orders, summaries of cash, sections that only inform; and one that stands alone is imported."""
    cash = '<CashTransaction currency="USD" type="Dividends" amount="1" dateTime="20240304" levelOfDetail="{}"/>'
    both = contents(flex(f"<CashTransactions>{cash.format('SUMMARY')}{cash.format('DETAIL')}</CashTransactions>"))
    assert [type(item) for item in both] == [Ignored, CashEntry]
    (alone,) = contents(flex(f"<CashTransactions>{cash.format('SUMMARY')}</CashTransactions>"))
    assert isinstance(alone, CashEntry)
    (orders,) = contents(flex("<Trades><Order/><Order/></Trades>"))
    assert orders == Ignored(
        "2 x Order: an order adds up executions, and these are what is imported; choose Executions in the query."
    )


def test_an_options_end_is_imported_once() -> None:
    """From the trades if they list it, else from its own section, under the same id."""
    end = (
        '<OptionEAE><OptionEAE currency="USD" assetCategory="OPT" symbol="ABC  240315C00005000" multiplier="100" '
        'date="20240304" transactionType="Expiration" quantity="-1" tradePrice="0" tradeID="77"/></OptionEAE>'
    )
    (fill,) = contents(flex(end))
    assert isinstance(fill, Fill)
    assert (fill.side, fill.price, fill.multiplier, fill.fill_id) == (Side.SELL, Decimal(0), Decimal(100), "ib|77")
    assert fill.instrument.symbol == "ABC 240315C00005000"
    assert [type(item) for item in contents(flex(trade(), end))] == [Fill, Ignored]


def test_statements_of_other_accounts_are_not_mixed_in() -> None:
    """An import goes into one account."""
    both = flex(trade()).replace(b"</FlexStatements>", b'<FlexStatement accountId="U2"/></FlexStatements>')
    fill, other = contents(both)
    assert isinstance(fill, Fill)
    assert isinstance(other, Ignored)
    assert "'U2'" in other.reason


@pytest.mark.parametrize(
    ("sentence", "terms"),
    [
        ("ABC(US0378331005) SPLIT 4 FOR 1 (ABC, ABC INC, US0378331005)", Split(new=4, old=1)),
        ("ABC(US0378331005) SPLIT 1.5 FOR 10 (ABC, ABC INC, US0378331005)", Split(new=3, old=20)),
        ("ABC(US0378331005) MERGED(Acquisition)  FOR USD 12.50 PER SHARE (ABC, ABC INC, US0378331005)",
         CashMerger(cash_per_unit=Decimal("12.50"))),
    ],
)  # fmt: skip
def test_an_action_on_one_paper(sentence: str, terms: object) -> None:
    """Its exact ratio or amount, at its instant."""
    (entry,) = actions(action(sentence, "30", "ABC", "US0378331005"))
    assert isinstance(entry, ActionEntry)
    assert (entry.terms, entry.into, entry.instrument.symbol) == (terms, None, "ABC")
    assert entry.effective_at == datetime(2024, 6, 11, 0, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("SPINOFF  1 FOR 5", SpinOff),
        ("MERGED(Acquisition) WITH US5949181045 3 FOR 10", Merger),
        ("TENDERED TO US5949181045 1 FOR 1", Merger),
        ("CUSIP/ISIN CHANGE TO (US5949181045)", SymbolChange),
    ],
)
def test_an_action_that_leads_into_another_paper(what: str, kind: type) -> None:
    """Its rows are one entry, which names the other paper."""
    start = f"ABC(US0378331005) {what}"
    entry, rest = actions(
        action(f"{start} (ABC, ABC INC, US0378331005)", "-10", "ABC", "US0378331005"),
        action(f"{start} (XYZ, XYZ INC, US5949181045)", "10", "XYZ", "US5949181045"),
    )
    assert isinstance(entry, ActionEntry)
    assert isinstance(entry.terms, kind)
    assert entry.into is not None
    assert (entry.instrument.symbol, entry.into.symbol, entry.into_isin) == ("ABC", "XYZ", "US5949181045")
    assert rest == Ignored("Part of the entry on line 1.")
    if isinstance(entry.terms, SpinOff):
        assert entry.terms.cost_share == CostShare(0, 1)


@pytest.mark.parametrize(
    "sentence",
    [
        "ABC(US0378331005) SUBSCRIBES TO something (ABC, ABC INC, US0378331005)",
        "Something happened",
        "ABC(US0378331005) SPLIT 0 FOR 1 (ABC, ABC INC, US0378331005)",
        "ABC(US0378331005) CASH and STOCK MERGER (Acquisition) XYZ 1 FOR 2 AND USD 3.00 (ABC, ABC INC, US0378331005)",
    ],
)
def test_an_action_that_is_not_understood_is_bad_and_says_what_to_do(sentence: str) -> None:
    """No guess is made about somebody's cost."""
    (problem,) = actions(action(sentence, "30", "ABC", "US0378331005"))
    assert isinstance(problem, RowProblem)


def test_transfers_name_the_other_account() -> None:
    """Securities and cash."""
    section = (
        '<Transfers><Transfer currency="USD" assetCategory="STK" symbol="ABC" direction="IN" quantity="5" '
        'account="U9" dateTime="20240304;120000"/><Transfer currency="USD" assetCategory="CASH" symbol="--" '
        'direction="OUT" cashTransfer="-20" account="U9" dateTime="20240304;120000"/></Transfers>'
    )
    moved, cash = contents(flex(section))
    assert isinstance(moved, TransferEntry)
    assert (moved.direction, moved.quantity, moved.counterparty) == (Direction.IN, Decimal(5), "U9")
    assert isinstance(cash, CashEntry)
    assert (cash.kind, cash.amount) == (CashKind.WITHDRAWAL, Decimal(20))


def test_a_statements_trades_with_and_without_executions() -> None:
    """An order counts unless its executions follow; closed lots and sums do not; thousands have commas."""
    rows = contents(
        statement(
            TRADES,
            'Trades,Data,Order,Stocks,USD,ABC,"2024-03-04, 09:30:00","1,000",5.5,5.6,-5500,-1.25,5501.25,0,100,O',
            'Trades,Data,Order,Stocks,USD,XYZ,"2024-03-04, 10:00:00",-7,2,2,14,-1,-15,0,0,O',
            'Trades,Data,Trade,Stocks,USD,XYZ,"2024-03-04, 10:00:00",-3,2,2,6,-0.5,-6.5,0,0,O',
            'Trades,Data,Trade,Stocks,USD,XYZ,"2024-03-04, 10:00:01",-4,2,2,8,-0.5,-8.5,0,0,O',
            "Trades,Data,ClosedLot,Stocks,USD,XYZ,2024-01-01,3,2,,,,6,,,",
            "Trades,SubTotal,,Stocks,USD,XYZ,,-7,,,14,-1,-15,0,0,",
            "Financial Instrument Information,Header,Asset Category,Symbol,Description,Conid,Security ID,Underlying,"
            "Listing Exch,Multiplier,Type,Code",
            "Financial Instrument Information,Data,Stocks,ABC,ABC INC,1,US0378331005,ABC,NASDAQ,1,COMMON,",
        )
    )
    assert [type(row) for row in rows] == [Fill, Ignored, Fill, Fill, Ignored]
    fill = rows[0]
    assert isinstance(fill, Fill)
    assert (fill.quantity, fill.isin, fill.instrument.exchange) == (Decimal(1000), "US0378331005", "NASDAQ")
    assert fill.executed_at == datetime(2024, 3, 4, 14, 30, tzinfo=UTC)


def test_contracts_get_their_multiplier_from_the_file() -> None:
    """From the table of instruments, or from what was paid; without either the row is refused."""
    option = (
        'Trades,Data,Order,Equity and Index Options,USD,ABC 15MAR24 5 C,"2024-03-04, 09:30:00",{},{},0,{},-1,0,0,0,O'
    )
    future = 'Trades,Data,Order,Futures,USD,ESH4,"2024-03-04, 09:30:00",1,5000,0,0,-2,0,0,0,O'
    paid, expired, unknown = contents(
        statement(TRADES, option.format(2, "0.25", "-50"), option.format(-2, "0", "0"), future)
    )
    assert isinstance(paid, Fill)
    assert isinstance(expired, Fill)
    assert (paid.multiplier, expired.multiplier, paid.instrument.segment) == (
        Decimal(100),
        Decimal(100),
        Segment.DERIVATIVE,
    )
    assert isinstance(unknown, RowProblem)
    listed = (
        "Financial Instrument Information,Header,Asset Category,Symbol,Description,Listing Exch,Multiplier",
        "Financial Instrument Information,Data,Futures,ESH4,ES 15MAR24,CME,50",
    )
    (known,) = contents(statement(TRADES, future, *listed))
    assert isinstance(known, Fill)
    assert (known.multiplier, known.instrument.exchange) == (Decimal(50), "CME")


def test_a_statements_conversion() -> None:
    """The commission's currency is in its column's name."""
    line = 'Trades,Data,Order,Forex,USD,GBP.USD,"2024-03-04, 09:30:00","-1,000",1.25,,1250,-1.8,,,0.1,'
    out, fee = contents(statement(FOREX, line))
    assert isinstance(out, CashEntry)
    assert (out.amount, out.currency, out.received) == (Decimal(1000), GBP, CashLeg(Decimal(1250), USD))
    assert isinstance(fee, CashEntry)
    assert (fee.amount, fee.currency) == (Decimal("1.8"), EUR)


def test_a_statements_cash() -> None:
    """Tables and signs tell the kind; sums are ignored, and so are tables that only inform."""
    rows = contents(
        statement(
            "Dividends,Header,Currency,Date,Description,Amount",
            "Dividends,Data,USD,2024-02-13,ABC(US0378331005) Cash Dividend USD 0.77 per Share (Ordinary Dividend),7.7",
            "Dividends,Data,Total,,,7.7",
            "Withholding Tax,Header,Currency,Date,Description,Amount,Code",
            "Withholding Tax,Data,USD,2024-02-13,ABC(US0378331005) Cash Dividend USD 0.77 per Share - US Tax,-1.16,",
            "Interest,Header,Currency,Date,Description,Amount",
            'Interest,Data,USD,2024-02-05,USD Debit Interest for Jan-2024,"-1,234.5"',
            "Fees,Header,Subtitle,Currency,Date,Description,Amount",
            "Fees,Data,Other Fees,USD,2024-01-03,Snapshot,0.01",
            "Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount",
            "Deposits & Withdrawals,Data,EUR,2024-01-02,Electronic Fund Transfer,500",
            "Net Asset Value,Header,Asset Class,Total",
            "Net Asset Value,Data,Cash,1",
            "Net Asset Value,Data,Stock,2",
        )
    )
    kinds = [row.kind for row in rows if isinstance(row, CashEntry)]
    assert kinds == [
        CashKind.DIVIDEND,
        CashKind.TAX,
        CashKind.INTEREST_PAID,
        CashKind.FEE_REFUND,
        CashKind.DEPOSIT,
    ]
    dividend = rows[0]
    assert isinstance(dividend, CashEntry)
    assert dividend.instrument is not None
    assert (dividend.instrument.symbol, dividend.isin) == ("ABC", "US0378331005")
    assert [row.reason for row in rows if isinstance(row, Ignored)] == [
        "It adds up rows that are imported.",
        "2 rows of 'Net Asset Value', which inform and are not imported.",
    ]


def test_a_history_in_the_base_currency_refuses_prices_of_unknown_currency() -> None:
    """Unless a column names it."""
    header = (
        "Transaction History,Header,Date,Account,Description,Transaction Type,Symbol,Quantity,Price,{}Gross Amount ,"
        "Commission,Net Amount"
    )
    line = "Transaction History,Data,2024-03-04,U1,ABC INC,Buy,ABC,10,5.5,{}-50,-1,-51"
    (problem,) = contents(statement(header.format(""), line.format("")))
    assert isinstance(problem, RowProblem)
    fill, fee = contents(statement(header.format("Price Currency,"), line.format("USD,")))
    assert isinstance(fill, Fill)
    assert (fill.instrument.currency, fill.fees.total) == (USD, Decimal(0))
    assert isinstance(fee, CashEntry)
    assert (fee.amount, fee.currency) == (Decimal(1), EUR)


def test_xml_of_another_kind_is_refused() -> None:
    """With the name of its root."""
    for content in (
        b"<html><body/></html>",
        b'<FlexQueryResponse><FlexStatementResponse code="1"/></FlexQueryResponse>',
    ):
        with pytest.raises(Unreadable, match="no format here reads"):
            rows_of(content)


EXPECTED = {
    "testIBFlexStatementFile01.xml": (14, 7, 3, 3),
    "testIBFlexStatementFile02.xml": (9, 4, 0, 0),
    "testIBFlexStatementFile03.xml": (0, 1, 0, 1),
    "testIBFlexStatementFile04.xml": (1, 0, 0, 0),
    "testIBFlexStatementFile05.xml": (2, 2, 0, 0),
    "testIBFlexStatementFile06.xml": (2, 2, 0, 0),
    "testIBFlexStatementFile07.xml": (1, 0, 0, 0),
    "testIBFlexStatementFile08.xml": (0, 3, 0, 0),
    "testIBFlexStatementFile09.xml": (0, 0, 0, 2),
    "interactive_brokers__test_basic.csv": (2, 8, 0, 2),
}


@pytest.mark.parametrize("path", [*FLEX, *STATEMENTS], ids=lambda path: path.name)
def test_recorded_files(path: Path) -> None:
    """So many fills, movements, actions and ignored rows, and none that is bad."""
    found: Sequence[Content] = contents(path.read_bytes())
    kinds = (Fill, CashEntry, ActionEntry, Ignored)
    assert tuple(sum(isinstance(item, kind) for item in found) for kind in kinds) == EXPECTED[path.name]
    assert not [item for item in found if isinstance(item, RowProblem)]
