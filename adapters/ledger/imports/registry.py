"""All formats of tradebooks and statements; a new one is a folder and a line here."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.coinbase import CoinbaseHistory
from adapters.ledger.imports.format import Format, JsonFormat, SectionedFormat, XmlFormat
from adapters.ledger.imports.freetrade import FreetradeActivity
from adapters.ledger.imports.generic_csv import GenericCsv
from adapters.ledger.imports.hargreaves_lansdown import HargreavesLansdownSummary
from adapters.ledger.imports.ib_activity import IbActivityStatement
from adapters.ledger.imports.ib_flex import IbFlexQuery
from adapters.ledger.imports.kraken_ledgers import KrakenLedgers
from adapters.ledger.imports.kraken_trades import KrakenTrades
from adapters.ledger.imports.morgan_stanley import MorganStanleyReports
from adapters.ledger.imports.raw_csv import RawTransactions
from adapters.ledger.imports.schwab import SchwabHistory
from adapters.ledger.imports.schwab_awards import SchwabEquityAwards
from adapters.ledger.imports.sharesight import SharesightTrades
from adapters.ledger.imports.tapedeck import TapedeckTrades
from adapters.ledger.imports.tapedeck_cash import TapedeckCash
from adapters.ledger.imports.trading_212 import Trading212History
from adapters.ledger.imports.vanguard import VanguardReport
from adapters.ledger.imports.zerodha import ZerodhaTradebook

TABLES: Final[tuple[Format, ...]] = (
    TapedeckTrades(),
    TapedeckCash(),
    ZerodhaTradebook(),
    # the last, since a mapping says nothing about files that tell by themselves what they are
    GenericCsv(),
)
SECTIONED: Final[tuple[SectionedFormat, ...]] = (
    IbActivityStatement(),
    Trading212History(),
    SchwabHistory(),
    VanguardReport(),
    FreetradeActivity(),
    SharesightTrades(),
    MorganStanleyReports(),
    HargreavesLansdownSummary(),
    CoinbaseHistory(),
    KrakenLedgers(),
    KrakenTrades(),
    RawTransactions(),
)
XML: Final[tuple[XmlFormat, ...]] = (IbFlexQuery(),)
JSON: Final[tuple[JsonFormat, ...]] = (SchwabEquityAwards(),)
