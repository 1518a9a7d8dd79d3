"""A filter of any shape finds on PostgreSQL what a plain reading of it finds among the same trades."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.trade_search import SqlTradeSearch
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.record_trades import RecordTradesCommand
from application.ledger.trade_filter import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Kind,
    Negation,
    Operator,
    TradeField,
    TradeQuery,
    Value,
    choices_of,
    kind_of,
    require_operator,
)
from application.ledger.views import TradeView
from application.ledger.void_trade import VoidTradeCommand
from application.ledger.wanted import TradeSort
from application.shared.pages import PageRequest
from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.shared.access import Scope
from domain.shared.errors import Forbidden, Invalid
from tests.fakes.platform import FakeClock
from tests.ledgers import INFY, TCS, Desk, entry, new_actor, rows
from tests.profiles import fewer


@dataclass(frozen=True, slots=True)
class Shelf:
    """Trades of all sorts in a database, with a loop to ask for them."""

    runner: asyncio.Runner
    engine: AsyncEngine
    desk: Desk
    trades: Sequence[TradeView]

    def found(self, query: TradeQuery, sort: TradeSort = TradeSort.EXECUTED_AT, limit: int = 500) -> list[TradeView]:
        """Ask page by page."""
        return self.runner.run(self._found(query, sort, limit))

    async def _found(self, query: TradeQuery, sort: TradeSort, limit: int) -> list[TradeView]:
        found: list[TradeView] = []
        page = PageRequest(limit)
        while True:
            answer = await SqlTradeSearch(self.engine).matching(self.desk.actor, query, sort, page)
            found += answer.rows
            if answer.next_cursor is None:
                return found
            page = PageRequest(limit, answer.next_cursor)


@pytest.fixture(scope="module")
def shelf(database_url: str) -> Iterator[Shelf]:
    with asyncio.Runner() as runner:
        engine = open_engine(database_url, pool_size=2)
        yield runner.run(filled(runner, engine))
        runner.run(engine.dispose())


async def filled(runner: asyncio.Runner, engine: AsyncEngine) -> Shelf:
    ids = Uuid7Factory()
    desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(), ids, new_actor(ids))
    accounts = [await desk.open(label=label) for label in ("One", "Two")]
    notes = (None, "", "100% sure_", "back\\slash 'quoted'", "Zürich ✓")
    entries = [
        replace(
            entry(
                accounts[number % 2].id,
                Side.BUY if number % 3 else Side.SELL,
                str(1 + number % 5),
                str(Decimal(number % 7) / 2 - 1),
                number % 11,
                key=TCS if number % 4 == 0 else INFY,
                fee=str(number % 3),
            ),
            sequence=number,
            notes=notes[number % 5],
            tags=tuple(tag for tag, every in (("a", 2), ("b%", 3)) if number % every == 0),
            strategy="s" if number % 6 == 0 else None,
            category=(None, *Category)[number % (1 + len(Category))],
            settlement_date=date(2024, 1, 3) if number % 2 else None,
            broker_trade_id=f"B{number}" if number % 5 == 0 else None,
        )
        for number in range(40)
    ]
    await desk.record_many(desk.actor, RecordTradesCommand(rows(*entries)))
    everything = TradeQuery(include_voided=True)
    first = await SqlTradeSearch(engine).matching(desk.actor, everything, TradeSort.CREATED_AT, PageRequest(500))
    for trade in first.rows[::9]:
        await desk.void(desk.actor, VoidTradeCommand(trade.id, 1, "Entered twice"))
    after = await SqlTradeSearch(engine).matching(desk.actor, everything, TradeSort.CREATED_AT, PageRequest(500))
    assert len(after.rows) == len(entries)
    return Shelf(runner, engine, desk, after.rows)


READS: Mapping[TradeField, Callable[[TradeView], object]] = {
    TradeField.EXECUTED_AT: lambda trade: trade.executed_at,
    TradeField.ID: lambda trade: trade.id,
    TradeField.ACCOUNT_ID: lambda trade: trade.account_id,
    TradeField.INSTRUMENT_ID: lambda trade: trade.instrument.id,
    TradeField.IMPORT_ID: lambda trade: trade.import_id,
    TradeField.SYMBOL: lambda trade: trade.instrument.symbol,
    TradeField.EXCHANGE: lambda trade: trade.instrument.exchange,
    TradeField.SEGMENT: lambda trade: trade.instrument.segment.value,
    TradeField.CURRENCY: lambda trade: trade.instrument.currency,
    TradeField.ISIN: lambda trade: trade.instrument.isin,
    TradeField.MULTIPLIER: lambda trade: trade.instrument.multiplier,
    TradeField.SIDE: lambda trade: trade.side.value,
    TradeField.QUANTITY: lambda trade: trade.quantity,
    TradeField.PRICE: lambda trade: trade.price,
    TradeField.FEES_TOTAL: lambda trade: trade.fees_total,
    TradeField.SEQUENCE: lambda trade: trade.sequence,
    TradeField.SETTLEMENT_DATE: lambda trade: trade.settlement_date,
    TradeField.CATEGORY: lambda trade: None if trade.category is None else trade.category.value,
    TradeField.STRATEGY: lambda trade: trade.strategy,
    TradeField.TAGS: lambda trade: trade.tags,
    TradeField.NOTES: lambda trade: trade.notes,
    TradeField.BROKER_TRADE_ID: lambda trade: trade.broker_trade_id,
    TradeField.BROKER_ORDER_ID: lambda trade: trade.broker_order_id,
    TradeField.VERSION: lambda trade: trade.version,
    TradeField.CREATED_AT: lambda trade: trade.created_at,
    TradeField.UPDATED_AT: lambda trade: trade.updated_at,
    TradeField.VOIDED_AT: lambda trade: trade.voided_at,
    TradeField.VOID_REASON: lambda trade: trade.void_reason,
}
# what orders numbers and times, whose kinds a condition has agreed with its field
COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
}
EXACT: Mapping[Operator, Callable[[object, Value | tuple[Value, ...]], bool]] = {
    Operator.EQ: lambda found, value: found == value,
    Operator.NE: lambda found, value: found != value,
    Operator.IS_NULL: lambda found, value: (found is None) is value,
    Operator.IN: lambda found, value: isinstance(value, tuple) and found in value,
    Operator.CONTAINS: lambda found, value: (
        isinstance(value, str) and isinstance(found, str | tuple) and value in found
    ),
    Operator.STARTS_WITH: lambda found, value: isinstance(found, str) and found.startswith(str(value)),
}


def admits(wanted: Filter, trade: TradeView) -> bool:
    """The meaning of a filter, said once more and plainly."""
    match wanted:
        case AllOf():
            return all(admits(part, trade) for part in wanted.parts)
        case AnyOf():
            return any(admits(part, trade) for part in wanted.parts)
        case Negation():
            return not admits(wanted.part, trade)
        case Condition():
            return holds(wanted, READS[wanted.field](trade))


def holds(wanted: Condition, found: object) -> bool:
    if wanted.operator in COMPARE:
        return found is not None and COMPARE[wanted.operator](found, wanted.value)
    return EXACT[wanted.operator](found, wanted.value)


def operators(name: TradeField) -> list[Operator]:
    def fits(item: Operator) -> bool:
        try:
            require_operator(name, item)
        except Invalid:
            return False
        return True

    return [item for item in Operator if fits(item)]


def values(name: TradeField, trades: Sequence[TradeView]) -> st.SearchStrategy[Value]:
    """Values that some trade has, parts of them, and others."""
    known = {READS[name](trade) for trade in trades}
    start = min(trade.executed_at for trade in trades)
    words = {text for text in known if isinstance(text, str)}
    parts = {text[:size] for text in words for size in (1, 3)} | {"", "%", "_", "\\", "'"}
    some_ids = [known_id for trade in trades for known_id in (trade.id, trade.account_id, trade.instrument.id)]
    by_kind: dict[Kind, st.SearchStrategy[Value]] = {
        Kind.CHOICE: st.sampled_from(sorted(choices_of(name)) if kind_of(name) is Kind.CHOICE else [""]),
        Kind.NUMBER: st.decimals(-2, 6, places=1),
        Kind.COUNT: st.integers(0, 40),
        Kind.TEXTS: st.sampled_from(["a", "b%", "b", "", "%"]),
        Kind.TEXT: st.sampled_from(sorted(words | parts)),
        Kind.ID: st.sampled_from(some_ids),
        Kind.DAY: st.dates(date(2024, 1, 1), date(2024, 1, 5)),
        Kind.INSTANT: st.integers(-3, 14).map(lambda minutes: start + timedelta(minutes=minutes))
        | st.sampled_from([trade.created_at for trade in trades]),
    }
    return by_kind[kind_of(name)]


def conditions(trades: Sequence[TradeView]) -> st.SearchStrategy[Condition]:
    def of_operator(name: TradeField, how: Operator) -> st.SearchStrategy[Condition]:
        value = values(name, trades)
        if how is Operator.IS_NULL:
            return st.booleans().map(lambda wanted: Condition(name, how, wanted))
        if how is Operator.IN:
            return st.lists(value, min_size=1, max_size=4).map(lambda wanted: Condition(name, how, tuple(wanted)))
        return value.map(lambda wanted: Condition(name, how, wanted))

    def of_field(name: TradeField) -> st.SearchStrategy[Condition]:
        return st.sampled_from(operators(name)).flatmap(lambda how: of_operator(name, how))

    return st.sampled_from(list(TradeField)).flatmap(of_field)


def filters(trades: Sequence[TradeView], depth: int = MAX_DEPTH) -> st.SearchStrategy[Filter]:
    leaf: st.SearchStrategy[Filter] = conditions(trades)
    if depth == 1:
        return leaf
    inner = filters(trades, depth - 1)
    parts = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return leaf | parts.map(AllOf) | parts.map(AnyOf) | inner.map(Negation)


def test_every_field_can_be_asked_for_and_read() -> None:
    assert set(READS) == set(TradeField)
    assert all(operators(name) for name in TradeField)


@fewer()
@given(data=st.data())
def test_the_database_finds_what_the_filter_says(shelf: Shelf, data: st.DataObject) -> None:
    wanted = data.draw(filters(shelf.trades))
    include = data.draw(st.booleans())
    expected = {trade.id for trade in shelf.trades if admits(wanted, trade) and (include or trade.voided_at is None)}
    assert {trade.id for trade in shelf.found(TradeQuery(filter=wanted, include_voided=include))} == expected


@pytest.mark.parametrize("sort", list(TradeSort))
def test_pages_of_any_order_give_each_trade_once(shelf: Shelf, sort: TradeSort) -> None:
    wanted = Condition(TradeField.QUANTITY, Operator.LTE, Decimal(4))
    whole = [trade.id for trade in shelf.found(TradeQuery(filter=wanted), sort)]
    assert [trade.id for trade in shelf.found(TradeQuery(filter=wanted), sort, limit=3)] == whole
    assert len(set(whole)) == len(whole) > 10


@pytest.mark.parametrize("name", list(TradeField))
@pytest.mark.parametrize("how", list(Operator))
def test_an_operator_that_a_field_lacks_is_refused(name: TradeField, how: Operator) -> None:
    if how in operators(name):
        return
    with pytest.raises(Invalid, match="use one of"):
        Condition(name, how, "x")


def test_depth_and_cost_are_bounded() -> None:
    leaf = Condition(TradeField.SYMBOL, Operator.EQ, "INFY")
    deep: Filter = leaf
    for _ in range(MAX_DEPTH - 1):
        deep = Negation(deep)
    assert TradeQuery(filter=deep).filter == deep
    with pytest.raises(Invalid, match="deeper"):
        TradeQuery(filter=Negation(deep))
    most = AnyOf((leaf,) * MAX_CONDITIONS)
    assert TradeQuery(filter=most).filter == most
    with pytest.raises(Invalid, match="conditions"):
        TradeQuery(filter=AnyOf((leaf,) * (MAX_CONDITIONS + 1)))
    with pytest.raises(Invalid, match="200"):
        Condition(TradeField.SYMBOL, Operator.IN, ("x",) * 201)


def test_others_find_nothing_and_nobody_reads_without_the_scope(shelf: Shelf) -> None:
    stranger, powerless = new_actor(shelf.desk.ids), replace(shelf.desk.actor, scopes=frozenset({Scope.PROFILE}))
    search = SqlTradeSearch(shelf.engine)
    theirs = TradeQuery(filter=Condition(TradeField.ACCOUNT_ID, Operator.EQ, shelf.trades[0].account_id))
    assert not shelf.runner.run(search.matching(stranger, theirs, TradeSort.PRICE, PageRequest())).rows
    with pytest.raises(Forbidden):
        shelf.runner.run(search.matching(powerless, theirs, TradeSort.PRICE, PageRequest()))
