"""What open positions cost by the days on which their lots were opened, as PostgreSQL tells it.

Together they have few days, and apart there are nearly as many parts as lots: totals are told from what is told
together, unless a day has no rate, and what cannot be told must be taken out position by position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text

from adapters.ledger.bulk import read_rows
from adapters.ledger.disposal_days import LOT_COST, LOT_OPENED_ON
from adapters.ledger.reader import Reader
from adapters.ledger.reading import ACCOUNT_JOIN, INSTRUMENT_JOIN, Listing
from application.ledger.views import PositionView
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Held, Opened
from domain.ledger.method import CostMethod
from domain.shared.access import Actor
from domain.shared.money import EXACT, ZERO, round_share
from domain.shared.time import zone

QUOTE: Final = "coalesce(CAST(:quote AS text), a.currency)"
FOREIGN: Final = f"i.currency <> {QUOTE}"
_FROM = f"FROM lots x {INSTRUMENT_JOIN} {ACCOUNT_JOIN}"
_APART = f"SELECT x.account_id, x.instrument_id, {LOT_OPENED_ON}, sum(x.left_quantity), sum({LOT_COST}) {_FROM}"
_TOGETHER = f"SELECT i.currency, {QUOTE}, {LOT_OPENED_ON}, sum({LOT_COST}), count(*) {_FROM}"
_KEPT = f"SELECT x.currency, {QUOTE}, x.day, sum(x.held_cost), sum(x.held_count) FROM disposal_days x {ACCOUNT_JOIN}"
_ACCOUNTS = text("SELECT id, currency, time_zone, cost_method FROM accounts WHERE organisation_id = :organisation")


class CurrencyPair(NamedTuple):
    """A currency, and the one it is told in."""

    base: str
    quote: str


class _LotDay(Struct, frozen=True):
    account_id: UUID
    instrument_id: UUID
    day: date
    quantity: Decimal
    cost: Decimal


class _CostDay(Struct, frozen=True):
    base: str
    quote: str
    day: date
    cost: Decimal
    number: int


class _Account(Struct, frozen=True):
    id: UUID
    currency: str
    time_zone: str
    cost_method: str


@dataclass(frozen=True, slots=True)
class HeldTogether:
    """Open positions, and the cost of those among them that do not tell their own parts."""

    held: Sequence[tuple[CurrencyPair, Held]]
    lots: Sequence[tuple[CurrencyPair, Opened]]


@dataclass(frozen=True, slots=True)
class HeldDays:
    """Reads within one snapshot; `quote` is the currency that figures are wanted in, None for each account's own."""

    connection: Reader
    actor: Actor
    wanted: PnlFilter
    quote: str | None

    async def apart(self, positions: Sequence[PositionView]) -> Sequence[tuple[CurrencyPair, Held]]:
        """Return the positions, which have marks, each with its own parts."""
        return await self._apart(positions, await self._accounts(), [])

    async def together(self, positions: Sequence[PositionView]) -> HeldTogether:
        """Return the positions, which have marks and are all that are open, and their parts together.

        Where the lots of a position share one mean cost, it tells its own parts.
        """
        accounts = await self._accounts()
        pooled = [each for each in positions if _is_pooled(accounts[each.account_id])]
        held = list(await self._apart(pooled, accounts, ["a.cost_method = 'average'"]))
        for position in positions:
            account = accounts[position.account_id]
            pair = self._pair(position, account)
            if not _is_pooled(account):
                held.append((pair, _held(position, account, None if pair.base == pair.quote else ())))
        if len(pooled) == len(positions):
            return HeldTogether(held, [])
        rows = await self._kept([each for each in positions if not _is_pooled(accounts[each.account_id])])
        if rows is None:
            listing = self._lots(_TOGETHER, ["a.cost_method <> 'average'", f"{LOT_COST} <> 0"])
            listing.group = "GROUP BY 1, 2, 3"
            rows = read_rows(await listing.run(self.connection), _CostDay)
        return HeldTogether(held, [(CurrencyPair(row.base, row.quote), Opened(row.day, row.cost)) for row in rows])

    async def _kept(self, positions: Sequence[PositionView]) -> Sequence[_CostDay] | None:
        """Return the parts of the positions from what is kept of days; None if that is not kept, or not of all."""
        # the past has no sums of days, and nobody has them of a single instrument
        if not self.connection.is_now or self.wanted.instrument_id is not None:
            return None
        listing = Listing(self.actor, _KEPT, ["a.cost_method <> 'average'"], values={"quote": self.quote})
        listing.group = "GROUP BY 1, 2, 3"
        listing.equal(x__account_id=self.wanted.account_id)
        rows = read_rows(await listing.run(self.connection), _CostDay)
        costs = _by_currency((row.base, row.cost) for row in rows)
        # costs of longs and shorts may add up to nothing, as those do that nobody has summed up
        if positions and not any(row.number for row in rows):
            return None
        if costs != _by_currency((each.instrument.currency, each.open_cost) for each in positions):
            return None
        return [row for row in rows if row.number and row.base != row.quote]

    async def _apart(
        self, positions: Sequence[PositionView], accounts: Mapping[UUID, _Account], conditions: list[str]
    ) -> Sequence[tuple[CurrencyPair, Held]]:
        if not positions:
            return []
        listing = self._lots(_APART, conditions)
        listing.group, listing.order = "GROUP BY 1, 2, 3", "ORDER BY 1, 2, 3"
        lots: defaultdict[tuple[UUID, UUID], list[_LotDay]] = defaultdict(list)
        for row in read_rows(await listing.run(self.connection), _LotDay):
            lots[row.account_id, row.instrument_id].append(row)
        found: list[tuple[CurrencyPair, Held]] = []
        for position in positions:
            account = accounts[position.account_id]
            parts = _parts(position, account, lots[position.account_id, position.instrument.id])
            found.append((self._pair(position, account), _held(position, account, parts)))
        return found

    def _lots(self, select: str, conditions: list[str]) -> Listing:
        wanted = ["x.closed_at IS NULL", FOREIGN, *conditions]
        listing = Listing(self.actor, select, wanted, values={"quote": self.quote})
        listing.equal(x__account_id=self.wanted.account_id, x__instrument_id=self.wanted.instrument_id)
        return listing

    async def _accounts(self) -> Mapping[UUID, _Account]:
        rows = await self.connection.execute(_ACCOUNTS, {"organisation": self.actor.organisation_id})
        return {account.id: account for account in read_rows(rows, _Account)}

    def _pair(self, position: PositionView, account: _Account) -> CurrencyPair:
        return CurrencyPair(position.instrument.currency, self.quote or account.currency)


def _is_pooled(account: _Account) -> bool:
    return account.cost_method == CostMethod.AVERAGE


def _by_currency(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for currency, amount in amounts:
            sums[currency] = sums.get(currency, ZERO) + amount
    return {currency: total for currency, total in sums.items() if total}


def _held(position: PositionView, account: _Account, parts: tuple[Opened, ...] | None) -> Held:
    """Return the position with its parts; None stands for one part on the day of the mark."""
    if position.mark is None:
        message = f"position {position.id} has no mark"
        raise AssertionError(message)
    day = position.mark.as_of.astimezone(zone(account.time_zone)).date()
    # in its own currency it does not matter when it was opened
    told = (Opened(day, position.open_cost),) if parts is None else parts
    return Held(position.id, day, position.mark.market_value, position.open_cost, told)


def _parts(position: PositionView, account: _Account, lots: Sequence[_LotDay]) -> tuple[Opened, ...] | None:
    if not lots:
        return None
    if _is_pooled(account):
        return tuple(_shares(position.open_cost, lots))
    return tuple(Opened(lot.day, lot.cost) for lot in lots)


def _shares(cost: Decimal, lots: Sequence[_LotDay]) -> list[Opened]:
    """Share a common cost out by quantity; the last day gets the rest."""
    parts: list[Opened] = []
    with localcontext(EXACT):
        left = sum((lot.quantity for lot in lots), ZERO)
        for lot in lots:
            share = round_share(cost, lot.quantity, left)
            parts.append(Opened(lot.day, share))
            cost, left = cost - share, left - lot.quantity
    return parts
