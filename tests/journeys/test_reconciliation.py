"""A broker's statement is compared line by line, and what is proposed makes both sides agree when it is done."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import INFY, TCS, Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


def line(quantity: str, symbol: str = "INFY", **more: str) -> Json:
    """A line of the broker's."""
    return {"symbol": symbol, "quantity": quantity} | more


async def reconciled(ledger: Ledger, *lines: Json, expect: int = 200, **more: Json) -> Json:
    """The comparison with these lines, or the error."""
    body = {"accountId": ledger.account_id, "positions": list(lines)} | more
    response = await ledger.request("POST", "/reconciliations", json=body, expect=expect)
    return response.json()["data" if expect == 200 else "error"]


async def act(ledger: Ledger, proposal: Json) -> None:
    """Do what is proposed."""
    request = proposal["request"]
    path = request["path"].removeprefix("/api/v1")
    match = None if request["ifMatch"] is None else int(request["ifMatch"].strip('"'))
    response = await ledger.request(request["method"], path, json=request["body"], match=match)
    assert response.is_success, response.text


async def mended(ledger: Ledger, kind: str, *lines: Json, **more: Json) -> Json:
    """Do what is proposed of the kind, check that both sides agree then, and return the proposal."""
    before = await reconciled(ledger, *lines, **more)
    (holding,) = [each for each in before["positions"] if each["status"] != "matched"]
    (proposal,) = [each for each in holding["proposals"] if each["kind"] == kind]
    assert proposal["matches"]
    await act(ledger, proposal)
    after = await reconciled(ledger, *lines, **more)
    assert after["isMatched"], after
    assert [each["status"] for each in after["positions"]] == ["matched"] * len(after["positions"])
    return proposal


async def test_what_agrees_is_matched_and_each_difference_has_a_status(ledger: Ledger) -> None:
    await ledger.record("buy", "10", "100", fees={"brokerage": "5"})
    await ledger.record("buy", "3", "50", 1, instrument=TCS)
    await ledger.record("sell", "2", "70", 2, instrument=INFY | {"symbol": "SHORT"})
    await ledger.record("buy", "1", "10", 3, instrument=INFY | {"symbol": "GONE"})
    answer = await reconciled(
        ledger,
        line("4", cost="400"),
        line("6", cost="605"),
        line("3", "TCS", cost="160"),
        line("-3", "SHORT"),
        line("8", "NEW", exchange="NSE", price="5"),
        line("0", "NOTHING"),
    )
    assert not answer["isMatched"]
    found = {each["instrument"]["symbol"] if each["instrument"] else "": each for each in answer["positions"]}
    assert [(each["status"], each["lines"]) for each in answer["positions"]] == [
        ("matched", [1, 2]),
        ("cost_differs", [3]),
        ("quantity_differs", [4]),
        ("only_at_broker", [5]),
        ("matched", [6]),
        ("only_in_ledger", []),
    ]
    assert (found["TCS"]["costDifference"], found["TCS"]["ledgerCost"]) == ("10", "150")
    assert (found["SHORT"]["quantityDifference"], found["SHORT"]["ledgerQuantity"]) == ("-1", "-2")
    assert (found["GONE"]["brokerQuantity"], found["GONE"]["quantityDifference"]) == ("0", "-1")


async def test_a_cost_agrees_with_fees_or_without_to_the_digits_that_are_given(ledger: Ledger) -> None:
    await ledger.record("buy", "3", "33.333333", fees={"brokerage": "1.5"})
    for cost in ("100.00", "101.5", "101.499999", "-101.50", "100"):
        assert (await reconciled(ledger, line("3", cost=cost)))["isMatched"], cost
    for cost in ("100.01", "101.51", "101.500000", "99"):
        assert not (await reconciled(ledger, line("3", cost=cost)))["isMatched"], cost


async def test_a_ratio_of_small_numbers_is_a_split(ledger: Ledger) -> None:
    await ledger.record("buy", "7", "100")
    await ledger.record("buy", "3", "120", 1)
    proposal = await mended(ledger, "record_split", line("40", cost="1060"))
    assert proposal["request"]["body"]["terms"] == {"kind": "split", "new": 4, "old": 1}
    assert "4 for 1" in proposal["reason"]


async def test_a_trade_that_makes_the_difference_and_repeats_another_is_voided(ledger: Ledger) -> None:
    await ledger.record("buy", "5", "90")
    first = await ledger.record("buy", "4", "100", 1)
    second = await ledger.record("buy", "4", "100", 2)
    proposal = await mended(ledger, "void_duplicate", line("9", cost="850"))
    assert second["id"] in proposal["request"]["path"]
    assert first["id"] in proposal["reason"]


@pytest.mark.parametrize(("stated", "cost"), [("14", "1800"), ("6", "600"), ("-3", "450")])
async def test_a_missing_trade_closes_the_gap(ledger: Ledger, stated: str, cost: str) -> None:
    await ledger.record("buy", "10", "100")
    await mended(ledger, "record_trade", line(stated, cost=cost, price="150"))


async def test_what_the_broker_does_not_hold_is_sold_and_what_only_he_holds_is_bought(ledger: Ledger) -> None:
    await ledger.record("buy", "10", "100")
    await mended(ledger, "record_trade")
    await mended(ledger, "record_trade", line("3", "NEW", exchange="NSE", currency="USD", cost="100.01"))
    await mended(
        ledger,
        "record_trade",
        line("3", "NEW", exchange="NSE", currency="USD"),
        line("-2", "FUT", exchange="MCX", segment="commodity", price="70"),
    )


async def test_a_stranger_without_an_exchange_has_no_proposal(ledger: Ledger) -> None:
    (holding,) = (await reconciled(ledger, line("3", "NEW")))["positions"]
    assert (holding["status"], holding["instrument"], holding["proposals"]) == ("only_at_broker", None, [])


async def test_a_purchase_from_before_the_first_trade_gives_a_sale_its_basis(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ledger = await open_ledger(client, await register_user(client), shorting=False)
    await ledger.record("sell", "40", "130", 10)
    proposal = await mended(ledger, "record_opening_trade", line("60", cost="6000"))
    assert proposal["request"]["body"]["quantity"] == "100"
    assert proposal["request"]["body"]["executedAt"] < at(10)
    assert (await ledger.only("/positions"))["realised"] == "1200"


async def test_what_another_account_holds_is_transferred(ledger: Ledger) -> None:
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    await other.record("buy", "10", "100")
    await ledger.record("buy", "1", "80", 1)
    proposal = await mended(ledger, "record_transfer", line("5", cost="480"))
    assert proposal["request"]["body"]["fromAccountId"] == other.account_id
    assert (await other.only("/positions", accountId=other.account_id))["quantity"] == "6"


async def test_another_cost_method_can_be_what_the_broker_counts_by(ledger: Ledger) -> None:
    await ledger.record("buy", "10", "100")
    await ledger.record("buy", "10", "140", 1)
    await ledger.record("sell", "10", "150", 2)
    (holding,) = (await reconciled(ledger, line("10", cost="1200")))["positions"]
    assert [each["kind"] for each in holding["proposals"]] == ["change_cost_method", "correct_price"]
    await mended(ledger, "change_cost_method", line("10", cost="1200"))
    assert (await ledger.get(f"/accounts/{ledger.account_id}"))["costMethod"] == "average"


async def test_the_price_of_the_only_lot_is_corrected(ledger: Ledger) -> None:
    await ledger.record("buy", "9", "100", fees={"brokerage": "3"})
    await ledger.record("sell", "3", "150", 2)
    proposal = await mended(ledger, "correct_price", line("6", cost="700.00"))
    assert proposal["request"]["body"]["price"] == "116.333333333333333333"


async def test_the_statement_is_compared_with_what_was_held_then(ledger: Ledger) -> None:
    """At a moment, and at the close of a day where the account is kept; what is proposed is recorded as of then."""
    await ledger.record("buy", "10", "100")
    await ledger.record("buy", "5", "100", 60 * 24)
    assert (await reconciled(ledger, line("10"), asOf=at(5)))["isMatched"]
    assert (await reconciled(ledger, line("10"), day="2024-01-02"))["isMatched"]
    assert (await reconciled(ledger, line("15"), day="2024-01-03"))["isMatched"]
    proposal = await mended(ledger, "record_trade", line("12"), day="2024-01-02")
    assert proposal["request"]["body"]["executedAt"] == "2024-01-02T18:29:59.999999Z"
    assert (await reconciled(ledger, line("17")))["isMatched"]
    assert (await reconciled(ledger, line("10"), asOf=at(5), day="2024-01-02", expect=422))["details"]["field"] == "day"


async def test_an_isin_decides_and_what_may_be_two_is_asked_for(ledger: Ledger) -> None:
    paper = "INE009A01021"
    await ledger.record("buy", "10", "100", instrument=INFY | {"isin": paper})
    await ledger.record("buy", "4", "100", 1, instrument=INFY | {"exchange": "BSE"})
    assert (await reconciled(ledger, {"isin": paper, "quantity": "10"}, line("4", exchange="BSE")))["isMatched"]
    error = await reconciled(ledger, line("10"), expect=422)
    assert "INFY on BSE in INR, INFY on NSE in INR" in error["message"]
    assert (await reconciled(ledger, {"quantity": "4"}, expect=422))["details"]["field"] == "symbol"


async def test_cash_is_compared_per_currency(ledger: Ledger) -> None:
    await ledger.record("buy", "2", "100", fees={"brokerage": "1"})
    balances = [{"currency": "INR", "balance": "50.5"}, {"currency": "USD", "balance": "-3"}]
    body = {"accountId": ledger.account_id, "cash": balances}
    answer = (await ledger.request("POST", "/reconciliations", json=body, expect=200)).json()["data"]
    assert [(each["currency"], each["ledgerBalance"], each["difference"]) for each in answer["cash"]] == [
        ("INR", "-201", "251.5"),
        ("USD", "0", "-3"),
    ]
    for each in answer["cash"]:
        await act(ledger, each["proposals"][0])
    again = (await ledger.request("POST", "/reconciliations", json=body, expect=200)).json()["data"]
    assert again["isMatched"]
    none = (await ledger.request("POST", "/reconciliations", json=body | {"cash": []}, expect=200)).json()["data"]
    assert [each["difference"] for each in none["cash"]] == ["-50.5", "3"]
    await ledger.request("POST", "/reconciliations", json={"accountId": ledger.account_id}, expect=422)


async def test_what_is_proposed_for_a_locked_period_says_so(ledger: Ledger) -> None:
    await ledger.record("buy", "2", "100")
    body = {"lockedThrough": "2024-01-31"}
    await ledger.request("PATCH", f"/accounts/{ledger.account_id}", json=body, match=1, expect=200)
    answer = await reconciled(ledger, line("3"), day="2024-01-31")
    assert answer["lockedThrough"] == "2024-01-31"
    assert answer["positions"][0]["proposals"]


async def test_others_accounts_are_nobodys(ledger: Ledger, register_user: RegisterUser) -> None:
    stranger = await open_ledger(ledger.client, await register_user(ledger.client))
    body: Json = {"accountId": ledger.account_id, "positions": []}
    await stranger.request("POST", "/reconciliations", json=body, expect=404)
