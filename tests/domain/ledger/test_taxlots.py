"""The known answers of other projects, where their fixtures are at hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.ledger.execution import Execution, Side
from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.replay import Replay, replay
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.money import EXACT, Currency
from tests.fixtures_taxlots import Case, Consumed, OpenLot, agrees, cases

CASES = cases("FIFO", "LIFO", "HIFO")


def books_of(case: Case) -> dict[str, Replay]:
    """Replay each account of a case by its own."""
    by_account: dict[str, list[Execution]] = defaultdict(list)
    for number, fill in enumerate(case.fills):
        by_account[fill.account].append(
            Execution(fill.at, number, TradeId(UUID(int=number)), Side(fill.side), fill.quantity, fill.price, fill.fee)
        )
    terms = Terms(
        AccountId(UUID(int=1)),
        InstrumentId(UUID(int=2)),
        Currency("USD"),
        Decimal(1),
        can_short=case.can_short,
        method=CostMethod(case.method.lower()),
    )
    return {account: replay(terms, executions) for account, executions in by_account.items()}


def matched(case: Case, books: dict[str, Replay]) -> list[Consumed]:
    """Every match of a disposal that the golden lists."""
    return [
        Consumed(
            match.quantity,
            match.opened_at.date(),
            match.open_price,
            match.closed_at,
            match.cost,
            match.proceeds,
            match.realised,
        )
        for kept in books.values()
        for disposal in kept.disposals
        if case.fills[disposal.id.int].is_reported
        for match in disposal.matches
    ]


def is_as_expected(actual: Consumed, expected: Consumed) -> bool:
    """Compare what the golden states; money from floats to the digits they carry."""
    exact = all(
        getattr(expected, name) is None or getattr(actual, name) == getattr(expected, name)
        for name in ("opened_on", "open_price", "closed_at")
    )
    figures = all(
        (golden := getattr(expected, name)) is None or agrees(getattr(actual, name), golden)
        for name in ("quantity", "cost", "proceeds", "gain")
    )
    return exact and figures


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.name}")
def test_the_known_answer_comes_out(case: Case) -> None:
    """Lots consumed, lots left, gain and what has no basis are those of the source."""
    books = books_of(case)
    if case.consumed is not None:
        actual = matched(case, books)
        assert len(actual) == len(case.consumed)
        for one, other in zip(actual, case.consumed, strict=True):
            assert is_as_expected(one, other), (one, other)
    if case.open_lots is not None:
        dated = {lot.opened_on for lot in case.open_lots}
        left = {open_lot(account, lot, dated) for account, kept in books.items() for lot in kept.lots if lot.left}
        assert left == set(case.open_lots)
    if case.gain is not None:
        assert sum((kept.position.realised for kept in books.values()), Decimal(0)) == case.gain
    assert sum((kept.position.unmatched_quantity for kept in books.values()), Decimal(0)) == case.unmatched


def open_lot(account: str, lot: Lot, dated: set[date | None]) -> OpenLot:
    """What is left, in the words of the fixtures; a date is only compared where they give it."""
    quantity = lot.left if lot.direction is Direction.LONG else EXACT.minus(lot.left)
    opened_on = lot.opened_at.date()
    return OpenLot(quantity, lot.price, opened_on if opened_on in dated else None, account)
