"""Accounts and fees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict

import pytest

from domain.ledger.fees import NO_FEES, FeeKind, Fees
from domain.shared.errors import Conflict, Invalid
from tests.domain.ledger.examples import NOW, D, account


def test_an_account_changes_by_amendment_only_and_counts_its_versions() -> None:
    owner = account()
    later = NOW + timedelta(hours=1)
    assert not owner.amend(owner.details, later)
    assert (owner.version, owner.updated_at) == (1, NOW)
    assert owner.amend(replace(owner.details, shorting=False), later)
    assert (owner.version, owner.updated_at, owner.details.shorting) == (2, later, False)


def test_a_closed_account_is_closed_once_and_takes_nothing_new() -> None:
    owner = account()
    owner.must_be_open()
    owner.close(NOW + timedelta(hours=1))
    assert (owner.version, owner.closed_at) == (2, NOW + timedelta(hours=1))
    with pytest.raises(Conflict):
        owner.must_be_open()
    with pytest.raises(Conflict):
        owner.close(NOW + timedelta(hours=2))


def test_a_date_is_the_one_where_the_account_is_kept() -> None:
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert account(time_zone="Asia/Kolkata").local_date(evening) == date(2026, 3, 3)
    assert account(time_zone="America/New_York").local_date(evening) == date(2026, 3, 2)


class Words(TypedDict, total=False):
    """What the owner types about an account."""

    broker: str
    label: str
    time_zone: str


@pytest.mark.parametrize(
    "words",
    [
        Words(broker=""),
        Words(broker="x" * 65),
        Words(label="x" * 101),
        Words(label="a\nb"),
        Words(time_zone="Mars/Olympus"),
    ],
)
def test_what_is_said_about_an_account_is_checked(words: Words) -> None:
    with pytest.raises(Invalid):
        replace(account().details, **words)


def test_fees_add_up_over_kinds_and_zero_is_no_fee() -> None:
    fees = Fees({FeeKind.TAX: D("0.1"), FeeKind.BROKERAGE: D("20"), FeeKind.OTHER: D(0)})
    assert fees.total == D("20.1")
    assert list(fees.by_kind) == [FeeKind.BROKERAGE, FeeKind.TAX]
    assert Fees({FeeKind.OTHER: D(0)}) == NO_FEES
    assert NO_FEES.total == D(0)


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "1e20", "1e-19"])
def test_a_fee_is_a_number_within_limits_and_not_negative(amount: str) -> None:
    with pytest.raises(Invalid) as refused:
        Fees({FeeKind.STAMP_DUTY: Decimal(amount)})
    assert refused.value.details["field"] == "fees.stamp_duty"


def test_fees_do_not_change_with_the_mapping_they_came_from() -> None:
    given = {FeeKind.TAX: D(1)}
    fees = Fees(given)
    given[FeeKind.TAX] = D(2)
    assert fees.total == D(1)
