"""What corporate actions and transfers do to the lines of a tax year and to their labels."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Ledger, open_ledger
from tests.journeys.taxes import US_2025, deal, lines, table
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def new_york(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client), currency="USD", timeZone="America/New_York")


async def test_what_a_corporate_action_disposed_of_names_it(new_york: Ledger) -> None:
    """A return of capital beyond the cost, in May, and the cash of a takeover, in June."""
    await deal(new_york, "buy", "10", "2", "2024-01-02")
    instrument = (await new_york.get("/positions"))[0]["instrument"]["id"]
    for when, terms in (
        ("2025-05-01T13:00:00Z", {"kind": "return_of_capital", "perUnit": "3"}),
        ("2025-06-02T13:00:00Z", {"kind": "cash_merger", "cashPerUnit": "4"}),
    ):
        body = {"instrumentId": instrument, "effectiveAt": when, "terms": terms}
        await new_york.request("POST", "/corporate-actions", json=body, expect=201)
    returned, taken_over = await lines(new_york, **US_2025)
    assert (returned["corporateAction"]["kind"], returned["quantity"], returned["gain"]) == (
        "return_of_capital",
        "0",
        "10",
    )
    assert (taken_over["corporateAction"]["kind"], taken_over["quantity"]) == ("cash_merger", "10")
    assert (taken_over["proceeds"], taken_over["cost"], taken_over["holdingClass"]) == ("40", "0", "long_term")
    rows = await table(new_york, **US_2025)
    assert [row["corporateActionKind"] for row in rows] == ["return_of_capital", "cash_merger"]


async def test_shares_that_an_assigned_put_delivers_replace_what_was_sold_at_a_loss(new_york: Ledger) -> None:
    """Sold at a loss in June; in July one put of 100 is assigned. Half of that is sold with a bonus share at a gain."""
    put = {
        "symbol": "AAPL250718P45",
        "exchange": "OPRA",
        "segment": "derivative",
        "currency": "USD",
        "multiplier": "100",
    }
    await deal(new_york, "buy", "60", "50", "2025-01-02")
    await deal(new_york, "sell", "1", "2", "2025-05-02", instrument=put)
    sold = await deal(new_york, "sell", "60", "40", "2025-06-20")
    found = {
        row["instrument"]["symbol"]: row["instrument"]["id"]
        for row in await new_york.get("/positions/totals", includeClosed=True)
    }
    for instrument, when, terms in (
        (
            put["symbol"],
            "2025-07-18T20:00:00Z",
            {"kind": "assignment", "into": found["AAPL"], "strike": "45", "underlyingSide": "buy"},
        ),
        ("AAPL", "2025-08-01T13:00:00Z", {"kind": "bonus", "new": 1, "held": 100}),
    ):
        body = {"instrumentId": found[instrument], "effectiveAt": when, "terms": terms}
        await new_york.request("POST", "/corporate-actions", json=body, expect=201)
    await deal(new_york, "sell", "101", "50", "2025-12-01")
    loss, premium, assigned, bonus = await lines(new_york, **US_2025)
    assert (loss["disposalId"], loss["gain"]) == (sold, "-600")
    assert loss["washSale"]["disallowedLoss"] == "600"
    assert loss["washSale"]["replacements"] == [{"acquisitionId": assigned["lotId"], "quantity": "60"}]
    assert (premium["direction"], premium["corporateAction"]["kind"], premium["gain"]) == ("short", "assignment", "200")
    assert (assigned["acquiredOn"], assigned["gain"], assigned["corporateAction"]) == ("2025-07-18", "500", None)
    assert (bonus["acquiredOn"], bonus["cost"], bonus["gain"]) == ("2025-08-01", "0", "50")


async def test_a_split_between_sale_and_purchase_changes_what_a_unit_is(new_york: Ledger) -> None:
    """10 sold at a loss of 200, split 2 for 1, 10 new ones bought: they replace 5 old ones."""
    await deal(new_york, "buy", "10", "100", "2025-01-02")
    await deal(new_york, "sell", "10", "80", "2025-06-02")
    instrument = (await new_york.get("/positions", includeClosed=True))[0]["instrument"]["id"]
    split = {
        "instrumentId": instrument,
        "effectiveAt": "2025-06-10T04:00:00Z",
        "terms": {"kind": "split", "new": 2, "old": 1},
    }
    await new_york.request("POST", "/corporate-actions", json=split, expect=201)
    again = await deal(new_york, "buy", "10", "41", "2025-06-12")
    (line,) = await lines(new_york, **US_2025)
    assert line["washSale"] == {
        "quantity": "5",
        "disallowedLoss": "100",
        "replacements": [{"acquisitionId": again, "quantity": "5"}],
    }


async def test_what_was_moved_between_accounts_replaces_nothing_of_itself(new_york: Ledger) -> None:
    """Bought on 2 January, moved, and sold at a loss on the 20th: its own purchase is no replacement."""
    other = await open_ledger(new_york.client, new_york.headers, label="Other", timeZone="America/New_York")
    await deal(new_york, "buy", "10", "50", "2025-01-02")
    instrument_id = (await new_york.only("/positions"))["instrument"]["id"]
    await new_york.transfer(other, "10", instrumentId=instrument_id, transferredAt="2025-01-10T15:00:00Z")
    await deal(other, "sell", "10", "40", "2025-01-20")
    (line,) = await lines(new_york, **US_2025)
    assert (line["acquiredOn"], line["gain"], line["washSale"]) == ("2025-01-02", "-100", None)
    again = await deal(new_york, "buy", "1", "40", "2025-01-21")
    (line,) = await lines(new_york, **US_2025)
    assert line["washSale"]["replacements"] == [{"acquisitionId": again, "quantity": "1"}]
