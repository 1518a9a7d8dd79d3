"""Compare a broker's closing positions with an account, line by line, and propose what would make them agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from application.ledger import settle
from application.ledger.cash.queries import CashBalanceFilter, CashQueries
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.ledger.reconciliation_views import (
    CashLine,
    ProposalView,
    ReconcileAccountCommand,
    ReconciledCash,
    ReconciledHolding,
    Reconciliation,
)
from application.ledger.views import account_view, instrument_view
from application.shared.pages import PageRequest
from application.shared.ports import Clock
from domain.ledger.account import Account
from domain.ledger.execution import Execution
from domain.ledger.group import replay_group
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
from domain.shared.moment import Moment
from domain.shared.money import EXACT, ZERO, Currency
from domain.shared.time import zone

# so many pairs are replayed between two questions to the database, when others have their turn
_AT_ONCE = 20
_MOST_CURRENCIES = 1_000
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ReconcileAccount:
    """Replays the account up to the moment and changes nothing: the answer is computed anew each time."""

    units: LedgerUnits
    cash_queries: CashQueries
    clock: Clock

    async def __call__(self, actor: Actor, command: ReconcileAccountCommand) -> Reconciliation:
        """Return the comparison; raise NotFound, Invalid for a line that may mean several holdings, or Forbidden."""
        actor.require(Scope.LEDGER_READ)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            account = (await unit.accounts.find([command.account_id])).get(command.account_id)
            if account is None:
                raise NotFound("account", command.account_id)
            until = _closing(account, command.day) if command.day is not None else command.as_of
            desk = await _Desk.load(unit, account, until, now)
            holdings = () if command.lines is None else await desk.compared(command.lines)
        cash = () if command.cash is None else await self._cash(actor, account.id, command.cash, until)
        return Reconciliation(account_view(account), until or now, holdings, cash)

    async def _cash(
        self, actor: Actor, account_id: AccountId, lines: Sequence[CashLine], until: datetime | None
    ) -> Sequence[ReconciledCash]:
        page = PageRequest(limit=_MOST_CURRENCIES)
        wanted = CashBalanceFilter(account_id=account_id)
        found = (await self.cash_queries.at(Moment(as_of=until)).balances(actor, wanted, page)).rows
        balances = {Currency(each.currency): each.balance for each in found}
        stated: dict[Currency, Decimal] = {}
        for line in lines:
            stated[line.currency] = EXACT.add(stated.get(line.currency, ZERO), line.balance)
        currencies = {**stated, **{code: ZERO for code, balance in balances.items() if balance and code not in stated}}
        return [ReconciledCash(code, balances.get(code, ZERO), balance) for code, balance in currencies.items()]


def _closing(account: Account, day: date) -> datetime:
    """Return the last instant of a day where the account is kept."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone(account.details.time_zone))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Desk:
    unit: LedgerUnitOfWork
    account: Account
    until: datetime | None
    now: datetime
    instruments: Mapping[InstrumentId, Instrument]

    @classmethod
    async def load(cls, unit: LedgerUnitOfWork, account: Account, until: datetime | None, now: datetime) -> _Desk:
        pairs = await unit.positions.pairs_of(account.id)
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
        return cls(unit, account, until, now, instruments)

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
            ties = await settle.reach(self.unit, sorted(waiting)[:_AT_ONCE])
            terms, executions = await self._facts(ties.pairs)
            replays = replay_group(terms, executions, ties.actions, ties.transfers, self.until)
            own = ties.pairs & waiting
            waiting -= own
            found.update((pair.instrument_id, standing_of(replays[pair].position)) for pair in own)
        return found

    async def _facts(self, pairs: Iterable[Pair]) -> tuple[Mapping[Pair, Terms], Mapping[Pair, Sequence[Execution]]]:
        together = set(pairs)
        accounts = await self.unit.accounts.find({pair.account_id for pair in together})
        instruments = await self.unit.instruments.by_id({pair.instrument_id for pair in together})
        terms = {pair: Terms.of(accounts[pair.account_id], instruments[pair.instrument_id]) for pair in together}
        return terms, await self.unit.trades.executions(together)

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
        # what is missing here may be in another account
        elsewhere = [each for each in await self.unit.positions.pairs_of() if each.instrument_id == id_]
        ties = await settle.reach(self.unit, {pair, *elsewhere})
        terms, executions = await self._facts(ties.pairs)
        at = self.until or self.now
        story = Story(pair, terms, executions, ties.actions, ties.transfers, at, self.until)
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
