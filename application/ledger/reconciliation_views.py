"""What a reconciliation is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from application.ledger.views import AccountView, InstrumentView
from domain.ledger.reconciliation import BrokerLine, Standing, Stated, Status
from domain.ledger.remedy import Proposal
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId
from domain.shared.instrument import InstrumentKey
from domain.shared.money import EXACT, ZERO, Currency


@dataclass(frozen=True, slots=True)
class CashLine:
    """What a broker says of the cash in one currency."""

    currency: Currency
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileAccountCommand:
    """All that the broker says is held: at a moment, at the end of a day, or now with all that is recorded.

    Positions or cash that are None are not compared.
    """

    account_id: AccountId
    lines: Sequence[BrokerLine] | None = None
    cash: Sequence[CashLine] | None = None
    as_of: datetime | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if self.lines is None and self.cash is None:
            raise Invalid("Send positions, cash or both; an empty list says that there is nothing.", field="positions")
        if self.as_of is not None and self.day is not None:
            raise Invalid("Send asOf or day, not both: day is the end of that day in the account's zone.", field="day")


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal; `version` is that of the trade which it changes."""

    proposal: Proposal
    version: int | None


@dataclass(frozen=True, slots=True)
class ReconciledHolding:
    """One holding from both sides; `lines` are the places of the broker's lines, and none is a holding unknown there.

    `instrument` is None and `key` what a trade would name for one that the account never had; if its exchange is not
    stated, there is no key either.
    """

    status: Status
    lines: Sequence[int]
    instrument: InstrumentView | None
    key: InstrumentKey | None
    standing: Standing
    stated: Stated | None
    proposals: Sequence[ProposalView]

    @property
    def quantity_difference(self) -> Decimal:
        """What the broker has more than the ledger."""
        return EXACT.subtract(ZERO if self.stated is None else self.stated.quantity, self.standing.quantity)

    @property
    def cost_difference(self) -> Decimal | None:
        """What it cost there more than here, fees included; None if the broker does not say."""
        if self.stated is None or self.stated.cost is None:
            return None
        return EXACT.subtract(EXACT.abs(self.stated.cost), self.standing.cost)


@dataclass(frozen=True, slots=True)
class ReconciledCash:
    """The cash in one currency from both sides; a broker who does not mention a currency says that there is none."""

    currency: Currency
    balance: Decimal
    stated: Decimal

    @property
    def difference(self) -> Decimal:
        """What is missing in the ledger; negative if there is too much."""
        return EXACT.subtract(self.stated, self.balance)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All holdings of both sides: those of the broker in the order of the lines, then the ledger's others by symbol.

    What is proposed is to be recorded as of `at`.
    """

    account: AccountView
    at: datetime
    holdings: Sequence[ReconciledHolding]
    cash: Sequence[ReconciledCash]

    @property
    def is_matched(self) -> bool:
        """Whether both sides say the same."""
        return all(each.status is Status.MATCHED for each in self.holdings) and not any(
            each.difference for each in self.cash
        )
