"""What would make the ledger say what a broker's statement says, each tried on a replay before it is proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias
from uuid import UUID

from domain.ledger.action_terms import Split
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.execution import Execution, Side
from domain.ledger.group import replay_group
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.reconciliation import Standing, Stated, standing_of
from domain.ledger.remedy import (
    CorrectPrice,
    MoveFrom,
    Proposal,
    RecordSplit,
    RecordTrade,
    Remedy,
    UseMethod,
    VoidTrade,
)
from domain.ledger.terms import Terms
from domain.ledger.trade import EARLIEST
from domain.ledger.transfer import Transfer, TransferDetails
from domain.shared.ids import CorporateActionId, OrganisationId, TradeId, TransferId
from domain.shared.money import EXACT, ZERO, round_share

_ONE: Final = Decimal(1)
# by chance any two quantities have some ratio: companies split 3 for 2 or 5 for 4, and merge units 1 for so many
_LARGEST_RATIO: Final = 1_000
_LARGEST_OLD: Final = 4
# after every trade of the same instant, as an id that is made later is
_NEWEST: Final = TradeId(UUID(int=2**128 - 1))
_NOBODY: Final = OrganisationId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Story:
    """All that a position follows from, with those that are tied to it, up to the moment of the statement.

    `at` is that moment: what is proposed is recorded as of it. `until` is None if all that is recorded counts.
    """

    pair: Pair
    terms: Mapping[Pair, Terms]
    executions: Mapping[Pair, Sequence[Execution]]
    actions: Sequence[CorporateAction]
    transfers: Sequence[Transfer]
    at: datetime
    until: datetime | None = None

    def position(self) -> Position:
        """The position at the moment."""
        together = replay_group(self.terms, self.executions, self.actions, self.transfers, self.until)
        return together[self.pair].position

    @property
    def own(self) -> Sequence[Execution]:
        """The position's trades up to the moment, in order of time."""
        return sorted(each for each in self.executions.get(self.pair, ()) if not self._is_later(each))

    def with_trades(self, executions: Sequence[Execution]) -> Story:
        """The same with other trades of the position."""
        return replace(self, executions={**self.executions, self.pair: executions})

    def _is_later(self, execution: Execution) -> bool:
        return self.until is not None and execution.executed_at > self.until


def proposals(story: Story, stated: Stated) -> Sequence[Proposal]:
    """Return what would bring the position to what is stated: first what does so wholly, then in quantity alone."""
    position = story.position()
    standing = standing_of(position)
    if standing.agrees(stated):
        return []
    tried: list[Proposal] = []
    for remedy, then in _possible(story, position, standing, stated):
        outcome = standing_of(then.position())
        if outcome.quantity == stated.quantity:
            tried.append(Proposal(remedy, outcome.agrees(stated)))
    useful = [each for each in tried if each.matches or standing.quantity != stated.quantity]
    return sorted(useful, key=lambda each: not each.matches)


_Trial: TypeAlias = tuple[Remedy, Story]


def _possible(story: Story, position: Position, standing: Standing, stated: Stated) -> Iterator[_Trial]:
    if standing.quantity == stated.quantity:
        yield from _methods(story)
        yield from _price(story, position, stated)
        return
    yield from _split(story, standing.quantity, stated.quantity)
    yield from _twins(story, EXACT.subtract(standing.quantity, stated.quantity))
    yield from _opening(story, position, standing, stated)
    yield from _moves(story, EXACT.subtract(stated.quantity, standing.quantity))
    yield from _trade(story, position, standing, stated)


def opening(stated: Stated, multiplier: Decimal, at: datetime) -> Proposal:
    """Return the trade that opens a holding in an instrument that the account never had."""
    units = EXACT.abs(stated.quantity)
    price = stated.price
    if stated.cost is not None or price is None:
        price = round_share(EXACT.abs(stated.cost or ZERO), _ONE, EXACT.multiply(units, multiplier))
    side = Side.BUY if stated.quantity > ZERO else Side.SELL
    value = EXACT.multiply(EXACT.multiply(price, units), multiplier)
    trade = RecordTrade(side, units, price, at, is_opening=False)
    return Proposal(trade, Standing(stated.quantity, value, value).agrees(stated))


def _split(story: Story, held: Decimal, stated: Decimal) -> Iterator[_Trial]:
    if not held or not stated or (held > ZERO) is not (stated > ZERO):
        return
    ratio = Fraction(stated) / Fraction(held)
    new, old = ratio.numerator, ratio.denominator
    is_usual = new == 1 or (new > old and old <= _LARGEST_OLD)
    if not is_usual or max(new, old) > _LARGEST_RATIO:
        return
    details = ActionDetails(
        instrument_id=story.pair.instrument_id,
        effective_at=story.at,
        terms=Split(new=new, old=old),
        account_id=story.pair.account_id,
    )
    action = CorporateAction.record(CorporateActionId(_NEWEST), _NOBODY, details, story.at)
    if not any(known.repeats(action) for known in story.actions):
        yield RecordSplit(new, old, story.at), replace(story, actions=[*story.actions, action])


def _twins(story: Story, too_many: Decimal) -> Iterator[_Trial]:
    """Trades of one day that agree in everything but their ids, of which one makes the difference."""
    own = story.own
    first: dict[tuple[object, ...], Execution] = {}
    for each in own:
        facts = (each.executed_at.date(), each.side, each.quantity, each.price)
        twin = first.setdefault(facts, each)
        signed = each.quantity if each.side is Side.BUY else EXACT.minus(each.quantity)
        if twin is not each and signed == too_many:
            rest = [other for other in own if other is not each]
            yield VoidTrade(each.id, twin.id, each.executed_at), story.with_trades(rest)


def _opening(story: Story, position: Position, standing: Standing, stated: Stated) -> Iterator[_Trial]:
    """What was sold without a known purchase, or went short of it, was bought before the first known trade."""
    own = story.own
    missing = EXACT.add(position.unmatched_quantity, EXACT.subtract(stated.quantity, standing.quantity))
    is_lacking = bool(position.unmatched_quantity) or standing.quantity < ZERO <= stated.quantity
    if not own or not is_lacking or missing <= ZERO or own[0].executed_at - timedelta(seconds=1) < EARLIEST:
        return
    at = own[0].executed_at - timedelta(seconds=1)
    yield from _bought(story, Side.BUY, missing, at, _price_at(position, stated), is_opening=True)


def _moves(story: Story, missing: Decimal) -> Iterator[_Trial]:
    """Other accounts of the story that hold what is missing."""
    if missing <= ZERO:
        return
    for pair in sorted(story.terms):
        if pair.instrument_id != story.pair.instrument_id or pair == story.pair:
            continue
        if replace(story, pair=pair).position().quantity < missing:
            continue
        details = TransferDetails(
            from_account_id=pair.account_id,
            to_account_id=story.pair.account_id,
            instrument_id=pair.instrument_id,
            quantity=missing,
            transferred_at=story.at,
        )
        now = story.at
        transfer = Transfer(
            id=TransferId(_NEWEST), organisation_id=_NOBODY, details=details, version=1, created_at=now, updated_at=now
        )
        moved = replace(story, transfers=[*story.transfers, transfer])
        yield MoveFrom(pair.account_id, missing, story.at), moved


def _trade(story: Story, position: Position, standing: Standing, stated: Stated) -> Iterator[_Trial]:
    """A trade at the moment of the statement closes the gap, at a price that gives the stated cost if one does."""
    gap = EXACT.subtract(stated.quantity, standing.quantity)
    side = Side.BUY if gap > ZERO else Side.SELL
    price = _price_at(position, stated)
    grows = not standing.quantity or (standing.quantity > ZERO) is (gap > ZERO)
    more = EXACT.subtract(EXACT.abs(stated.cost or ZERO), standing.cost)
    if grows and more > ZERO:
        price = round_share(more, _ONE, EXACT.multiply(EXACT.abs(gap), position.terms.multiplier))
    yield from _bought(story, side, EXACT.abs(gap), story.at, price, is_opening=False)


def _bought(
    story: Story, side: Side, quantity: Decimal, at: datetime, price: Decimal, *, is_opening: bool
) -> Iterator[_Trial]:
    trade = Execution(at, 0, _NEWEST, side, quantity, price, ZERO)
    remedy = RecordTrade(side, quantity, price, at, is_opening)
    yield remedy, story.with_trades([*story.executions.get(story.pair, ()), trade])


def _price_at(position: Position, stated: Stated) -> Decimal:
    """The broker's price, else the mean cost, else what was last traded at; nothing is known of a stranger."""
    if stated.price is not None:
        return stated.price
    if stated.cost and stated.quantity:
        return round_share(
            EXACT.abs(stated.cost), _ONE, EXACT.multiply(EXACT.abs(stated.quantity), position.terms.multiplier)
        )
    return ZERO if position.last_price is None else position.last_price


def _methods(story: Story) -> Iterator[_Trial]:
    for method in CostMethod:
        if method is not story.terms[story.pair].method:
            terms = {
                pair: replace(each, method=method) if pair.account_id == story.pair.account_id else each
                for pair, each in story.terms.items()
            }
            yield UseMethod(method), replace(story, terms=terms)


def _price(story: Story, position: Position, stated: Stated) -> Iterator[_Trial]:
    lots = list(position.lots)
    own = story.own
    if len(lots) != 1 or stated.cost is None or lots[0].basis is not None:
        return
    (lot,) = lots
    trades = [each for each in own if each.id == lot.id and each.quantity == lot.quantity]
    add: Callable[[Decimal, Decimal], Decimal] = EXACT.subtract if position.quantity > ZERO else EXACT.add
    value = add(EXACT.abs(stated.cost), lot.fee_left)
    price = round_share(value, _ONE, EXACT.multiply(lot.left, position.terms.multiplier))
    for trade in trades:
        others = [each for each in own if each is not trade]
        corrected = story.with_trades([*others, trade._replace(price=price)])
        yield CorrectPrice(TradeId(trade.id), price), corrected
