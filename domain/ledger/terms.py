"""What a replay needs to know besides the executions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.ledger.account import Account
from domain.ledger.method import CostMethod
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Instrument
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class Terms:
    """How an account counts what it does in an instrument. With `can_short` off an unmatched sale has no basis."""

    account_id: AccountId
    instrument_id: InstrumentId
    currency: Currency
    multiplier: Decimal
    can_short: bool
    method: CostMethod = CostMethod.FIFO

    @classmethod
    def of(cls, account: Account, instrument: Instrument) -> Terms:
        """The terms of an instrument held in an account."""
        return cls(
            account_id=account.id,
            instrument_id=instrument.id,
            currency=instrument.key.currency,
            multiplier=instrument.multiplier,
            can_short=account.can_short(instrument.key.segment),
            method=account.details.cost_method,
        )
