"""Coinbase and Kraken: coins and money, trades in two rows, fees in units, income that buys what was earned."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.ledger.imports.kraken_assets import asset, pair
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import CashEntry, CashLeg, Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored, RowProblem, part_of
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency
from tests.contracts.imports.reading import contents, recognised
from tests.contracts.imports.statements import COINBASE, KRAKEN_LEDGERS, KRAKEN_TRADES

EUR, USD, USDC, USDT = (Currency(code) for code in ("EUR", "USD", "USDC", "USDT"))
HISTORY = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,"
    "Total (inclusive of fees and/or spread),Fees and/or Spread,Notes"
)
LEDGERS = "txid,refid,time,type,subtype,aclass,asset,wallet,amount,fee,balance"
VALUED = f"{LEDGERS},amountusd,feeusd"
TRADES = KRAKEN_TRADES.partition("\n")[0]
BTC = InstrumentKey("BTC", "CRYPTO", Segment.CRYPTO, EUR)


def under(header: str, *rows: str, currency: str = "EUR") -> list[Content]:
    """What rows under a header hold."""
    return contents("\n".join((header, *rows, "")).encode(), currency)


def coinbase(*rows: str) -> list[Content]:
    """What rows of Coinbase's history hold."""
    return under(HISTORY, *rows)


def moved(entry: Fill) -> Decimal:
    """What a fill moves in cash."""
    value, fees = entry.quantity * entry.price, entry.fees.total
    return -value - fees if entry.side is Side.BUY else value - fees


def test_older_layouts_of_coinbase_are_recognised_below_their_preamble() -> None:
    """They have no ids, other names of columns, and no signs of currencies."""
    content = (
        b'"You can use this transaction report to inform your likely tax obligations."\n\n\n'
        b"Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,Spot Price at Transaction,Subtotal,"
        b"Total (inclusive of fees),Fees,Notes\n"
        b"2021-03-25T06:45:27Z,Buy,BTC,0.0025,EUR,40000.00,100.00,102.99,2.99,Bought 0.0025 BTC for 102.99 EUR\n"
    )
    assert recognised(content).format == "coinbase"
    fill = contents(content)[-1]
    assert isinstance(fill, Fill)
    assert (fill.fill_id, fill.instrument, fill.fees.total) == (None, BTC, Decimal("2.99"))
    assert fill.executed_at == datetime(2021, 3, 25, 6, 45, 27, tzinfo=UTC)


def test_what_is_earned_is_income_that_buys_the_coin() -> None:
    """No cash is left of it, and the coin has its value of that day as its cost."""
    fill, income = contents(COINBASE.encode())[2:4]
    assert isinstance(fill, Fill)
    assert isinstance(income, CashEntry)
    assert (fill.side, fill.price, income.kind) == (Side.BUY, Decimal("3343.11"), CashKind.INTEREST)
    assert income.amount == -moved(fill)


def test_a_conversion_is_a_sale_and_a_purchase_that_leave_no_cash() -> None:
    """To the last digit, though 185 does not divide by 80.5."""
    sale, purchase = coinbase(
        "c-4,2024-12-05 06:33:40 UTC,Convert,BTC,-0.002,EUR,€96000.00,-€185.00,-€192.00,€7.00,"
        "Converted 0.002 BTC to 80.5 XRP"
    )
    assert isinstance(sale, Fill)
    assert isinstance(purchase, Fill)
    assert (sale.instrument.symbol, sale.price, sale.fees.total) == ("BTC", Decimal(96000), Decimal(7))
    assert (purchase.instrument.symbol, purchase.quantity) == ("XRP", Decimal("80.5"))
    assert moved(sale) + moved(purchase) == 0
    assert moved(sale) == Decimal(185)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Convert,USDC,100,EUR,€0.9,€90,€90,€0,Converted 100 USDC to 0.04 ETH", ("buy", "ETH", "0.04", "2500", "USDC")),
        (
            "Convert,ETH,0.04,EUR,€2250,€90,€90,€0,Converted 0.04 ETH to 100 USDC",
            ("sell", "ETH", "0.04", "2500", "USDC"),
        ),
        (
            "Advanced Trade Buy,BTC,0.01,EUR,€36000,€360,€362,€2,Bought 0.01 BTC for 402 USDC on BTC-USDC at 40000 X",
            ("buy", "BTC", "0.01", "40200", "USDC"),
        ),
        ("Buy,BTC,0.01,EUR,€36000,€361.50,€363.50,€2,", ("buy", "BTC", "0.01", "36150", "EUR")),
    ],
)
def test_what_was_paid_is_what_counts(row: str, expected: tuple[str, str, str, str, str]) -> None:
    """In the money that was paid with; where the market's price is not what was paid, the subtotal decides."""
    (fill,) = coinbase(f"c-1,2025-01-01 10:00:00 UTC,{row}")
    assert isinstance(fill, Fill)
    side, symbol, quantity, price, currency = expected
    assert (fill.side, fill.instrument.symbol, fill.instrument.currency.code) == (Side(side), symbol, currency)
    assert (fill.quantity, fill.price) == (Decimal(quantity), Decimal(price))


def test_coins_that_stand_for_money_are_cash() -> None:
    """They are bought by a conversion, come as payments, and earn interest."""
    bought, fee, came, earned = coinbase(
        "c-3,2025-01-03 10:00:00 UTC,Buy,USDC,500,EUR,€0.92,€460.00,€462.00,€2.00,",
        "c-2,2025-01-02 10:00:00 UTC,Receive,USDC,50,EUR,€0.92,€46.00,€46.00,€0.00,",
        "c-1,2025-01-01 10:00:00 UTC,Rewards Income,USDC,0.05,EUR,€0.92,€0.05,€0.05,€0.00,",
    )
    entries = [entry for entry in (bought, fee, came, earned) if isinstance(entry, CashEntry)]
    assert [entry.kind for entry in entries] == [
        CashKind.CONVERSION_OUT,
        CashKind.FEE,
        CashKind.DEPOSIT,
        CashKind.INTEREST,
    ]
    assert (entries[0].amount, entries[0].received) == (Decimal(460), CashLeg(Decimal(500), USDC))
    assert entries[3].currency == USDC


def test_coins_that_are_sent_and_received_are_transfers() -> None:
    """Whatever their sign; Coinbase's own exchange is another account."""
    sent, received, moved_out = coinbase(
        "c-3,2025-01-03 10:00:00 UTC,Send,ETH,-0.1,EUR,€3302.65,-€330.27,-€330.27,€0.00,Sent 0.1 ETH to My vault",
        "c-2,2025-01-02 10:00:00 UTC,Receive,ETH,0.2,EUR,€3302.65,€660.53,€660.53,€0.00,",
        "c-1,2025-01-01 10:00:00 UTC,Pro Deposit,ETH,0.1,EUR,€3302.65,€330.27,€330.27,€0.00,",
    )
    found = [entry for entry in (sent, received, moved_out) if isinstance(entry, TransferEntry)]
    assert [(entry.direction, entry.quantity, entry.counterparty) for entry in found] == [
        (Direction.OUT, Decimal("0.1"), "My vault"),
        (Direction.IN, Decimal("0.2"), "another wallet"),
        (Direction.OUT, Decimal("0.1"), "Coinbase Exchange"),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("c-1,2025-01-01 10:00:00 UTC,Buy,BTC,0.01,EUR,€3600,€360.00,€362.00,€2,", "Price at Transaction"),
        (
            "c-1,2025-01-01 10:00:00 UTC,Buy,BTC,0.01,EUR,€36000,€360.00,€400.00,€2,",
            "Total (inclusive of fees and/or spread)",
        ),
        ("c-1,2025-01-01 10:00:00 UTC,Buy,BTC,much,EUR,€36000,€360.00,€362.00,€2,", "Quantity Transacted"),
        ("c-1,2025-01-01,Buy,BTC,0.01,EUR,€36000,€360.00,€362.00,€2,", "Timestamp"),
        ("c-1,2025-01-01 10:00:00 UTC,Order,BTC,0.01,EUR,€36000,€360.00,€362.00,€2,", "Transaction Type"),
        ("c-1,2025-01-01 10:00:00 UTC,Convert,BTC,0.01,EUR,€36000,€360.00,€362.00,€2,To something", "Notes"),
    ],
)
def test_a_row_of_coinbases_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """With the value that was found."""
    (problem,) = coinbase(row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column


@pytest.mark.parametrize(
    ("code", "usual"),
    [
        ("XXBT", "BTC"),
        ("XBT.M", "BTC"),
        ("ZEUR", "EUR"),
        ("EUR.HOLD", "EUR"),
        ("DOT.S", "DOT"),
        ("ETH2.S", "ETH"),
        ("XTZ", "XTZ"),
        ("ZETA", "ZETA"),
        ("XXDG", "DOGE"),
        ("USDT", "USDT"),
    ],
)
def test_krakens_names_of_assets(code: str, usual: str) -> None:
    """What is staked is the coin; only the first coins have a letter before their name."""
    assert asset(code) == usual


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("XXBTZEUR", ("BTC", "EUR")),
        ("XTZUSD", ("XTZ", "USD")),
        ("ADAUSDT", ("ADA", "USDT")),
        ("BTC/EUR", ("BTC", "EUR")),
        ("USDTZUSD", ("USDT", "USD")),
        ("DAIUSD", ("DAI", "USD")),
        ("XETHXXBT", None),
        ("ETH/BTC", None),
        ("EUR", None),
    ],
)
def test_krakens_names_of_pairs(name: str, found: tuple[str, str] | None) -> None:
    """A pair without money has no price in money."""
    assert pair(name) == found


def test_two_rows_of_the_ledgers_are_one_trade() -> None:
    """400 euros and 0.64 of a fee bought 0.0045 less a fee of 0.00001 in units; all of the 400 are in the price."""
    found = contents(KRAKEN_LEDGERS.encode(), "EUR")
    announced, deposit, deposit_fee, bought, other, sold, _ = found[:7]
    assert isinstance(announced, Ignored)
    assert isinstance(deposit, CashEntry)
    assert isinstance(deposit_fee, CashEntry)
    assert (deposit.amount, deposit_fee.kind, deposit_fee.amount) == (Decimal(1000), CashKind.FEE, Decimal(1))
    assert isinstance(bought, Fill)
    assert (bought.instrument, bought.quantity, bought.fill_id) == (BTC, Decimal("0.00449"), "kraken|T1")
    assert moved(bought) == Decimal("-400.64")
    assert other == part_of(4)
    assert isinstance(sold, Fill)
    assert (sold.side, sold.quantity, sold.price, moved(sold)) == (
        Side.SELL,
        Decimal("0.001"),
        Decimal(100_000),
        Decimal("99.84"),
    )


def test_a_withdrawal_of_coins_is_a_transfer_and_its_fee_units_given_for_nothing() -> None:
    """What moves between wallets of the account does not move."""
    reward, withdrawal, fee, internal = contents(KRAKEN_LEDGERS.encode(), "EUR")[7:]
    assert isinstance(withdrawal, TransferEntry)
    assert (withdrawal.instrument, withdrawal.direction, withdrawal.quantity) == (BTC, Direction.OUT, Decimal("0.002"))
    assert isinstance(fee, Fill)
    assert (fee.side, fee.quantity, fee.price) == (Side.SELL, Decimal("0.00015"), Decimal(0))
    assert isinstance(internal, Ignored)
    assert isinstance(reward, Fill)
    assert (reward.instrument.symbol, reward.price) == ("DOT", Decimal(0))
    assert reward.notes is not None
    assert "correct the price" in reward.notes


def test_a_coin_for_a_coin_needs_their_value() -> None:
    """Newer ledgers tell it in dollars; without it both rows are bad and say what to enter."""
    legs = (
        "L1,T1,2024-01-04 12:00:00,trade,tradespot,currency,BTC,spot / main,-0.001,0,0",
        "L2,T1,2024-01-04 12:00:00,trade,tradespot,currency,ETH,spot / main,0.03,0.0001,0",
    )
    problems = under(LEDGERS, *legs)
    assert [type(item) for item in problems] == [RowProblem, RowProblem]
    assert problems[0] == problems[1]
    sale, purchase, rest = under(VALUED, f"{legs[0]},-44.01,0", f"{legs[1]},43.9,0.15", currency="USD")
    assert isinstance(sale, Fill)
    assert isinstance(purchase, Fill)
    assert (sale.instrument.currency, purchase.quantity) == (USD, Decimal("0.0299"))
    assert moved(sale) == -moved(purchase) == Decimal("44.01")
    assert rest == part_of(2)


def test_a_reward_with_a_value_is_income_that_buys_it() -> None:
    """After the fee that Kraken keeps of it."""
    fill, income = under(
        VALUED, "L1,S1,2024-01-04 12:00:00,earn,reward,currency,ETH,spot / earn,0.0100,0.0010,0,30,3", currency="USD"
    )
    assert isinstance(fill, Fill)
    assert isinstance(income, CashEntry)
    assert (fill.quantity, moved(fill), income.amount) == (Decimal("0.009"), Decimal(-27), Decimal(27))


def test_money_for_money_is_a_conversion() -> None:
    """A card's payment for a stable coin, with its fee."""
    conversion, fee, rest = under(
        LEDGERS,
        "L1,T1,2024-01-04 12:00:00,spend,,currency,EUR,spot / main,-100,0.5,0",
        "L2,T1,2024-01-04 12:00:00,receive,,currency,USDT,spot / main,120,0,0",
    )
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.received) == (Decimal(100), CashLeg(Decimal(120), USDT))
    assert isinstance(fee, CashEntry)
    assert (fee.kind, fee.amount, rest) == (CashKind.FEE, Decimal("0.5"), part_of(2))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("L1,T1,2024-01-04 12:00:00,trade,,currency,EUR,w,-100,0.5,0", "type"),
        ("L1,T1,2024-01-04 12:00:00,margin,,currency,EUR,w,-100,0.5,0", "type"),
        ("L1,T1,2024-01-04 12:00:00,deposit,,currency,EUR,w,-1OO,0.5,0", "amount"),
        ("L1,T1,2024-01-04 12:00:00,deposit,,currency,EUR,w,100,-0.5,0", "fee"),
        ("L1,T1,04/01/2024,deposit,,currency,EUR,w,100,0.5,0", "time"),
        ("L1,T1,2024-01-04 12:00:00,staking,,currency,DOT,w,1,2,0", "amount"),
        ("L1,T1,2024-01-04 12:00:00,deposit,,currency,,w,100,0.5,0", "asset"),
    ],
)
def test_a_row_of_the_ledgers_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """The others are read all the same."""
    problem, good = under(LEDGERS, row, "L9,D9,2024-01-05 12:00:00,deposit,,currency,EUR,w,100,0,0")
    assert isinstance(problem, RowProblem)
    assert problem.column == column
    assert isinstance(good, CashEntry)


def test_three_rows_of_one_reference_are_no_trade() -> None:
    """Each of them is bad, and says why."""
    row = "{},T1,2024-01-04 12:00:00,spend,,currency,{},w,{},0,0"
    found = under(LEDGERS, row.format("L1", "ADA", "-1"), row.format("L2", "DOT", "-1"), row.format("L3", "EUR", "2"))
    assert [type(item) for item in found] == [RowProblem] * 3


def test_krakens_trades_have_the_names_that_its_ledgers_refer_to() -> None:
    """So that both files of an account do not count one twice; money for money is a conversion."""
    fill, conversion, fee = contents(KRAKEN_TRADES.encode())
    assert isinstance(fill, Fill)
    assert (fill.fill_id, fill.instrument, fill.quantity, fill.fees.total) == (
        "kraken|T1",
        BTC,
        Decimal("0.0045"),
        Decimal("0.64"),
    )
    assert isinstance(conversion, CashEntry)
    assert (conversion.currency, conversion.received) == (USDT, CashLeg(Decimal("9.001"), EUR))
    assert isinstance(fee, CashEntry)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("T1,O1,XETHXXBT,2021-01-02 12:00:00,buy,limit,0.05,0.5,0,10,0,,", "pair"),
        ("T1,O1,XXBTZEUR,2021-01-02 12:00:00,hold,limit,10,100,0,10,0,,", "type"),
        ("T1,O1,XXBTZEUR,2021-01-02 12:00:00,buy,limit,10,1000,0,10,0,,", "cost"),
        ("T1,O1,XXBTZEUR,2021-01-02 12:00:00,buy,limit,10,100,0,10,20,,", "margin"),
        (",O1,XXBTZEUR,2021-01-02 12:00:00,buy,limit,10,100,0,10,0,,", "txid"),
    ],
)
def test_a_trade_of_krakens_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """With the value that was found."""
    (problem,) = under(TRADES, row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column
