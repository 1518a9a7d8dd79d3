"""A trader's accounts on made-up days, with what they come to for tax: parts of disposals, and the facts for labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.ledger.disposal import Disposal
from domain.ledger.execution import Execution, Side
from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.ledger.replay import Replay, replay
from domain.ledger.tax_facts import Bought, Sold, TaxFacts, UnitChange
from domain.ledger.tax_report import TaxPart
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.instrument import Segment
from domain.shared.money import EXACT, ZERO, Currency

START = datetime(2024, 1, 1, 15, tzinfo=UTC)
PAPER = InstrumentId(UUID(int=2))
LAST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Deal:
    """A fill of whole units in one of the accounts, so many days and minutes after `START`."""

    account: int
    side: Side
    day: int
    minute: int
    quantity: int
    price: int


def account(number: int) -> AccountId:
    """The account of that number."""
    return AccountId(UUID(int=100 + number))


def trade(number: int) -> TradeId:
    """The trade of that number."""
    return TradeId(UUID(int=1_000 + number))


def parts_of(disposal: Disposal, account_id: AccountId) -> Iterator[TaxPart]:
    """What a disposal comes to, lot by lot."""
    for ordinal, match in enumerate(disposal.matches):
        yield TaxPart(
            disposal.id,
            ordinal,
            account_id,
            match.direction,
            match.lot_id,
            disposal.event_id,
            None,
            match.quantity,
            match.opened_at,
            match.closed_at,
            match.proceeds,
            match.cost,
            match.open_fee,
            match.close_fee,
        )
    if disposal.unmatched_quantity:
        fees = EXACT.subtract(disposal.fees, _sum(match.fees for match in disposal.matches))
        yield TaxPart(
            disposal.id,
            LAST,
            account_id,
            disposal.direction,
            None,
            disposal.event_id,
            None,
            disposal.unmatched_quantity,
            None,
            disposal.closed_at,
            disposal.unmatched_proceeds,
            None,
            ZERO,
            fees,
        )


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the deals of each account come to."""

    executions: Mapping[AccountId, Sequence[Execution]]
    replays: Mapping[AccountId, Replay]
    parts: Sequence[TaxPart]

    @classmethod
    def of(cls, deals: Sequence[Deal], method: CostMethod = CostMethod.FIFO, *, can_short: bool = True) -> Accounts:
        """Replay the deals, each account by itself."""
        executions: dict[AccountId, list[Execution]] = {}
        for number, deal in enumerate(deals):
            at = START + timedelta(days=deal.day, minutes=deal.minute)
            fill = Execution(at, 0, trade(number), deal.side, Decimal(deal.quantity), Decimal(deal.price), ZERO)
            executions.setdefault(account(deal.account), []).append(fill)
        replays = {
            each: replay(Terms(each, PAPER, Currency("USD"), Decimal(1), can_short, method), fills)
            for each, fills in executions.items()
        }
        parts = [
            part
            for account_id, found in replays.items()
            for disposal in found.disposals
            for part in parts_of(disposal, account_id)
        ]
        return cls(executions, replays, parts)

    def bought(self) -> Iterator[Bought]:
        """What each purchase had left after closing a short."""
        for account_id, fills in self.executions.items():
            closed = {disposal.id: disposal.quantity for disposal in self.replays[account_id].disposals}
            for fill in fills:
                left = fill.quantity - closed.get(fill.id, ZERO)
                if fill.side is Side.BUY and left:
                    yield Bought(fill.id, account_id, PAPER, fill.executed_at, left)

    def sold(self) -> Iterator[Sold]:
        """What each sale took from each lot."""
        for part in self.parts:
            if part.direction is Direction.LONG:
                where = (part.disposal_id, part.ordinal, part.account_id, PAPER, part.closed_at)
                yield Sold(*where, part.quantity, part.gain, part.lot_id)

    def facts(
        self, zones: Mapping[int, str] | None = None, *, changes: Sequence[UnitChange] = (), kind: Segment | None = None
    ) -> TaxFacts:
        """The facts, with the zone of each account that is not New York's."""
        return TaxFacts(
            zones={each: ZoneInfo((zones or {}).get(each.int - 100, "America/New_York")) for each in self.executions},
            segments={PAPER: kind or Segment.EQUITY},
            bought=list(self.bought()),
            sold=list(self.sold()),
            unit_changes=changes,
        )
