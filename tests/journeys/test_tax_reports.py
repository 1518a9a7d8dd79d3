"""Capital gains reports: the lines of a tax year, labelled, adding up to what the ledger realised."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from tests.journeys.ledger_api import Json, Ledger, open_ledger
from tests.journeys.taxes import INFY, US_2025, VOD, deal, lines, table
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def new_york(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client), currency="USD", timeZone="America/New_York")


@pytest.fixture
async def london(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client), currency="GBP", timeZone="Europe/London")


async def test_a_wash_sale_over_two_accounts(new_york: Ledger) -> None:
    """100 bought for 5,010 and sold for 3,990 in one account; 60 bought 30 days later in another.

    The loss is 1,020, of which 60/100, 612, is disallowed. Another sale, of 10 at a gain of 100, has no label.
    """
    other = await open_ledger(new_york.client, new_york.headers, label="Other", timeZone="America/New_York")
    bought = await deal(new_york, "buy", "100", "50", "2025-01-02", fees={"brokerage": "10"})
    sold = await deal(new_york, "sell", "100", "40", "2025-06-02", fees={"brokerage": "10"})
    again = await deal(other, "buy", "60", "42", "2025-07-02")
    await deal(other, "sell", "10", "52", "2025-12-01")
    loss, gain = await lines(new_york, **US_2025)
    assert loss | {"instrument": loss["instrument"]["symbol"]} == {
        "disposalId": sold,
        "lotId": bought,
        "corporateAction": None,
        "accountId": new_york.account_id,
        "instrument": "AAPL",
        "direction": "long",
        "quantity": "100",
        "acquiredOn": "2025-01-02",
        "disposedOn": "2025-06-02",
        "realisedOn": "2025-06-02",
        "daysHeld": 151,
        "holdingClass": "short_term",
        "proceeds": "3990",
        "cost": "5010",
        "fees": "20",
        "gain": "-1020",
        "washSale": {
            "quantity": "60",
            "disallowedLoss": "612",
            "replacements": [{"acquisitionId": again, "quantity": "60"}],
        },
        "shareMatching": None,
        "reported": {
            "currency": "USD",
            "proceeds": "3990",
            "cost": "5010",
            "fees": "20",
            "gain": "-1020",
            "disallowedLoss": "612",
            "saleRate": {"rate": "1", "publishedOn": "2025-06-02", "source": "same_currency"},
            "purchaseRate": {"rate": "1", "publishedOn": "2025-01-02", "source": "same_currency"},
        },
    }
    assert (gain["gain"], gain["washSale"]) == ("100", None)
    report = await new_york.get("/tax-reports", **US_2025)
    assert (report["firstDay"], report["lastDay"], report["longTermDays"]) == ("2025-01-01", "2025-12-31", None)
    (usd,) = report["currencies"]
    amounts = {"proceeds": "4510", "cost": "5430", "fees": "20", "gain": "-920"}
    sums = {"lines": 2, "disallowedLoss": "612"} | amounts
    assert (usd["currency"], usd["total"]) == ("USD", sums)
    assert usd["byClass"] == [{"holdingClass": "short_term", "sums": sums}]
    row, _ = await table(new_york, **US_2025)
    assert (row["disposalId"], row["symbol"], row["acquiredOn"], row["gain"]) == (sold, "AAPL", "2025-01-02", "-1020")
    assert (row["washSaleQuantity"], row["disallowedLoss"], row["replacedBy"]) == ("60", "612", again)


async def test_the_lines_of_one_account_have_the_labels_of_all(new_york: Ledger) -> None:
    """What the other account bought replaces what this one sold, whichever of them is asked for."""
    other = await open_ledger(new_york.client, new_york.headers, label="Other", timeZone="America/New_York")
    await deal(new_york, "buy", "100", "50", "2025-01-02")
    await deal(new_york, "sell", "100", "40", "2025-06-02")
    await deal(other, "buy", "60", "42", "2025-07-02")
    await deal(other, "sell", "10", "52", "2025-12-01")
    loss, gain = await lines(new_york, **US_2025)
    assert (loss["washSale"]["quantity"], gain["washSale"]) == ("60", None)
    assert await lines(new_york, accountId=new_york.account_id, **US_2025) == [loss]
    assert await lines(new_york, accountId=other.account_id, **US_2025) == [gain]


async def test_labels_follow_what_was_known_then(new_york: Ledger) -> None:
    """As of a day before the purchase that replaces it, a loss is no wash sale."""
    await deal(new_york, "buy", "10", "50", "2025-01-02")
    await deal(new_york, "sell", "10", "40", "2025-06-02")
    await deal(new_york, "buy", "10", "42", "2025-06-20")
    (now,) = await lines(new_york, **US_2025)
    (then,) = await lines(new_york, asOf="2025-06-10T00:00:00Z", **US_2025)
    assert (now["washSale"]["disallowedLoss"], then["washSale"]) == ("100", None)


@pytest.mark.parametrize(
    ("bought", "sold", "expected"),
    [
        ("2024-02-29", "2025-02-28", "short_term"),
        ("2024-02-29", "2025-03-01", "long_term"),
        ("2024-06-03", "2025-06-03", "short_term"),
        ("2024-06-03", "2025-06-04", "long_term"),
        # 02:00 in UTC is the evening before in New York
        ("2024-06-04T02:00:00Z", "2025-06-04", "long_term"),
        ("2024-06-03", "2025-06-04T02:00:00Z", "short_term"),
    ],
)
async def test_units_are_long_term_when_held_for_more_than_a_year(
    new_york: Ledger, bought: str, sold: str, expected: str
) -> None:
    await deal(new_york, "buy", "1", "10", bought)
    await deal(new_york, "sell", "1", "11", sold)
    (line,) = await lines(new_york, **US_2025)
    assert line["holdingClass"] == expected
    (line,) = await lines(new_york, longTermDays=1_000, **US_2025)
    assert line["holdingClass"] == "short_term"
    (line,) = await lines(new_york, longTermDays=100, **US_2025)
    assert line["holdingClass"] == "long_term"


async def test_bed_and_breakfast(london: Ledger) -> None:
    """100 sold; 30 bought back that evening, 50 within 30 days, 40 on the 31st day: 30 and 50 are matched.

    The report says so, and the cost stays that of the pool of the account: 100 x 2.
    """
    await deal(london, "buy", "100", "2", "2024-01-02", instrument=VOD)
    sold = await deal(london, "sell", "100", "3", "2025-05-01T09:00:00Z", instrument=VOD)
    await deal(london, "buy", "30", "3", "2025-05-01T22:30:00Z", instrument=VOD)
    await deal(london, "buy", "50", "2", "2025-05-31", instrument=VOD)
    await deal(london, "buy", "40", "2", "2025-06-01", instrument=VOD)
    (line,) = await lines(london, jurisdiction="uk", year="2025-26")
    assert line["shareMatching"] == {"sameDay": "30", "thirtyDay": "50"}
    assert (line["disposalId"], line["cost"], line["gain"]) == (sold, "200", "100")
    assert (line["holdingClass"], line["washSale"], line["daysHeld"]) == (None, None, 485)
    (row,) = await table(london, jurisdiction="uk", year="2025-26")
    assert (row["sameDayQuantity"], row["thirtyDayQuantity"], row["holdingClass"]) == ("30", "50", "")


async def test_a_tax_year_begins_on_the_sixth_of_april_in_london(london: Ledger) -> None:
    """In April London is an hour ahead of UTC: 23:00 there is midnight here."""
    await deal(london, "buy", "10", "2", "2024-01-02", instrument=VOD)
    last = await deal(london, "sell", "1", "3", "2025-04-05T22:59:59Z", instrument=VOD)
    first = await deal(london, "sell", "1", "3", "2025-04-05T23:00:00Z", instrument=VOD)
    (line,) = await lines(london, jurisdiction="uk", year="2024-25")
    assert (line["disposalId"], line["disposedOn"]) == (last, "2025-04-05")
    (line,) = await lines(london, jurisdiction="uk", year="2025-26")
    assert (line["disposalId"], line["disposedOn"]) == (first, "2025-04-06")


async def test_a_tax_year_begins_on_the_first_of_april_in_kolkata(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ledger = await open_ledger(client, await register_user(client))
    await deal(ledger, "buy", "10", "2", "2024-03-31T18:29:00Z", instrument=INFY)
    last = await deal(ledger, "sell", "1", "3", "2025-03-31T18:29:59Z", instrument=INFY)
    first = await deal(ledger, "sell", "1", "3", "2025-03-31T18:30:00Z", instrument=INFY)
    (line,) = await lines(ledger, jurisdiction="india", year="2024-25")
    assert (line["disposalId"], line["disposedOn"], line["holdingClass"]) == (last, "2025-03-31", "short_term")
    (line,) = await lines(ledger, jurisdiction="india", year="2025-26")
    assert (line["disposalId"], line["disposedOn"], line["holdingClass"]) == (first, "2025-04-01", "long_term")


async def test_totals_are_what_the_ledger_realised(new_york: Ledger) -> None:
    """Thirds of fees, a short, a sale without a purchase, and what other years hold."""
    unshorted = await open_ledger(new_york.client, new_york.headers, label="Cash", shorting=False, timeZone="UTC")
    await deal(new_york, "buy", "3", "10", "2024-01-02", fees={"brokerage": "1"})
    await deal(new_york, "sell", "1", "11", "2024-12-31")
    await deal(new_york, "sell", "1", "12.5", "2025-01-31", fees={"brokerage": "0.000000000000000001"})
    await deal(new_york, "sell", "4", "9", "2025-02-03", fees={"brokerage": "0.7"})
    await deal(new_york, "buy", "2", "8", "2025-03-03", fees={"brokerage": "0.1"})
    await deal(unshorted, "sell", "5", "8", "2025-04-03", fees={"brokerage": "3"})
    await deal(new_york, "buy", "1", "8", "2026-03-03")
    report = await new_york.get("/tax-reports", **US_2025)
    (usd,) = report["currencies"]
    (pnl,) = await new_york.get("/pnl", **{"from": "2025-01-01", "to": "2025-12-31"})
    realised = pnl["realised"]
    assert usd["total"]["gain"] == realised["realised"]
    assert {name: usd["total"][name] for name in ("proceeds", "cost", "fees")} == {
        name: realised[name] for name in ("proceeds", "cost", "fees")
    }
    assert (
        usd["missingBasis"]
        == {"lines": 1, "proceeds": "37"}
        == {"lines": 1, "proceeds": realised["missingBasis"]["proceeds"]}
    )
    found = await lines(new_york, **US_2025)
    assert [line["holdingClass"] for line in found] == ["long_term", "long_term", "short_term", None]
    short, missing = found[2:]
    assert (short["direction"], short["disposedOn"], short["acquiredOn"]) == ("short", "2025-02-03", "2025-03-03")
    assert (missing["lotId"], missing["cost"], missing["gain"], missing["fees"]) == (None, None, None, "3")
    assert [line["gain"] for line in found if line["gain"]] == [
        row["gain"] for row in await table(new_york, **US_2025)
    ][:3]


async def test_pages_hold_each_line_once_with_the_labels_of_the_whole(new_york: Ledger) -> None:
    """A sale that closes seven lots is cut by pages of three; lines of one instant keep their order."""
    for day in range(1, 8):
        await deal(new_york, "buy", "1", "50", f"2025-01-{day:02}")
    await deal(new_york, "sell", "7", "40", "2025-06-02")
    await deal(new_york, "sell", "2", "45", "2025-06-02")
    await deal(new_york, "buy", "7", "42", "2025-06-05")
    whole = await lines(new_york, limit=500, **US_2025)
    assert sum(line["washSale"] is not None for line in whole) == 5
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        wanted = US_2025 | {"limit": 3} | cursor
        body = (await new_york.request("GET", "/tax-reports/lines", params=wanted, expect=200)).json()
        found += body["data"]
        if body["meta"]["page"]["nextCursor"] is None:
            break
        cursor = {"cursor": body["meta"]["page"]["nextCursor"]}
    assert found == whole
    assert [row["lotId"] for row in await table(new_york, **US_2025)] == [line["lotId"] for line in whole]


@pytest.mark.parametrize(("jurisdiction", "year"), [("us", "2025-26"), ("uk", "2025"), ("india", "2025-27")])
async def test_a_year_that_is_none_is_refused(new_york: Ledger, jurisdiction: str, year: str) -> None:
    for path in ("/tax-reports", "/tax-reports/lines", "/exports/tax-lines"):
        wanted = {"jurisdiction": jurisdiction, "year": year}
        response = await new_york.request("GET", path, params=wanted, expect=422)
        assert f"{year!r} is no tax year of {jurisdiction}" in response.json()["detail"]


async def test_an_empty_year_is_empty(new_york: Ledger) -> None:
    assert await lines(new_york, **US_2025) == []
    assert (await new_york.get("/tax-reports", **US_2025))["currencies"] == []
    assert await table(new_york, **US_2025) == []
    assert (await new_york.get("/tax-reports"))["jurisdiction"] == "us"


async def test_a_loss_in_euros_can_be_a_gain_in_dollars(new_york: Ledger) -> None:
    """5,010 euros paid at 1.0321 are 5,170.821 dollars; 4,790 received at 1.1419 are 5,469.701.

    What is priced in a currency without rates is listed; the same day's rate is Friday's on a Saturday.
    """
    sap = {"symbol": "SAP", "exchange": "XETRA", "segment": "equity", "currency": "EUR"}
    odd = {"symbol": "ETHBTC", "exchange": "KRAKEN", "segment": "crypto", "currency": "BTC"}
    await deal(new_york, "buy", "100", "50", "2025-01-02", instrument=sap, fees={"brokerage": "10"})
    await deal(new_york, "sell", "100", "48", "2025-06-02", instrument=sap, fees={"brokerage": "10"})
    await deal(new_york, "buy", "1", "100", "2025-02-01", instrument=sap)
    await deal(new_york, "sell", "1", "100", "2025-12-31", instrument=sap)
    await deal(new_york, "buy", "1", "0.05", "2025-03-03", instrument=odd)
    await deal(new_york, "sell", "1", "0.04", "2025-04-04", instrument=odd)
    without_rate, sale, second = await lines(new_york, **US_2025)
    assert without_rate["reported"] is None
    assert sale["gain"] == "-220"
    assert sale["reported"] == {
        "currency": "USD",
        "proceeds": "5469.701",
        "cost": "5170.821",
        "fees": "21.74",
        "gain": "298.88",
        "disallowedLoss": "0",
        "saleRate": {"rate": "1.1419", "publishedOn": "2025-06-02", "source": "ecb"},
        "purchaseRate": {"rate": "1.0321", "publishedOn": "2025-01-02", "source": "ecb"},
    }
    assert second["reported"]["purchaseRate"] == {"rate": "1.0393", "publishedOn": "2025-01-31", "source": "ecb"}
    report = await new_york.get("/tax-reports", **US_2025)
    assert [each["currency"] for each in report["currencies"]] == ["BTC", "EUR"]
    assert report["reported"]["unreported"] == [{"currency": "BTC", "date": "2025-04-04", "lines": 1}]
    told = report["reported"]["totals"]
    assert (told["currency"], told["total"]["lines"]) == ("USD", 2)
    rows = [row for row in await table(new_york, **US_2025) if row["reportedGain"]]
    assert (rows[0]["reportedCurrency"], rows[0]["reportedGain"], rows[0]["saleRate"]) == ("USD", "298.88", "1.1419")
    assert Decimal(told["total"]["gain"]) == sum(Decimal(row["reportedGain"]) for row in rows)
