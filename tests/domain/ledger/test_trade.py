"""A trade is checked when it is told, corrected with a trace, and voided, never deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

import pytest

from domain.ledger.account import Account
from domain.ledger.events import ChangeKind, TradeChange, TradesChanged
from domain.ledger.execution import Execution, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.trade import Trade, TradeDetails, trades_changed
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, ImportId, InstrumentId
from tests.domain.ledger.examples import INSTRUMENT, NOW, START, D, account, details, tid

LATER = NOW + timedelta(hours=1)
OTHER = InstrumentId(UUID(int=8))


class Changes(TypedDict, total=False):
    """Members of the details, to try one at a time."""

    quantity: Decimal
    price: Decimal
    executed_at: datetime
    settlement_date: date | None
    strategy: str | None
    tags: tuple[str, ...]
    notes: str | None
    attachments: tuple[str, ...]
    broker_trade_id: str | None
    broker_order_id: str | None
    sequence: int


def recorded(owner: Account | None = None) -> Trade:
    return Trade.record(tid(1), owner or account(), details(), NOW)


def test_a_recorded_trade_is_at_version_one_and_says_so() -> None:
    owner = account()
    trade = Trade.record(tid(1), owner, details(), NOW, source_key="k", import_id=ImportId(UUID(int=5)))
    assert (trade.organisation_id, trade.account_id, trade.version) == (owner.organisation_id, owner.id, 1)
    assert (trade.created_at, trade.updated_at, trade.is_void) == (NOW, NOW, False)
    assert (trade.source_key, trade.import_id) == ("k", ImportId(UUID(int=5)))
    assert trade.changes == [TradeChange(tid(1), INSTRUMENT, ChangeKind.RECORDED, 1)]


def test_a_trade_becomes_the_execution_that_the_engine_sees() -> None:
    fees = Fees({FeeKind.BROKERAGE: D(20), FeeKind.TAX: D("3.6")})
    trade = Trade.record(tid(1), account(), replace(details(), fees=fees, sequence=4), NOW)
    assert trade.execution == Execution(START, 4, tid(1), Side.BUY, D(10), D("1450.5"), D("23.6"))


def test_an_amendment_replaces_the_details_and_raises_the_version() -> None:
    trade = recorded()
    assert trade.amend(details(quantity="11"), account(), LATER)
    assert (trade.details.quantity, trade.version, trade.created_at, trade.updated_at) == (D(11), 2, NOW, LATER)
    assert trade.changes[1:] == [TradeChange(tid(1), INSTRUMENT, ChangeKind.AMENDED, 2)]


def test_an_amendment_that_changes_nothing_leaves_no_trace() -> None:
    trade = recorded()
    assert not trade.amend(details(), account(), LATER)
    assert (trade.version, trade.updated_at, len(trade.changes)) == (1, NOW, 1)


def test_moving_a_trade_to_another_instrument_is_a_change_in_both() -> None:
    trade = recorded()
    trade.amend(details(instrument_id=OTHER), account(), LATER)
    assert [(change.instrument_id, change.version) for change in trade.changes[1:]] == [(INSTRUMENT, 2), (OTHER, 2)]


def test_a_voided_trade_stays_with_its_reason_and_never_changes_again() -> None:
    trade = recorded()
    trade.void("entered twice", LATER)
    assert (trade.is_void, trade.voided_at, trade.void_reason, trade.version) == (True, LATER, "entered twice", 2)
    assert trade.changes[1:] == [TradeChange(tid(1), INSTRUMENT, ChangeKind.VOIDED, 2)]
    with pytest.raises(Conflict):
        trade.void("again", LATER)
    with pytest.raises(Conflict):
        trade.amend(details(), account(), LATER)
    assert (trade.version, trade.void_reason) == (2, "entered twice")


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "x" * 501, "\x00"])
def test_a_void_needs_a_reason_on_one_line(reason: str) -> None:
    trade = recorded()
    with pytest.raises(Invalid):
        trade.void(reason, LATER)
    assert not trade.is_void


def test_changes_are_told_once_in_one_event_per_account() -> None:
    first, second = recorded(), recorded()
    elsewhere = account()
    elsewhere.id = AccountId(UUID(int=30))
    third = recorded(elsewhere)
    second.void("mistake", LATER)
    events = trades_changed([first, third, second])
    assert [(event.account_id, len(event.changes)) for event in events] == [(first.account_id, 3), (elsewhere.id, 1)]
    assert (events[0].organisation_id, TradesChanged.name) == (first.organisation_id, "ledger.trades_changed")
    assert trades_changed([first, second, third]) == ()


def test_times_are_kept_in_utc() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    kept = details(executed_at=datetime(2026, 3, 2, 14, 45, tzinfo=india))
    assert (kept.executed_at, kept.executed_at.tzinfo) == (START, UTC)


def test_tags_keep_their_order_without_repetitions() -> None:
    assert replace(details(), tags=("swing", "a", "swing")).tags == ("swing", "a")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": D(0)}, "quantity"),
        ({"quantity": D(-1)}, "quantity"),
        ({"quantity": D("NaN")}, "quantity"),
        ({"quantity": D("1e20")}, "quantity"),
        ({"quantity": D("1e-19")}, "quantity"),
        ({"price": D("Infinity")}, "price"),
        ({"price": D("1e20")}, "price"),
        ({"executed_at": datetime(1899, 12, 31, 23, 59, tzinfo=UTC)}, "executedAt"),
        ({"executed_at": START.replace(tzinfo=None)}, "executedAt"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**31}, "sequence"),
        ({"strategy": "x" * 101}, "strategy"),
        ({"strategy": ""}, "strategy"),
        ({"tags": tuple(f"t{number}" for number in range(21))}, "tags"),
        ({"tags": ("x" * 51,)}, "tags"),
        ({"tags": ("",)}, "tags"),
        ({"tags": ("a\x00",)}, "tags"),
        ({"notes": "x" * 10_001}, "notes"),
        ({"notes": "a\x07b"}, "notes"),
        ({"attachments": ("http://example.com/a",)}, "attachments"),
        ({"attachments": ("https://",)}, "attachments"),
        ({"attachments": ("https://example.com:port/",)}, "attachments"),
        ({"attachments": ("https://user:secret@example.com/",)}, "attachments"),
        ({"attachments": ("https://example.com/a b",)}, "attachments"),
        ({"attachments": ("https://[half/",)}, "attachments"),
        ({"attachments": ("javascript:alert(1)",)}, "attachments"),
        ({"attachments": ("https://example.com/" + "x" * 1_981,)}, "attachments"),
        ({"attachments": ("https://example.com/",) * 21}, "attachments"),
        ({"broker_trade_id": "x" * 101}, "brokerTradeId"),
        ({"broker_order_id": " 1"}, "brokerOrderId"),
    ],
)
def test_a_value_beyond_its_limits_is_refused_and_named(changes: Changes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(details(), **changes)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": D("0.000000000000000001")},
        {"quantity": D("99999999999999999999.999999999999999999")},
        {"price": D(0)},
        {"price": D("-37.63")},
        {"executed_at": datetime(1900, 1, 1, tzinfo=UTC)},
        {"sequence": 2**31 - 1},
        {"tags": tuple(f"t{number}" for number in range(20))},
        {"tags": ("x" * 50, "दीर्घ‍काल")},
        {"notes": "first\n\tsecond\r\n" + "x" * 9_900},
        {"attachments": ("https://example.com/" + "x" * 1_980, "https://example.com:8443/a?b=c#d")},
        {"broker_trade_id": "x" * 100, "strategy": "x" * 100},
    ],
)
def test_a_value_at_its_limits_is_kept(changes: Changes) -> None:
    kept = replace(details(), **changes)
    assert all(getattr(kept, name) == value for name, value in changes.items())


def test_a_trade_of_the_future_is_refused_beyond_what_clocks_differ() -> None:
    tomorrow = NOW + timedelta(days=1)
    assert Trade.record(tid(1), account(), details(executed_at=tomorrow), NOW).version == 1
    with pytest.raises(Invalid) as refused:
        Trade.record(tid(1), account(), details(executed_at=tomorrow + timedelta(seconds=1)), NOW)
    assert refused.value.details["field"] == "executedAt"


def test_settlement_cannot_precede_the_trade_where_the_account_is_kept() -> None:
    """20:00 UTC is the next day in India."""
    evening = replace(details(executed_at=datetime(2026, 3, 2, 20, tzinfo=UTC)), settlement_date=date(2026, 3, 2))
    with pytest.raises(Invalid) as refused:
        Trade.record(tid(1), account(time_zone="Asia/Kolkata"), evening, NOW)
    assert refused.value.details["field"] == "settlementDate"
    assert Trade.record(tid(1), account(time_zone="America/New_York"), evening, NOW).version == 1


def test_an_amendment_is_checked_like_a_new_trade() -> None:
    trade = recorded()
    with pytest.raises(Invalid):
        trade.amend(replace(details(), settlement_date=date(2026, 3, 1)), account(), LATER)
    assert (trade.version, trade.details) == (1, details())


def test_details_without_words_are_complete() -> None:
    plain: TradeDetails = details()
    assert (plain.fees.total, plain.category, plain.tags, plain.attachments) == (D(0), None, (), ())
