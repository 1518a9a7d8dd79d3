"""Many trades in one request: a verdict for every row, all or nothing or what stands, and dry runs."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import INFY, Json, Ledger, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

GOOD = fill("buy", "1", "100")
BAD: list[Json] = [
    fill("buy", "0", "100"),
    fill("buy", "1", "100", color="red"),
    {key: GOOD[key] for key in GOOD if key != "price"},
    fill("buy", "1", "100", instrument=INFY | {"multiplier": "3"}),
    fill("buy", "1", "100", executedAt="2098-01-01T00:00:00Z"),
    fill("buy", "1", "100", accountId="0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"),
    5,
]
REASONS = [
    ("invalid", "quantity"),
    ("invalid", "color"),
    ("invalid", "price"),
    ("instrument_conflict", "instrument.multiplier"),
    ("invalid", "executedAt"),
    ("not_found", "accountId"),
    ("invalid", None),
]


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def test_what_stands_is_recorded_and_each_bad_row_says_why(ledger: Ledger) -> None:
    outcome = await ledger.bulk([GOOD, *BAD, GOOD], mode="partial")
    assert (outcome["stored"], outcome["recorded"], outcome["rejected"]) == (True, 2, len(BAD))
    assert [row["index"] for row in outcome["rows"]] == list(range(len(BAD) + 2))
    assert [(row["error"]["code"], row["error"]["field"]) for row in outcome["rows"][1:-1]] == REASONS
    recorded = {row["tradeId"] for row in outcome["rows"] if row["verdict"] == "recorded"}
    assert {trade["id"] for trade in await ledger.get("/trades")} == recorded
    assert (await ledger.only("/positions"))["quantity"] == "2"


async def test_all_or_nothing_stores_nothing_for_one_bad_row(ledger: Ledger) -> None:
    error = await ledger.bulk([GOOD, BAD[0], GOOD, BAD[5]], expect=422)
    assert [each["field"] for each in error["details"]["fields"]] == ["trades[1].quantity", "trades[3].accountId"]
    assert await ledger.get("/trades") == []
    assert await ledger.get("/instruments") == []


async def test_a_dry_run_judges_every_row_and_stores_nothing(ledger: Ledger) -> None:
    for mode in ("partial", "all_or_nothing"):
        outcome = await ledger.bulk([GOOD, *BAD], mode=mode, dryRun=True)
        assert [row["verdict"] for row in outcome["rows"]] == ["valid", *["rejected"] * len(BAD)]
        assert not outcome["stored"]
    assert await ledger.get("/trades") == []
    assert await ledger.get("/instruments") == []


async def test_a_repeated_fill_is_a_duplicate_and_no_error(ledger: Ledger) -> None:
    fills = [fill("buy", "1", "100", minute, brokerTradeId="77") for minute in (0, 0, 1440)]
    outcome = await ledger.bulk(fills)
    assert [row["verdict"] for row in outcome["rows"]] == ["recorded", "duplicate", "recorded"]
    assert (await ledger.bulk(fills))["duplicate"] == 3


async def test_rows_of_one_instant_keep_their_sequence(ledger: Ledger) -> None:
    rows = [fill("sell", "1", "150", sequence=2), fill("buy", "1", "100", sequence=1)]
    await ledger.bulk(rows)
    assert (await ledger.only("/disposals"))["realised"] == "50"


@pytest.mark.parametrize("body", [{"trades": []}, {"trades": {}}, {}, {"trades": [GOOD], "mode": "some"}])
async def test_a_request_that_is_no_bulk_is_refused(ledger: Ledger, body: Json) -> None:
    await ledger.request("POST", "/trades/bulk", json=body, expect=422)


async def test_ten_thousand_rows_fit_and_one_more_does_not(ledger: Ledger) -> None:
    own = {"accountId": ledger.account_id}
    rows = [own | fill("buy" if number % 2 else "sell", "1", "100", number) for number in range(10_000)]
    outcome = (await ledger.request("POST", "/trades/bulk", json={"trades": rows}, expect=200)).json()["data"]
    assert outcome["recorded"] == 10_000
    assert (await ledger.get("/positions", includeClosed="true"))[0]["tradeCount"] == 10_000
    await ledger.request("POST", "/trades/bulk", json={"trades": [*rows, rows[0]]}, expect=422)
