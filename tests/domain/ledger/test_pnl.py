"""Totals of realised and unrealised profit and loss."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given

from domain.ledger.pnl import (
    Holding,
    Mark,
    MarketSays,
    NoReturn,
    PriceSource,
    Return,
    chosen,
    return_on,
    total_realised,
    total_unrealised,
    value_holding,
)
from domain.ledger.replay import replay
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.money import Currency
from tests.domain.ledger.examples import START, D, buy, sell
from tests.domain.ledger.histories import USD, History, histories, terms

INR = Currency("INR")


def holding(quantity: str, open_cost: str, multiplier: str = "1", currency: Currency = USD) -> Holding:
    return Holding(
        account_id=AccountId(UUID(int=1)),
        instrument_id=InstrumentId(UUID(int=2)),
        currency=currency,
        multiplier=D(multiplier),
        quantity=D(quantity),
        open_cost=D(open_cost),
    )


def mark(price: str) -> Mark:
    return Mark(D(price), START, PriceSource.USER)


def _marks(user: float | None, market: float | None, last: float | None) -> tuple[Mark | None, ...]:
    """Prices of so many hours after the start."""
    sources = (PriceSource.USER, PriceSource.MARKET, PriceSource.LAST_TRADE)
    return tuple(
        None if hours is None else Mark(D(1), START + timedelta(hours=hours), source)
        for hours, source in zip((user, market, last), sources, strict=True)
    )


@pytest.mark.parametrize(
    ("user", "market", "last", "found"),
    [
        (0, 24, 0, PriceSource.USER),
        (0, 24.1, 0, PriceSource.MARKET),
        (0, None, 999, PriceSource.USER),
        (None, 0, 24, PriceSource.MARKET),
        (None, 0, 24.1, PriceSource.LAST_TRADE),
        (0, 25, 50, PriceSource.LAST_TRADE),
        (None, None, 0, PriceSource.LAST_TRADE),
        (None, None, None, None),
    ],
)
def test_a_price_goes_before_those_of_lower_rank_unless_it_is_a_day_older(
    user: float | None, market: float | None, last: float | None, found: PriceSource | None
) -> None:
    mark = chosen(*_marks(user, market, last))
    assert (None if mark is None else mark.source) is found


def test_a_price_of_the_market_tells_who_says_so_and_how_far_to_trust_it() -> None:
    told = Mark(D(1), START, PriceSource.MARKET, MarketSays("yahoo", is_stale=True, is_simulated=True)).told
    assert told == f"market yahoo {START.isoformat()} stale simulated"


def test_a_total_says_what_was_earned_before_and_after_fees() -> None:
    books = replay(terms(), [buy(1, "10", "100", "10"), sell(2, "5", "120", "6"), sell(3, "5", "90", "2")])
    (total,) = total_realised((USD, disposal) for disposal in books.disposals).values()
    assert (total.currency, total.disposals) == (USD, 2)
    assert (total.gross, total.fees, total.realised) == (D(50), D(18), D(32))
    assert (total.proceeds, total.cost) == (D(1042), D(1010))
    assert (total.missing_disposals, total.missing_proceeds) == (0, D(0))
    assert total.on_cost == Return(D("3.168316831683168317"))


def test_proceeds_without_a_basis_stand_apart_and_earn_nothing() -> None:
    books = replay(terms(can_short=False), [buy(1, "4", "50", "2"), sell(2, "10", "100", "5"), sell(3, "1", "100")])
    (total,) = total_realised((USD, disposal) for disposal in books.disposals).values()
    assert (total.realised, total.proceeds, total.cost, total.fees) == (D(196), D(398), D(202), D(4))
    assert (total.missing_disposals, total.missing_proceeds) == (2, D(697))


def test_currencies_are_never_added() -> None:
    gain = replay(terms(), [buy(1, "1", "10"), sell(2, "1", "12")]).disposals[0]
    loss = replay(terms(), [buy(1, "1", "10"), sell(2, "1", "7")]).disposals[0]
    totals = total_realised([(USD, gain), (INR, loss), (INR, loss)])
    assert {str(code): total.realised for code, total in totals.items()} == {"USD": D(2), "INR": D(-6)}
    assert total_realised([]) == {}


@given(histories())
def test_the_total_over_all_disposals_is_what_the_position_realised(history: History) -> None:
    books = replay(history.terms, history.executions)
    for total in total_realised((USD, disposal) for disposal in books.disposals).values():
        assert total.realised == books.position.realised
        assert total.missing_proceeds == books.position.unmatched_proceeds
        assert total.disposals == books.position.disposal_count


def test_a_position_is_worth_its_quantity_at_the_price() -> None:
    valuation = value_holding(holding("2", "10100", "50"), mark("103"))
    assert (valuation.market_value, valuation.unrealised) == (D(10300), D(200))
    assert valuation.on_cost == Return(D("1.980198019801980198"))


def test_a_short_gains_when_the_price_falls() -> None:
    valuation = value_holding(holding("-10", "-995"), mark("90"))
    assert (valuation.market_value, valuation.unrealised) == (D(-900), D(95))
    assert valuation.on_cost == Return(None, NoReturn.SHORT_POSITION)


def test_a_position_without_a_price_is_listed_and_not_lost() -> None:
    unpriced = holding("5", "500")
    total = total_unrealised([(holding("1", "100"), mark("110")), (unpriced, None)])[USD]
    assert (total.unrealised, total.market_value, total.open_cost) == (D(10), D(110), D(100))
    assert total.unpriced == (unpriced,)


def test_a_currency_with_unpriced_positions_only_still_lists_them() -> None:
    unpriced = holding("5", "500", currency=INR)
    totals = total_unrealised([(holding("1", "100"), mark("110")), (unpriced, None)])
    assert (totals[INR].unpriced, totals[INR].unrealised) == ((unpriced,), D(0))
    assert totals[USD].unpriced == ()


def test_a_flat_position_is_no_open_position() -> None:
    assert total_unrealised([(holding("0", "0"), None), (holding("0", "0"), mark("5"))]) == {}


def test_a_price_of_zero_is_a_price() -> None:
    total = total_unrealised([(holding("5", "500"), mark("0"))])[USD]
    assert (total.unrealised, total.unpriced) == (D(-500), ())


@pytest.mark.parametrize(("cost", "reason"), [("0", NoReturn.NO_COST), ("-1", NoReturn.COST_NOT_POSITIVE)])
def test_a_return_without_a_base_is_undefined_and_says_why(cost: str, reason: NoReturn) -> None:
    assert return_on(D(5), D(cost)) == Return(None, reason)


def test_no_return_is_too_large_to_state() -> None:
    """The largest gain on the smallest cost the ledger can hold."""
    percent = return_on(D(10) ** 73, D(1).scaleb(-54)).percent
    assert percent == Decimal(10) ** 129
