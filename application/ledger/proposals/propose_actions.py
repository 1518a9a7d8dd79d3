"""Propose what a provider says was done to an instrument, as far as the ledger does not say it already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger import action_terms
from domain.ledger.cash import CashMovement
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.events import ActionsProposed
from domain.ledger.execution import Side
from domain.ledger.proposal import (
    NEAR,
    PAID_WITHIN,
    Dividend,
    Filled,
    Proposal,
    ProposalKind,
    ProposalState,
    Ratio,
    Split,
    held_before,
)
from domain.shared.ids import AccountId, InstrumentId, OrganisationId, ProposalId
from domain.shared.money import Currency


class AnnouncedSplit(NamedTuple):
    """From the exchange's midnight of a day on, `new` units are what `old` units were."""

    day: date
    effective_at: datetime
    new: int
    old: int


class AnnouncedDividend(NamedTuple):
    """Who holds a unit at the exchange's midnight of a day gets so much, for a unit of that day."""

    day: date
    effective_at: datetime
    per_unit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a provider says was done to an instrument of an organisation."""

    organisation_id: OrganisationId
    instrument_id: InstrumentId
    currency: Currency
    provider: str
    is_simulated: bool
    splits: Sequence[AnnouncedSplit]
    dividends: Sequence[AnnouncedDividend]


@dataclass(frozen=True, slots=True)
class ProposeActions:
    """Asked by no user: the market says it. Nothing is proposed to who did not hold, and nothing twice."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def propose(self, announced: Announced) -> int:
        """Return how many proposals are new."""
        now = self.clock.now()
        async with self.units(announced.organisation_id) as unit:
            known = await _Known.of(unit, announced.instrument_id)
            proposals = [
                *self._splits(announced, known, now),
                *self._dividends(announced, known, now),
            ]
            added = await unit.proposals.add(proposals)
            if added:
                await unit.outbox.add([_proposed(announced, added)])
            await unit.commit()
        return added

    def _splits(self, announced: Announced, known: _Known, now: datetime) -> Iterator[Proposal]:
        for split in announced.splits:
            if split.effective_at > now or split.new == split.old or known.has_split(split.effective_at):
                continue
            if any(known.held(account_id, split.effective_at) for account_id in known.fills):
                yield self._proposal(announced, split, Split(new=split.new, old=split.old), now)

    def _dividends(self, announced: Announced, known: _Known, now: datetime) -> Iterator[Proposal]:
        due = [each for each in announced.dividends if each.effective_at <= now and each.per_unit > 0]
        # a split that is only proposed has changed what the market pays for as well
        ratios = [
            Ratio(split.effective_at, split.new, split.old)
            for split in announced.splits
            if not known.has_applied(split.effective_at)
        ]
        for account_id in known.fills:
            recorded = known.recorded(account_id, due)
            for dividend in due:
                quantity = known.held(account_id, dividend.effective_at, ratios)
                if quantity and dividend.day not in recorded:
                    terms = Dividend(account_id=account_id, per_unit=dividend.per_unit, quantity=quantity)
                    yield self._proposal(announced, dividend, terms, now)

    def _proposal(
        self,
        announced: Announced,
        said: AnnouncedSplit | AnnouncedDividend,
        terms: Split | Dividend,
        now: datetime,
    ) -> Proposal:
        return Proposal(
            id=ProposalId(self.ids.new()),
            organisation_id=announced.organisation_id,
            instrument_id=announced.instrument_id,
            day=said.day,
            effective_at=said.effective_at,
            terms=terms,
            currency=announced.currency,
            provider=announced.provider,
            is_simulated=announced.is_simulated,
            created_at=now,
        )


def _proposed(announced: Announced, count: int) -> ActionsProposed:
    return ActionsProposed(
        organisation_id=announced.organisation_id,
        instrument_id=announced.instrument_id,
        provider=announced.provider,
        count=count,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger says of the instrument."""

    fills: Mapping[AccountId, Sequence[Filled]]
    actions: Sequence[CorporateAction]
    dividends: Sequence[CashMovement]
    proposals: Sequence[Proposal]

    @classmethod
    async def of(cls, unit: LedgerUnitOfWork, instrument_id: InstrumentId) -> _Known:
        """Read it."""
        fills: defaultdict[AccountId, list[Filled]] = defaultdict(list)
        pairs = [pair for pair in await unit.positions.pairs_of() if pair.instrument_id == instrument_id]
        for pair, executions in (await unit.trades.executions(pairs)).items():
            fills[pair.account_id] += [Filled(each.executed_at, each.side, each.quantity) for each in executions]
        for transfer in await unit.transfers.touching({instrument_id}):
            said = transfer.details
            fills[said.from_account_id].append(Filled(said.transferred_at, Side.SELL, said.quantity))
            fills[said.to_account_id].append(Filled(said.transferred_at, Side.BUY, said.quantity))
        actions = [
            action
            for action in await unit.corporate_actions.touching({instrument_id})
            if action.details.instrument_id == instrument_id
        ]
        return cls(
            fills,
            actions,
            await unit.cash_movements.dividends(instrument_id),
            await unit.proposals.about(instrument_id),
        )

    def has_split(self, at: datetime) -> bool:
        """Whether a split of about then was recorded, or proposed before."""
        proposed = (each for each in self.proposals if each.kind is ProposalKind.SPLIT)
        return any(abs(each.at - at) <= NEAR for each in self._ratios(None)) or any(
            abs(each.effective_at - at) <= NEAR for each in proposed
        )

    def has_applied(self, at: datetime) -> bool:
        """Whether a split of about then counts in the ledger, or does not because a user said so."""
        dismissed = (
            each for each in self.proposals if each.kind is ProposalKind.SPLIT and each.state is ProposalState.DISMISSED
        )
        return any(abs(each.at - at) <= NEAR for each in self._ratios(None)) or any(
            abs(each.effective_at - at) <= NEAR for each in dismissed
        )

    def held(self, account_id: AccountId, at: datetime, more: Sequence[Ratio] = ()) -> Decimal:
        """Return how many units the account held just before; `more` are splits that the ledger does not say."""
        return held_before(at, self.fills[account_id], [*self._ratios(account_id), *more])

    def recorded(self, account_id: AccountId, announced: Iterable[AnnouncedDividend]) -> frozenset[date]:
        """Return the days of the dividends that the account got, or was proposed before.

        What came in belongs to the last dividend before it, a few days of doubt allowed.
        """
        days = {
            each.day
            for each in self.proposals
            if isinstance(each.terms, Dividend) and each.terms.account_id == account_id
        }
        for movement in self.dividends:
            at = movement.details.occurred_at
            if movement.account_id == account_id:
                before = [
                    each.day for each in announced if each.effective_at - NEAR <= at <= each.effective_at + PAID_WITHIN
                ]
                days |= {max(before)} if before else set()
        return frozenset(days)

    def _ratios(self, account_id: AccountId | None) -> list[Ratio]:
        """Return the splits and bonus issues of the account, or of any with None, each once."""
        found: set[Ratio] = set()
        for action in self.actions:
            if account_id is not None and not action.concerns(account_id):
                continue
            match action.details.terms:
                case action_terms.Split(new=new, old=old):
                    found.add(Ratio(action.details.effective_at, new, old))
                case action_terms.Bonus(new=new, held=held):
                    found.add(Ratio(action.details.effective_at, new + held, held))
                case _:
                    pass
        return sorted(found)
