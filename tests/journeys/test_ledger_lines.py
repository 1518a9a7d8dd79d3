"""Lists as lines give what their pages give, all of it, and say so."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.journeys.ledger_api import Json, Ledger, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

# more than two pages of the longest kind
TRADES = 1_100


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    ledger = await open_ledger(client, await register_user(client))
    # two buys, then a sale of one of them, over and over: lots stay open, and lots are closed
    sides = ("buy", "buy", "sell")
    await ledger.bulk([fill(sides[n % 3], "2", str(100 + n % 7), n) for n in range(TRADES)])
    return ledger


async def by_pages(ledger: Ledger, path: str, params: Json) -> list[Json]:
    rows: list[Json] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        body = (await ledger.request("GET", path, params={**params, **more, "limit": 500}, expect=200)).json()
        rows += body["data"]
        cursor = body["meta"]["page"]["nextCursor"]
        if cursor is None:
            return rows


async def by_lines(ledger: Ledger, path: str, params: Json, *, as_who: Ledger | None = None) -> tuple[list[Json], Json]:
    headers = {**(as_who or ledger).headers, "Accept": "application/x-ndjson", "Accept-Encoding": "gzip"}
    answer = await ledger.client.get(f"/api/v1{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "content-encoding" not in answer.headers
    *rows, last = [json.loads(line) for line in answer.text.splitlines()]
    return rows, last


async def test_lines_are_the_rows_of_all_pages_in_their_order(ledger: Ledger) -> None:
    account = {"accountId": ledger.account_id}
    lists: dict[str, list[Json]] = {
        "/trades": [{}, {"side": "sell", "sort": "price"}],
        "/lots": [{}, {"state": "closed"}],
        "/disposals": [{}],
        "/cash-entries": [account],
    }
    for path, choices in lists.items():
        for params in choices:
            rows, last = await by_lines(ledger, path, params)
            assert rows == await by_pages(ledger, path, params)
            assert rows
            assert all("complete" not in row for row in rows)
            assert last["complete"] is True
            assert last["rows"] == len(rows)
    rows, _ = await by_lines(ledger, "/trades", {})
    assert len(rows) == TRADES


async def test_lines_show_nobody_what_is_not_theirs(
    ledger: Ledger, client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    other = await open_ledger(client, await register_user(client))
    for path in ("/trades", "/lots", "/disposals"):
        rows, last = await by_lines(ledger, path, {}, as_who=other)
        assert rows == []
        assert last["complete"] is True
    headers = {**other.headers, "Accept": "application/x-ndjson"}
    answer = await client.get("/api/v1/cash-entries", params={"accountId": ledger.account_id}, headers=headers)
    absent = await client.get(
        "/api/v1/cash-entries", params={"accountId": "0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"}, headers=headers
    )
    assert answer.status_code == absent.status_code


async def test_a_cursor_of_nobodys_making_is_a_problem_and_no_stream(ledger: Ledger) -> None:
    headers = {**ledger.headers, "Accept": "application/x-ndjson"}
    answer = await ledger.client.get("/api/v1/trades", params={"cursor": "bm9uc2Vuc2U"}, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
