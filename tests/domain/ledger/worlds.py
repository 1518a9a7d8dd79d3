"""Random worlds: several accounts with cost methods of their own, instruments, currencies, actions and transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st

from domain.ledger.action_terms import (
    ActionTerms,
    Assignment,
    Bonus,
    CashMerger,
    CostShare,
    Delisting,
    Expiry,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
    UnderlyingSide,
)
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.group import Replays, replay_group
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.terms import Terms
from domain.ledger.transfer import Transfer, TransferDetails
from domain.shared.ids import (
    AccountId,
    CorporateActionId,
    InstrumentId,
    OrganisationId,
    TradeId,
    TransferId,
    derived_id,
)
from domain.shared.money import EXACT, Currency
from tests.domain.ledger.examples import NOW, START, account

T = TypeVar("T")
INSTRUMENTS = [InstrumentId(UUID(int=number)) for number in (11, 12, 13)]
ACCOUNTS = [AccountId(UUID(int=number)) for number in (1, 2, 3)]
CURRENCIES = {INSTRUMENTS[0]: "USD", INSTRUMENTS[1]: "USD", INSTRUMENTS[2]: "EUR"}


@dataclass(frozen=True, slots=True)
class World:
    """Trades per pair, actions, and transfers between accounts, in no order."""

    terms: Mapping[Pair, Terms]
    executions: Mapping[Pair, Sequence[Execution]]
    actions: Sequence[CorporateAction]
    transfers: Sequence[Transfer]

    def replayed(self) -> Replays:
        """What becomes of it."""
        return replay_group(self.terms, self.executions, self.actions, self.transfers)


def _decimals(largest: int, smallest: int = 0) -> st.SearchStrategy[Decimal]:
    return st.tuples(st.integers(smallest, largest), st.sampled_from([0, 2, 6])).map(
        lambda drawn: EXACT.divide(Decimal(drawn[0]), Decimal(10) ** drawn[1])
    )


def trade_id(number: int) -> TradeId:
    """Ids that do not sort in the order in which they were made."""
    return TradeId(UUID(int=(number * 40_503 + 17) % 65_537))


def _transfer_id(number: int) -> TransferId:
    """Ids before, between and after those of actions."""
    return TransferId(UUID(int=99_999 + 2 * number))


ratios = st.integers(1, 7)
amounts = _decimals(500, 1)


@st.composite
def terms_of_actions(draw: st.DrawFn, instrument_id: InstrumentId) -> ActionTerms:
    into = draw(st.sampled_from([other for other in INSTRUMENTS if other != instrument_id]))
    share = CostShare(draw(st.integers(0, 7)), 7)
    new, old = draw(ratios), draw(ratios)
    choices: list[ActionTerms] = [
        Split(new=new, old=old),
        Split(new=new, old=old),
        Bonus(new=new, held=old),
        SymbolChange(into=into),
        Merger(into=into, new=new, old=old),
        Merger(into=into, new=new, old=old, cash_per_unit=draw(amounts), cash_cost_share=share),
        CashMerger(cash_per_unit=draw(amounts)),
        SpinOff(into=into, new=new, old=old, cost_share=share),
        ReturnOfCapital(per_unit=draw(amounts)),
        Delisting(),
        Expiry(settlement_price=draw(amounts)),
        Assignment(into=into, strike=draw(amounts), underlying_side=draw(st.sampled_from(UnderlyingSide))),
        Assignment(into=into, strike=draw(amounts), underlying_side=UnderlyingSide.BUY, quantity=draw(amounts)),
    ]
    return draw(st.sampled_from(choices))


def _often_first(choices: Sequence[T]) -> st.SearchStrategy[T]:
    """One of the choices: three times in five the first, so that histories are long somewhere."""
    return st.sampled_from([choices[0], choices[0], choices[0], *choices[1:]])


def _lot_id(number: int, transfers: Sequence[int]) -> UUID:
    """The lot of a trade, or what transfers make of it one after the other."""
    lot_id: UUID = trade_id(number)
    for transfer in transfers:
        lot_id = derived_id(_transfer_id(transfer), lot_id)
    return lot_id


# any lots, in any quantity: open ones, closed ones, later ones, those of other accounts, none at all
_lots = st.builds(_lot_id, st.integers(0, 16), st.lists(st.integers(0, 3), max_size=2))
_selections = st.one_of(
    st.just(()), st.lists(st.builds(LotSelection, _lots, _decimals(500, 1)), min_size=1, max_size=3).map(tuple)
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to sixteen trades, five actions and four transfers: three accounts, three instruments, two currencies.

    Each account has a cost method of its own.
    """
    ways = {account_id: (draw(st.booleans()), draw(st.sampled_from(CostMethod))) for account_id in ACCOUNTS}
    multipliers = {instrument_id: Decimal(draw(st.sampled_from([1, 1, 100]))) for instrument_id in INSTRUMENTS}
    terms = {
        Pair(account_id, instrument_id): Terms(
            account_id, instrument_id, Currency(CURRENCIES[instrument_id]), multipliers[instrument_id], *way
        )
        for account_id, way in ways.items()
        for instrument_id in INSTRUMENTS
    }
    executions: dict[Pair, list[Execution]] = {}
    for number in range(draw(st.integers(1, 16))):
        pair = Pair(draw(_often_first(ACCOUNTS)), draw(_often_first(INSTRUMENTS)))
        fill = Execution(
            START + timedelta(hours=draw(st.integers(0, 12))),
            draw(st.sampled_from([0, 1])),
            trade_id(number),
            draw(st.sampled_from([Side.BUY, Side.BUY, Side.SELL])),
            draw(_decimals(900, 1)),
            draw(_decimals(900)),
            draw(_decimals(90)),
            draw(_selections),
        )
        executions.setdefault(pair, []).append(fill)
    actions: list[CorporateAction] = []
    for number in range(draw(st.integers(1, 5))):
        instrument_id = draw(_often_first(INSTRUMENTS))
        details = ActionDetails(
            instrument_id=instrument_id,
            effective_at=START + timedelta(hours=draw(st.integers(0, 13))),
            terms=draw(terms_of_actions(instrument_id)),
            account_id=draw(st.sampled_from([None, *ACCOUNTS])),
        )
        id_ = CorporateActionId(UUID(int=100_000 + 2 * number))
        actions.append(CorporateAction.record(id_, OrganisationId(UUID(int=4)), details, NOW))
    transfers = [draw(_transfers(number, executions)) for number in range(draw(st.integers(0, 4)))]
    return World(terms, executions, actions, transfers)


@st.composite
def _transfers(draw: st.DrawFn, number: int, executions: Mapping[Pair, Sequence[Execution]]) -> Transfer:
    """A transfer of what may not be there, of lots that may not be there either."""
    source, target = draw(st.permutations(ACCOUNTS))[:2]
    instrument_id = draw(_often_first(INSTRUMENTS))
    quantity = draw(_decimals(900, 1))
    own = [each.id for each in executions.get(Pair(source, instrument_id), ())]
    lots = st.one_of(_lots, st.sampled_from(own)) if own else _lots
    chosen = draw(st.lists(lots, max_size=2, unique=True))
    details = TransferDetails(
        from_account_id=source,
        to_account_id=target,
        instrument_id=instrument_id,
        quantity=quantity,
        transferred_at=START + timedelta(hours=draw(st.integers(0, 13))),
        lot_selection=tuple(LotSelection(lot_id, EXACT.divide(quantity, Decimal(2))) for lot_id in chosen),
    )
    return Transfer.record(_transfer_id(number), details, account(), account(), NOW)
