"""Anybody who is signed in sees which markets trade now."""

from __future__ import annotations

import httpx
import pytest

from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

STATUS = "/api/v1/market/status"


async def test_every_market_has_a_status(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """Crypto currencies trade around the clock; every other market tells when it opens and closes next."""
    found = (await client.get(STATUS, headers=await register_user(client))).json()["data"]
    by_code = {each["exchange"]: each for each in found}
    assert list(by_code) == sorted(by_code)
    assert {"NYSE", "NASDAQ", "LSE", "NSE", "BSE", "TSE"} <= set(by_code)
    always = by_code.pop("CRYPTO")
    assert (always["state"], always["opensAt"], always["closesAt"]) == ("open", None, None)
    assert all(each["opensAt"] and each["closesAt"] for each in by_code.values())


async def test_markets_are_known_by_all_their_names(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """By code or market identifier code, and once if both are given."""
    headers = await register_user(client)
    found = await client.get(STATUS, headers=headers, params={"exchange": ["XNSE", "LSE", "NSE"]})
    assert [each["exchange"] for each in found.json()["data"]] == ["LSE", "NSE"]
    unknown = await client.get(STATUS, headers=headers, params={"exchange": "MOON"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "invalid")


async def test_nobody_reads_the_market_without_signing_in(client: httpx.AsyncClient) -> None:
    assert (await client.get(STATUS)).status_code == 401
