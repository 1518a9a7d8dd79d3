"""Files of two accounts tell of the same transfer: it counts once, and goes when neither tells of it any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.ledger.transfer_views import TransferView
from application.ledger.void_transfer import VoidTransferCommand
from application.ledger.wanted import PositionFilter, TransferFilter
from application.shared.pages import PageRequest
from domain.ledger.account import AccountDetails
from domain.ledger.imports.verdict import Verdict
from domain.ledger.transfer import TransferDetails
from domain.shared.ids import AccountId
from domain.shared.money import Currency, plain
from tests.contracts.imports.desk import Desk
from tests.contracts.imports.test_interactive_brokers import flex, trade

pytestmark = pytest.mark.anyio


async def opened(desk: Desk, label: str) -> AccountId:
    """Another account of the same trader."""
    details = AccountDetails(broker="IB", label=label, currency=Currency("USD"), time_zone="America/New_York")
    return (await desk.app.ledger.open_account()(desk.actor, details)).id


@pytest.fixture
async def here(desk: Desk) -> Desk:
    """The account U1, which has bought ten."""
    here = replace(desk, account_id=await opened(desk, "U1"))
    await here.bring_in(flex(trade()))
    return here


@pytest.fixture
async def there(here: Desk) -> Desk:
    """The account U2, which has nothing yet."""
    return replace(here, account_id=await opened(here, "U2"))


def moved(direction: str, *others: str, day: int = 6, quantity: str = "4", first: int = 1) -> bytes:
    """A file with transfers to or from other accounts, each under an id of its own."""
    rows = "".join(
        f'<Transfer currency="USD" assetCategory="STK" symbol="ABC" listingExchange="NASDAQ" direction="{direction}" '
        f'quantity="{quantity}" account="{other}" dateTime="202403{day:02};120000" transactionID="{number}"/>'
        for number, other in enumerate(others, start=first)
    )
    return flex(f"<Transfers>{rows}</Transfers>")


async def transfers(desk: Desk) -> Sequence[TransferView]:
    """What counts."""
    page = await desk.app.ledger.transfer_queries().transfers(desk.actor, TransferFilter(), PageRequest())
    return page.rows


async def held(desk: Desk) -> Mapping[AccountId, str]:
    """What each account holds."""
    page = await desk.app.ledger.position_queries().positions(desk.actor, PositionFilter(), PageRequest())
    return {view.account_id: plain(view.quantity) for view in page.rows}


async def test_both_files_tell_of_one_transfer(here: Desk, there: Desk) -> None:
    first = await here.bring_in(moved("OUT", "U2"))
    second = await there.bring_in(moved("IN", " u1", day=9))
    (transfer,) = await transfers(here)
    assert (transfer.from_account_id, transfer.to_account_id) == (here.account_id, there.account_id)
    assert await held(here) == {here.account_id: "6", there.account_id: "4"}
    assert [(row.verdict, row.record_id) for row in await here.rows(first)] == [(Verdict.IMPORTED, transfer.id)]
    (row,) = await there.rows(second)
    assert (row.verdict, row.duplicate_record_id, row.duplicate_import_id) == (Verdict.DUPLICATE, transfer.id, first)


async def test_the_same_file_again_tells_nothing_new(here: Desk, there: Desk) -> None:
    await here.bring_in(moved("OUT", "U2"))
    await there.bring_in(moved("IN", "U1"))
    before = await transfers(here)
    for desk, direction, other in ((here, "OUT", "U2"), (there, "IN", "U1")):
        again = await desk.bring_in(moved(direction, other) + b"\n")
        assert await desk.counts(again) == {"duplicate": 1}
    assert await transfers(here) == before


async def test_two_equal_transfers_stay_two_in_whichever_order_the_files_come(here: Desk, there: Desk) -> None:
    await there.bring_in(moved("IN", "U1", "U1", quantity="2"))
    second = await here.bring_in(moved("OUT", "U2", "U2", quantity="2"))
    assert await here.counts(second) == {"duplicate": 2}
    assert len(await transfers(here)) == 2
    assert await held(here) == {here.account_id: "6", there.account_id: "4"}


async def test_undoing_takes_one_side_back_and_the_last_takes_the_transfer(here: Desk, there: Desk) -> None:
    first = await here.bring_in(moved("OUT", "U2"))
    second = await there.bring_in(moved("IN", "U1"))
    await here.undo(first)
    assert [row.verdict for row in await here.rows(first)] == [Verdict.UNDONE]
    assert await held(here) == {here.account_id: "6", there.account_id: "4"}
    again = await here.bring_in(moved("OUT", "U2") + b"\n")
    assert await here.counts(again) == {"duplicate": 1}
    await here.undo(again)
    await there.undo(second)
    assert await transfers(here) == []
    assert await held(here) == {here.account_id: "10"}
    assert await here.counts(await here.bring_in(moved("OUT", "U2") + b"\n\n")) == {"imported": 1}


async def test_a_transfer_entered_by_hand_is_confirmed_and_outlives_the_import(here: Desk, there: Desk) -> None:
    page = await here.app.ledger.position_queries().positions(here.actor, PositionFilter(), PageRequest())
    details = TransferDetails(
        from_account_id=here.account_id,
        to_account_id=there.account_id,
        instrument_id=page.rows[0].instrument.id,
        quantity=page.rows[0].quantity,
        transferred_at=datetime(2024, 3, 5, tzinfo=UTC),
    )
    entered = await here.app.ledger.record_transfer()(here.actor, details)
    import_id = await here.bring_in(moved("OUT", "U2", quantity="10"))
    assert await here.counts(import_id) == {"duplicate": 1}
    await here.undo(import_id)
    assert [each.id for each in await transfers(here)] == [entered.transfer.id]


async def test_what_its_owner_voided_is_not_brought_back(here: Desk, there: Desk) -> None:
    import_id = await here.bring_in(moved("OUT", "U2"))
    (transfer,) = await transfers(there)
    void = VoidTransferCommand(transfer.id, transfer.version, "Never happened")
    await here.app.ledger.void_transfer()(here.actor, void)
    assert await here.counts(await here.bring_in(moved("OUT", "U2") + b"\n")) == {"duplicate": 1}
    await here.undo(import_id)
    assert await transfers(here) == []


async def test_a_counterparty_that_is_nobody_or_two_is_bad_and_says_what_to_do(here: Desk, there: Desk) -> None:
    await opened(here, "U3")
    await opened(here, "u3")
    import_id = await here.bring_in(moved("OUT", "U9", "U3", "U1", "U2"))
    reasons = " ".join(row.problem.reason for row in await here.rows(import_id) if row.problem is not None)
    assert "gone to 'U9', and no other open account has that label" in reasons
    assert "gone to 'U3', and 2 open accounts have that label" in reasons
    assert "gone to 'U1', and no other open account has that label" in reasons
    assert await here.counts(import_id) == {"bad": 3, "imported": 1}
    assert await held(there) == {here.account_id: "6", there.account_id: "4"}
