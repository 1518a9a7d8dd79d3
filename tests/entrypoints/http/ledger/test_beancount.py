"""Beancount itself reads the journal without an error, and holds what the ledger holds, lot by lot."""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from beancount.core.data import Commodity, Open
from hypothesis import given, settings
from hypothesis import strategies as st

from application.ledger.journals import JournalHead
from domain.ledger.account import Account, AccountDetails
from domain.ledger.journal import journal
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.shared.ids import AccountId, InstrumentId, OrganisationId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import Currency
from entrypoints.http.ledger.beancount import Journal, commodity_name
from tests.books import balances, load
from tests.domain.ledger.examples import NOW
from tests.domain.ledger.histories import History, histories
from tests.domain.ledger.worlds import World, worlds
from tests.profiles import is_deep

# loading a journal takes a tenth of a second
EXAMPLES = 1_000 if is_deep() else 25


def an_account(id_: AccountId, method: CostMethod, label: str = "Main") -> Account:
    details = AccountDetails(
        broker="Zerodha", label=label, currency=Currency("INR"), time_zone="America/New_York", cost_method=method
    )
    return Account.open(id_, OrganisationId(UUID(int=4)), details, NOW)


def an_instrument(
    id_: InstrumentId, symbol: str, currency: Currency, multiplier: Decimal, exchange: str = "NSE"
) -> Instrument:
    return Instrument(id_, InstrumentKey(symbol, exchange, Segment.EQUITY, currency), multiplier, None, None, None)


def written(world: World) -> tuple[Journal, str]:
    """The journal of a world, and its text."""
    terms = world.terms
    accounts = {pair.account_id: an_account(pair.account_id, each.method) for pair, each in terms.items()}
    multipliers = {pair.instrument_id: (each.currency, each.multiplier) for pair, each in terms.items()}
    instruments = {id_: an_instrument(id_, f"S{id_.int}", *each) for id_, each in multipliers.items()}
    begins = min((fill.executed_at for fills in world.executions.values() for fill in fills), default=None)
    book = Journal(JournalHead(accounts, instruments, (), begins))
    entries = journal(terms, world.executions, world.actions, world.transfers)
    return book, "".join([*book.opening(), *(book.transaction(entry) for entry in entries)])


@contextmanager
def digits(number: int) -> Iterator[None]:
    """Let Beancount compute with so many digits, which by itself it does with 28."""
    with decimal.localcontext(decimal.Context(prec=number)):
        yield


def check(world: World, near: Decimal) -> None:
    """Beancount's inventories against the replay: units exactly, costs as near as its quotients are."""
    book, text = written(world)
    found = balances(load(text))
    for pair, (position, lots, *_) in world.replayed().items():
        units, cost = found.get(book.holdings(pair), (Decimal(0), Decimal(0)))
        assert units == position.quantity
        terms = world.terms[pair]
        values = [max(lot.value(terms.multiplier), Decimal(0)) for lot in lots]
        if terms.method is CostMethod.AVERAGE:
            value = position.open_cost - position.pooled_fees
            values = [max(value if position.quantity > 0 else -value, Decimal(0))]
        assert abs(abs(cost) - sum(values, Decimal(0))) <= near
    cash = sum((amount for (account, _), (amount, _) in found.items() if account.endswith(":Cash")), Decimal(0))
    moved = sum((each.position.cash_in - each.position.cash_out for each in world.replayed().values()), Decimal(0))
    assert abs(cash - moved) <= near


@given(worlds())
@settings(max_examples=EXAMPLES, deadline=None)
def test_beancount_books_exactly_the_lots_that_the_ledger_took(world: World) -> None:
    """With the 28 digits that it computes with: any method, actions, shorts, sales without a basis."""
    check(world, Decimal("1e-9"))


@given(histories())
@settings(max_examples=EXAMPLES, deadline=None)
def test_numbers_of_any_size_are_written_to_the_last_digit(history: History) -> None:
    """Given digits enough, Beancount finds each entry in balance, whatever the sizes and signs."""
    pair = Pair(history.terms.account_id, history.terms.instrument_id)
    with digits(400):
        check(World({pair: history.terms}, {pair: history.executions}, [], []), Decimal("1e-300"))


names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(names, names), min_size=1, max_size=5))
@settings(max_examples=EXAMPLES, deadline=None)
def test_whatever_things_are_called_beancount_can_read_it_and_tells_them_apart(
    called: Sequence[tuple[str, str]],
) -> None:
    """Accounts and commodities get names that are valid and unique, and keep what you called them."""
    called = [(one.strip(), other.strip()) for one, other in called if one.strip() and other.strip()]
    accounts = {
        AccountId(UUID(int=number)): replace(
            an_account(AccountId(UUID(int=number)), CostMethod.HIFO),
            details=AccountDetails(broker=one, label=other, currency=Currency("INR"), time_zone="UTC"),
        )
        for number, (one, other) in enumerate(called)
    }
    instruments = {
        InstrumentId(UUID(int=number)): an_instrument(
            InstrumentId(UUID(int=number)), one, Currency("INR"), Decimal(1), exchange=other
        )
        for number, (one, other) in enumerate(called)
    }
    entries = load("".join(Journal(JournalHead(accounts, instruments, (), None)).opening()))
    commodities = [entry for entry in entries if isinstance(entry, Commodity)]
    assert len({entry.currency for entry in commodities}) == len(called)
    assert sorted((entry.meta["symbol"], entry.meta["exchange"]) for entry in commodities) == sorted(called)
    opened = [entry.account for entry in entries if isinstance(entry, Open)]
    assert len([name for name in opened if name.endswith(":Cash")]) == len(called)


@pytest.mark.parametrize(
    ("symbol", "exchange", "name"),
    [
        ("INFY", "NSE", "INFY.NSE"),
        ("BRK-B", "NYSE", "BRK-B.NYSE"),
        ("500325", "BSE", "X500325.BSE-"),
        ("M&M", "NSE", "M-M.NSE-"),
        ("brk", "NYSE", "BRK.NYSE-"),
    ],
)
def test_a_commodity_is_called_by_symbol_and_exchange(symbol: str, exchange: str, name: str) -> None:
    """What had to be changed is told apart by a digest, so that nothing else can come by the name."""
    found = commodity_name(an_instrument(InstrumentId(UUID(int=1)), symbol, Currency("INR"), Decimal(1), exchange))
    assert found.startswith(name)
    assert (found == name) is not name.endswith("-")
