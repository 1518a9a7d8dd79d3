"""What the market says was done to an instrument that somebody holds, and that their ledger does not say yet.

It is a proposal: it changes nothing until a user accepts it, which records what it says as they would have, once. One
that was decided is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID

from domain.ledger.execution import Side
from domain.shared.errors import Conflict
from domain.shared.ids import AccountId, InstrumentId, OrganisationId, ProposalId
from domain.shared.money import EXACT, ZERO, Currency, round_share

NEAR: Final = timedelta(days=7)
"""Two splits, or two reports of one, that lie closer than this are taken for the same."""
PAID_WITHIN: Final = timedelta(days=60)
"""A dividend comes in on its day or so long after it: less than lies between two of a year's four."""


class ProposalKind(StrEnum):
    """What the market says happened."""

    SPLIT = "split"
    DIVIDEND = "dividend"


class ProposalState(StrEnum):
    """What became of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`new` units for `old`, for every account."""

    new: int
    old: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """So much for each of the units that an account held when the day began."""

    account_id: AccountId
    per_unit: Decimal
    quantity: Decimal

    @property
    def amount(self) -> Decimal:
        """What the account should get, before tax, to 18 places."""
        return round_share(EXACT.abs(self.quantity), self.per_unit, Decimal(1))


@dataclass(slots=True, kw_only=True)
class Proposal:
    """The aggregate. `day` is the exchange's, `effective_at` its midnight; `made_id` is what accepting it made."""

    id: ProposalId
    organisation_id: OrganisationId
    instrument_id: InstrumentId
    day: date
    effective_at: datetime
    terms: Split | Dividend
    currency: Currency
    provider: str
    is_simulated: bool
    created_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_at: datetime | None = None
    made_id: UUID | None = None

    @property
    def kind(self) -> ProposalKind:
        """What happened."""
        return ProposalKind.SPLIT if isinstance(self.terms, Split) else ProposalKind.DIVIDEND

    def accept(self, made_id: UUID, now: datetime) -> None:
        """Note what it was made into; raise Conflict if it was decided before."""
        self._decide(ProposalState.ACCEPTED, now)
        self.made_id = made_id

    def dismiss(self, now: datetime) -> None:
        """Have it never made again; raise Conflict if it was decided before."""
        self._decide(ProposalState.DISMISSED, now)

    def must_be_open(self) -> None:
        """Raise Conflict if it was decided before."""
        if self.decided_at is not None:
            raise Conflict(
                f"The proposal {self.id} was {self.state.value} at {self.decided_at.isoformat()}.",
                proposalId=str(self.id),
                state=self.state.value,
            )

    def _decide(self, state: ProposalState, now: datetime) -> None:
        self.must_be_open()
        self.state = state
        self.decided_at = now


class Filled(NamedTuple):
    """What of a trade, or of one side of a transfer, says how much an account held since."""

    at: datetime
    side: Side
    quantity: Decimal


class Ratio(NamedTuple):
    """From an instant on, `new` units are what `old` units were."""

    at: datetime
    new: int
    old: int


def held_before(at: datetime, fills: Iterable[Filled], ratios: Sequence[Ratio]) -> Decimal:
    """Return how many units were held just before an instant, in units of then and to 18 places; shorts are negative.

    A split of that very instant counts: whoever held before it holds new units when the day begins.
    """
    total = Fraction(0)
    for fill in fills:
        if fill.at >= at:
            continue
        quantity = Fraction(fill.quantity)
        for ratio in ratios:
            if fill.at < ratio.at <= at:
                quantity *= Fraction(ratio.new, ratio.old)
        total += quantity if fill.side is Side.BUY else -quantity
    if not total:
        return ZERO
    return round_share(Decimal(total.numerator), Decimal(1), Decimal(total.denominator))
