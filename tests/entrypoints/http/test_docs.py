"""The documentation works without the internet and cannot be made to run anybody else's script."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.entrypoints.http.toys import Toy

pytestmark = pytest.mark.anyio

LOADS = re.compile(r"""(?:src|href|url)\s*[=:(]\s*["']?([^"'\s)>,]+)""")


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    found = LOADS.findall(page.text)
    assert len(found) >= 4
    for address in found:
        if address != "data:":
            assert address.startswith("/docs/")
            assert (await client.get(address)).status_code == 200


async def test_its_script_and_style_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    start = (await client.get("/docs/start.js")).text
    assert LOADS.findall(start) == ["/schema/openapi.json"]
    style = (await client.get("/docs/swagger-ui.css")).text
    assert {address.partition(":")[0] for address in re.findall(r"url\([\"']?([^)\"']{4})", style)} <= {"data"}


async def test_its_policy_allows_only_what_this_server_gives(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert "http" not in policy


async def test_the_page_has_no_inline_script(client: httpx.AsyncClient) -> None:
    text = (await client.get("/docs")).text
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\son\w+=", text) == []


async def test_the_bundle_can_show_openapi_3_1(client: httpx.AsyncClient) -> None:
    """Swagger UI 4 could not, and said so only in the browser."""
    bundle = await client.get("/docs/swagger-ui-bundle.js")
    assert bundle.headers["content-type"].startswith("text/javascript")
    assert "isOAS31" in bundle.text


async def test_the_index_says_where_things_are(client: httpx.AsyncClient, toy: Toy) -> None:
    index = (await client.get("/")).json()
    for name in ("documentation", "live", "openapi", "health"):
        assert (await client.get(index[name])).status_code == 200
    assert not toy.is_open
