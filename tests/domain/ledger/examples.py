"""Short words for writing histories down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.ledger.account import Account, AccountDetails
from domain.ledger.execution import Execution, Side
from domain.ledger.trade import TradeDetails
from domain.shared.ids import AccountId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import Currency

START = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSTRUMENT = InstrumentId(UUID(int=7))
D = Decimal


def tid(number: int) -> TradeId:
    """The id of the trade with that number."""
    return TradeId(UUID(int=number))


def buy(number: int, quantity: str, price: str, fee: str = "0", *, day: int | None = None) -> Execution:
    """A purchase; numbered trades are a day apart unless said otherwise."""
    return _fill(number, Side.BUY, quantity, price, fee, day)


def sell(number: int, quantity: str, price: str, fee: str = "0", *, day: int | None = None) -> Execution:
    """A sale."""
    return _fill(number, Side.SELL, quantity, price, fee, day)


def _fill(number: int, side: Side, quantity: str, price: str, fee: str, day: int | None) -> Execution:  # noqa: PLR0917 - reads as a row
    at = START + timedelta(days=number if day is None else day)
    return Execution(at, 0, tid(number), side, D(quantity), D(price), D(fee))


def account(*, shorting: bool = True, time_zone: str = "Asia/Kolkata") -> Account:
    """An account in India."""
    details = AccountDetails(
        broker="Zerodha", label="Main", currency=Currency("INR"), time_zone=time_zone, shorting=shorting
    )
    return Account.open(AccountId(UUID(int=3)), OrganisationId(UUID(int=4)), details, NOW)


def details(
    *,
    executed_at: datetime = START,
    quantity: str = "10",
    price: str = "1450.5",
    instrument_id: InstrumentId = INSTRUMENT,
) -> TradeDetails:
    """Details of an ordinary purchase."""
    return TradeDetails(
        instrument_id=instrument_id, side=Side.BUY, quantity=D(quantity), price=D(price), executed_at=executed_at
    )
