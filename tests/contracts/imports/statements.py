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
VANGUARD = """My General account,,,,,
,,,,,
Cash Transactions,,,,,
,,,,,
Date,Details,Amount,Balance,,
08/03/2022,Regular Deposit,15000,15000,,
09/03/2022,"Bought 1,550 Foo ETF (FOO)",-14982.06,17.94,,
09/04/2022,DIV: FOO.XLON.GB @ GBP 0.4106,225.83,243.77,,
10/04/2022,Reversal of DIV: FOO.XLON.GB @ GBP 0.4106,-225.83,17.94,,
19/07/2022,Account Fee for the period 08-Apr-2022 to 07-Jul-2022,-13.91,4.03,,
Balance,4.03,,,,
Investment Transactions,,,,,
Date,InvestmentName,TransactionDetails,Quantity,Price,Cost
10/03/2022,Foo ETF (FOO),"Bought 1,550 Foo ETF (FOO)",1550,9.665845,14982.06
Cost,14982.06,,,,
"""
FREETRADE = """Title,Type,Timestamp,Account Currency,Total Amount,Buy / Sell,Ticker,ISIN,\
Price per Share in Account Currency,Stamp Duty,Quantity,Venue,Order ID,Order Type,Instrument Currency,\
Total Shares Amount,Price per Share,FX Rate,Base FX Rate,FX Fee (BPS),FX Fee Amount,Dividend Ex Date,Dividend Pay Date,\
Dividend Eligible Quantity,Dividend Amount Per Share,Dividend Gross Distribution Amount,\
Dividend Net Distribution Amount,Dividend Withheld Tax Percentage,Dividend Withheld Tax Amount
Tesla,DIVIDEND,2022-03-01T10:00:00.000Z,GBP,0.63,,TSLA,US88160R1014,,,,,,,USD,,,,0.74,,,2022-02-01,2022-03-01,1,1,1.00,\
0.85,15,0.15
Tesla,ORDER,2022-02-01T15:03:12.817Z,GBP,464.38,BUY,TSLA,US88160R1014,674.86,0.00,0.68503443,Drivewealth,O1,MARKET,USD,\
623.58,910.29,1.34281004,1.34888000,45,2.08,,,,,,,,
BP,ORDER,2022-02-01T10:00:00.000Z,GBP,100.50,BUY,BP,GB0007980591,4.00,0.50,25,London Stock Exchange,O2,BASIC,GBP,\
100.00,4.00,,,,,,,,,,,,
Monthly statement,MONTHLY_STATEMENT,2022-02-01T00:00:00.000Z,GBP,,,,,,,,,,,,,,,,,,,,,,,,,
Top up,TOP_UP,2022-01-31T10:00:00.000Z,GBP,1000.00,,,,,,,,,,,,,,,,,,,,,,,,
"""
SHARESIGHT = """My Portfolio - All Trades Report between 2019-01-01 and 2021-11-27,,,,,,,,,,,,
Market,Code,Name,Type,Date,Quantity,Price *,Brokerage *,Currency,Exchange Rate,Value,,Comments
FX,ETH,Ethereum currency account,Buy,01/08/2019,1.5,1,0,ETH,0.0005,2728.55,All Trades,
NASDAQ,FOO,FOO Inc,Buy,01/09/2020,10,250,0,USD,1.25,2000.00,All Trades,Noted
NASDAQ,FOO,FOO Inc,Sell,01/11/2020,-4,300,5,USD,1.25,-960.00,All Trades,
FundUK,FUND1,Fund #1,Buy,02/11/2020,50,2.755,0,GBP,1,137.75,All Trades,
* Prices and brokerage are specified in market currency.,,,,,,,,,,,,
"""
MORGAN_STANLEY = """Execution Date,Order Number,Plan,Type,Order Status,Price,Quantity,Net Amount,\
Net Share Proceeds,Tax Payment Method
01-Apr-2021,WR1,GSU Class C,Sale,Complete,"$2,110.00",-2,"$4,219.95",0,N/A
02-Apr-2021,WR2,Cash,Sale,Complete,$1.00,"-4,219.95","$4,219.95",0,N/A
03-Apr-2021,WR3,GSU Class C,Sale,Cancelled,"$2,110.00",-1,$0.00,0,N/A
"""
HARGREAVES_LANSDOWN = """Transaction Summary, , , ,
Client Name:,Somebody, , ,
Trade date,Settle date,Reference,Description,Unit cost (p),Quantity,Value (£),
"04/04/2026","04/04/2026","MANAGE FEE","Fund & Share Account","n/a","n/a","-4.05"
"25/02/2026","27/02/2026","S302087055","Some ETF 1000 @  4500.00","4,500.000","1,000","44,988.05"
"24/01/2026","24/01/2026","FPC","Receipt Pay By Bank","n/a","n/a","50,000.00"
"""
RAW_CSV = """date,action,symbol,quantity,price,fees,currency
2022-11-14,SELL,META,19,116.00,0.05,USD
2022-07-26,DIVIDEND,META,305,0.031737,0.01,USD
2022-06-06,STOCK_SPLIT,META,95,0.00,0.00,USD
2022-05-09,BUY,META,5,2055.50,0.00,USD
"""
COINBASE = """Transactions
User,Somebody,0a1b
ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,\
Total (inclusive of fees and/or spread),Fees and/or Spread,Notes
c-6,2025-01-17 16:57:02 UTC,Staking Income,ETH,0.0000378,EUR,€3343.11,€0.12649,€0.12649,€0.00,
c-5,2025-01-07 19:26:56 UTC,Send,ETH,-0.1,EUR,€3302.65,-€330.27,-€330.27,€0.00,Sent 0.1 ETH
c-4,2024-12-05 06:33:40 UTC,Convert,BTC,-0.002,EUR,€96000.00,-€185.00,-€192.00,€7.00,Converted 0.002 BTC to 80.5 XRP
c-3,2024-12-04 06:33:40 UTC,Sell,BTC,-0.0001,EUR,€90000.00,€9.00,€8.90,€0.10,Sold 0.0001 BTC for 8.90 EUR
c-2,2024-11-30 10:00:00 UTC,Deposit,EUR,100,EUR,€1.00,€100.00,€100.00,€0.00,
c-1,2022-03-25 06:45:27 UTC,Buy,BTC,0.0025,EUR,€40000.00,€100.00,€102.99,€2.99,Bought 0.0025 BTC for 102.99 EUR
"""
KRAKEN_LEDGERS = """"txid","refid","time","type","subtype","aclass","asset","wallet","amount","fee","balance"
"","D1","2021-01-01 06:14:02","deposit","","currency","ZEUR","spot / main",1000.0000,0,""
"L1","D1","2021-01-01 06:14:54","deposit","","currency","ZEUR","spot / main",1000.0000,1.0000,999.0000
"L2","T1","2021-01-02 12:00:00","trade","tradespot","currency","ZEUR","spot / main",-400.0000,0.6400,598.3600
"L3","T1","2021-01-02 12:00:00","trade","tradespot","currency","XXBT","spot / main",0.0045000000,0.0000100000,0.00449
"L4","T2","2021-01-03 12:00:00","trade","tradespot","currency","XXBT","spot / main",-0.0010000000,0,0.00349
"L5","T2","2021-01-03 12:00:00","trade","tradespot","currency","ZEUR","spot / main",100.0000,0.1600,698.2000
"L6","S1","2021-01-05 12:00:00","staking","","currency","DOT.S","spot / main",0.0100000000,0,0.0100000000
"L7","W1","2021-01-06 12:00:00","withdrawal","","currency","XXBT","spot / main",-0.0020000000,0.0001500000,0.00134
"L8","X1","2021-01-07 12:00:00","transfer","spottostaking","currency","DOT","spot / main",-0.01,0,0
"""
KRAKEN_TRADES = """txid,ordertxid,pair,time,type,ordertype,price,cost,fee,vol,margin,misc,ledgers
"T1","O1","XXBTZEUR","2021-01-02 12:00:00.1234","buy","limit",88888.9,400.00005,0.64000,0.00450000,0.00000,"","L2,L3"
"T9","O2","USDTZEUR","2021-01-03 12:00:00","sell","limit",0.9001,9.00100,0.04000,10.00000000,0.00000,"","L4,L5"
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A file, its format, the line of its (last) header, and headers of further tables below it."""

    name: str
    format: str
    content: bytes
    header_line: int = 1
    headers: frozenset[tuple[str, ...]] = frozenset()


INVESTMENTS = ("Date", "InvestmentName", "TransactionDetails", "Quantity", "Price", "Cost")

STATEMENTS = [
    Statement("Trading 212", "trading_212", TRADING_212.encode()),
    Statement("Schwab", "schwab", SCHWAB.encode()),
    Statement("Vanguard", "vanguard", VANGUARD.encode(), 5, frozenset({INVESTMENTS})),
    Statement("Freetrade", "freetrade", FREETRADE.encode()),
    Statement("Sharesight", "sharesight", SHARESIGHT.encode(), 2),
    Statement("Morgan Stanley", "morgan_stanley", MORGAN_STANLEY.encode()),
    Statement("Hargreaves Lansdown", "hargreaves_lansdown", HARGREAVES_LANSDOWN.encode(), 3),
    Statement("Coinbase", "coinbase", COINBASE.encode(), 3),
    Statement("Kraken's ledgers", "kraken_ledgers", KRAKEN_LEDGERS.encode()),
    Statement("Kraken's trades", "kraken_trades", KRAKEN_TRADES.encode()),
    Statement("plain rows", "raw_csv", RAW_CSV.encode()),
]
