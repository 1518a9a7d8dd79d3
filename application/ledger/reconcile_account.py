"""Compare a broker's closing positions with an account, line by line, and propose what would make them agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.ledger.views import AccountView, InstrumentView, account_view, instrument_view
from application.shared.ports import Clock
from domain.ledger.account import Account
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.group import replay_group, tied
from domain.ledger.pair import Pair
from domain.ledger.reconciliation import (
    NOTHING,
    BrokerLine,
    Standing,
    Stated,
    Status,
    assigned,
    standing_of,
    stated_by,
    status_of,
)
from domain.ledger.remedies import Story, opening, proposals
from domain.ledger.remedy import CorrectPrice, Proposal, VoidTrade
from domain.ledger.terms import Terms
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import ZERO

# so many pairs are replayed between two questions to the database, when others have their turn
_AT_ONCE = 20
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileAccountCommand:
    """What the broker says is held, all of it, as of a moment; None is now, with all that is recorded."""

    account_id: AccountId
    lines: Sequence[BrokerLine]
    as_of: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All holdings of both sides: those of the broker in the order of the lines, then the ledger's others by symbol."""

    account: AccountView
    as_of: datetime | None
    holdings: Sequence[ReconciledHolding]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many holdings there are of each status."""
        return Counter(each.status for each in self.holdings)


@dataclass(frozen=True, slots=True)
class ReconcileAccount:
    """Replays the account up to the moment and changes nothing: the answer is computed anew each time."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: ReconcileAccountCommand) -> Reconciliation:
        """Return the comparison; raise NotFound, Invalid for a line that may mean several holdings, or Forbidden."""
        actor.require(Scope.LEDGER_READ)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            account = (await unit.accounts.find([command.account_id])).get(command.account_id)
            if account is None:
                raise NotFound("account", command.account_id)
            desk = await _Desk.load(unit, account, command.as_of, now)
            return Reconciliation(account_view(account), command.as_of, await desk.compared(command.lines))


@dataclass(frozen=True, slots=True)
class _Desk:
    unit: LedgerUnitOfWork
    account: Account
    until: datetime | None
    now: datetime
    actions: Sequence[CorporateAction]
    instruments: Mapping[InstrumentId, Instrument]

    @classmethod
    async def load(cls, unit: LedgerUnitOfWork, account: Account, until: datetime | None, now: datetime) -> _Desk:
        actions = [action for action in await unit.corporate_actions.counting() if action.concerns(account.id)]
        pairs = await unit.positions.pairs_of(account.id)
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
        return cls(unit, account, until, now, actions, instruments)

    async def compared(self, lines: Sequence[BrokerLine]) -> Sequence[ReconciledHolding]:
        standings = await self._standings()
        of_lines = assigned(lines, self.instruments, {id_: each.quantity for id_, each in standings.items()})
        places: dict[InstrumentId | int, list[int]] = {}
        for place, id_ in enumerate(of_lines):
            # strangers are told apart by their lines
            places.setdefault(place if id_ is None else id_, []).append(place)
        found = [
            await self._stranger(lines[id_], id_)
            if isinstance(id_, int)
            else await self._holding(id_, standings[id_], [lines[place] for place in own], own)
            for id_, own in places.items()
        ]
        left = [id_ for id_, each in standings.items() if id_ not in places and each.quantity]
        left.sort(key=lambda id_: (self.instruments[id_].key.symbol, id_))
        return [*found, *[await self._holding(id_, standings[id_], (), ()) for id_ in left]]

    async def _standings(self) -> Mapping[InstrumentId, Standing]:
        found: dict[InstrumentId, Standing] = {}
        waiting = {Pair(self.account.id, id_) for id_ in self.instruments}
        while waiting:
            batch = tied(sorted(waiting)[:_AT_ONCE], self.actions, ()) & waiting
            waiting -= batch
            executions = await self.unit.trades.executions(batch)
            replays = replay_group(self._terms(batch), executions, self.actions, (), self.until)
            found.update((pair.instrument_id, standing_of(replays[pair].position)) for pair in batch)
        return found

    def _terms(self, pairs: frozenset[Pair] | set[Pair]) -> Mapping[Pair, Terms]:
        return {pair: Terms.of(self.account, self.instruments[pair.instrument_id]) for pair in pairs}

    async def _holding(
        self, id_: InstrumentId, standing: Standing, lines: Sequence[BrokerLine], places: Sequence[int]
    ) -> ReconciledHolding:
        stated = stated_by(lines) if lines else None
        status = status_of(standing, stated)
        instrument = self.instruments[id_]
        return ReconciledHolding(
            status=status,
            lines=places,
            instrument=instrument_view(instrument),
            key=instrument.key,
            standing=standing,
            stated=stated,
            proposals=[] if status is Status.MATCHED else await self._proposals(id_, stated or Stated(ZERO)),
        )

    async def _proposals(self, id_: InstrumentId, stated: Stated) -> Sequence[ProposalView]:
        pair = Pair(self.account.id, id_)
        together = tied([pair], self.actions, ())
        known = await self.unit.instruments.by_id({each.instrument_id for each in together} - self.instruments.keys())
        everything = {**self.instruments, **known}
        terms = {each: Terms.of(self.account, everything[each.instrument_id]) for each in together}
        executions = await self.unit.trades.executions(together)
        story = Story(pair, terms, executions, self.actions, (), self.until or self.now, self.until)
        return [ProposalView(each, await self._version(each)) for each in proposals(story, stated)]

    async def _version(self, proposal: Proposal) -> int | None:
        remedy = proposal.remedy
        if isinstance(remedy, VoidTrade | CorrectPrice):
            return (await self.unit.trades.get(TradeId(remedy.trade_id))).version
        return None

    async def _stranger(self, line: BrokerLine, place: int) -> ReconciledHolding:
        stated = stated_by([line])
        key = None
        if line.symbol is not None and line.exchange is not None:
            currency = line.currency or self.account.details.currency
            key = InstrumentKey(line.symbol, line.exchange, line.segment or Segment.EQUITY, currency)
        found: list[ProposalView] = []
        if key is not None and stated.quantity and (stated.quantity > ZERO or self.account.can_short(key.segment)):
            known = (await self.unit.instruments.find([key])).get(key)
            fix = opening(stated, _ONE if known is None else known.multiplier, self.until or self.now)
            found.append(ProposalView(fix, None))
        return ReconciledHolding(
            status=Status.ONLY_AT_BROKER if stated.quantity else Status.MATCHED,
            lines=[place],
            instrument=None,
            key=key,
            standing=NOTHING,
            stated=stated,
            proposals=found,
        )
