"""A fill as somebody enters it: the instrument by its key, not yet by an id.

The HTTP edge and the importers build entries; `record_trade` and `record_trades` turn them into trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import NO_FEES, Fees
from domain.shared.ids import AccountId, ImportId, TradeId
from domain.shared.instrument import InstrumentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentTerms:
    """An instrument as named inside a trade; what is None is taken from the known instrument, else defaults.

    A multiplier that differs from the known instrument's is refused; tick size, lot size and ISIN are kept
    as first recorded.
    """

    key: InstrumentKey
    multiplier: Decimal | None = None
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    isin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeEntry:
    """One fill for one account; `source_key` names it within its source, so that it is never counted twice.

    `trade_id` is given by who must know it before the trade is recorded. The lots that an import chooses were chosen
    elsewhere: one that is not there is passed over.
    """

    account_id: AccountId
    instrument: InstrumentTerms
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fees: Fees = NO_FEES
    settlement_date: date | None = None
    category: Category | None = None
    strategy: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    attachments: tuple[str, ...] = ()
    broker_trade_id: str | None = None
    broker_order_id: str | None = None
    sequence: int = 0
    lot_selection: tuple[LotSelection, ...] = ()
    source_key: str | None = None
    import_id: ImportId | None = None
    trade_id: TradeId | None = None
