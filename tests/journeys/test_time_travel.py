"""Reads of the past over the API: `asOf` asks what was true then, `knownAt` what was known then."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from tests.journeys.ledger_api import Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

LISTS = ("/trades", "/positions", "/positions/totals", "/lots", "/disposals", "/round-trips", "/pnl", "/pnl/explain")


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def everything(ledger: Ledger, **moment: str) -> dict[str, Json]:
    return {path: await ledger.get(path, **moment) for path in LISTS}


async def test_a_correction_does_not_change_what_was_known(ledger: Ledger) -> None:
    """Bought 2 at 10, corrected to 11 in an hour that a report was made before: the report can be made again."""
    bought = await ledger.record("buy", "2", "10", 0)
    await ledger.record("sell", "1", "15", 5)
    reported = await everything(ledger)
    known_at = datetime.now(UTC).isoformat()
    path = f"/trades/{bought['id']}"
    await ledger.request("PATCH", path, json={"price": "11"}, match=1, expect=200)
    await ledger.record("buy", "7", "9", 1)
    assert (await ledger.only("/positions"))["realised"] == "4"
    assert await everything(ledger, knownAt=known_at) == reported
    assert (await ledger.get(path, knownAt=known_at))["price"] == "10"
    # and the explanation of then gives the figure of then
    position = await ledger.only("/positions", knownAt=known_at)
    explained = await ledger.get(f"/positions/{position['id']}/explain", knownAt=known_at)
    assert explained["openCost"]["value"] == position["openCost"] == "10"


async def test_a_date_shows_what_was_held_then(ledger: Ledger) -> None:
    """Two bought, one sold five minutes later: in between, two are held, valued at the price of then."""
    await ledger.record("buy", "2", "10", 0)
    await ledger.record("sell", "1", "15", 5)
    then = await ledger.only("/positions", asOf=at(4))
    assert (then["quantity"], then["openCost"], then["realised"]) == ("2", "20", "0")
    assert then["mark"]["price"] == "10"
    assert await ledger.get("/disposals", asOf=at(4)) == []
    assert await ledger.get("/positions", asOf=at(-1)) == []
    assert await everything(ledger, asOf=at(5)) == await everything(ledger)


async def test_prices_of_then_value_positions_of_then(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "2", "10", 0)
    path = f"/instruments/{trade['instrument']['id']}/price"
    for version, (price, minute) in enumerate((("12", 3), ("14", 6))):
        body = {"price": price, "asOf": at(minute)}
        await ledger.request("PUT", path, json=body, match=version or None, expect=200)
    marks = [(await ledger.only("/positions", asOf=at(minute)))["mark"]["price"] for minute in (2, 3, 5, 6)]
    assert marks == ["10", "12", "12", "14"]


async def test_a_moment_without_offset_is_refused(ledger: Ledger) -> None:
    for name in ("asOf", "knownAt"):
        refused = await ledger.request("GET", "/positions", params={name: "2024-01-01T00:00:00"}, expect=422)
        assert refused.json()["error"]["message"].startswith(name)


async def test_a_trade_tells_every_version_of_itself(ledger: Ledger) -> None:
    """Recorded at 10, corrected to 11, then voided: three versions, each from its own instant on."""
    trade = await ledger.record("buy", "2", "10", 0)
    path = f"/trades/{trade['id']}"
    await ledger.request("PATCH", path, json={"price": "11"}, match=1, expect=200)
    known_at = datetime.now(UTC).isoformat()
    await ledger.request("POST", f"{path}/void", json={"reason": "twice"}, match=2, expect=200)
    versions = await ledger.get(f"{path}/versions")
    assert [(each["version"], each["price"], each["voidReason"]) for each in versions] == [
        (3, "11", "twice"),
        (2, "11", None),
        (1, "10", None),
    ]
    assert versions[2] == trade
    assert versions[0] == await ledger.get(path)
    assert await ledger.get(f"{path}/versions", knownAt=known_at) == versions[1:]
    first = (await ledger.request("GET", f"{path}/versions", params={"limit": 1}, expect=200)).json()
    rest = {"limit": 2, "cursor": first["meta"]["page"]["nextCursor"]}
    assert first["data"] + await ledger.get(f"{path}/versions", **rest) == versions


async def test_a_transfer_of_what_was_not_there_yet_moved_nothing_then(ledger: Ledger) -> None:
    """The missing purchase was entered later: before that nothing had moved, and it was an issue."""
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    elsewhere = await open_ledger(ledger.client, ledger.headers, label="Elsewhere")
    bought = await elsewhere.record("buy", "1", "1", 0)
    moved = await ledger.transfer(other, "10", instrumentId=bought["instrument"]["id"])
    known_at = datetime.now(UTC).isoformat()
    await ledger.record("buy", "10", "7", 1)
    assert (await ledger.get(f"/transfers/{moved['id']}"))["movedQuantity"] == "10"
    assert (await ledger.get(f"/transfers/{moved['id']}", knownAt=known_at))["movedQuantity"] == "0"
    assert await ledger.get("/ledger/issues", kind="unbalanced_transfer") == []
    issue = await ledger.only("/ledger/issues", kind="unbalanced_transfer", knownAt=known_at)
    assert (issue["subjectId"], issue["quantity"]) == (moved["id"], "10")


async def test_profit_of_the_past_is_told_in_another_currency_though_a_day_has_no_rate(ledger: Ledger) -> None:
    """Rupees have been quoted since 2009: what was bought before is listed by that day, then as now."""
    await ledger.record("buy", "10", "7", executedAt="2001-01-05T05:00:00Z")
    await ledger.record("sell", "4", "9", 1)
    (now,) = await ledger.get("/pnl", currency="EUR")
    (converted,) = now["converted"]
    assert [each["date"] for each in converted["realised"]["unconverted"]] == ["2001-01-05"]
    assert await ledger.get("/pnl", currency="EUR", asOf=at(2)) == [now]
