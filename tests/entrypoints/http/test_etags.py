"""Two writers at once cannot undo each other, and what has not changed is not sent again."""

from __future__ import annotations

import httpx
import pytest

from tests.entrypoints.http.samples import NOTE, assert_problem
from tests.entrypoints.http.toys import Toy

pytestmark = pytest.mark.anyio


@pytest.fixture
async def location(client: httpx.AsyncClient) -> str:
    return str((await client.post("/api/v1/notes", json=NOTE)).headers["location"])


async def test_an_update_names_the_version_it_was_made_for(client: httpx.AsyncClient, location: str) -> None:
    etag = (await client.get(location)).headers["etag"]
    first = await client.patch(location, json={"title": "Mine"}, headers={"If-Match": etag})
    second = await client.patch(location, json={"title": "Also mine"}, headers={"If-Match": etag})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    assert_problem(second, 412, "version_conflict")
    assert (await client.get(location)).json()["data"]["title"] == "Mine"


@pytest.mark.parametrize("value", [None, "", "*", " * "])
async def test_without_a_version_it_is_428(
    client: httpx.AsyncClient, location: str, toy: Toy, value: str | None
) -> None:
    headers = {} if value is None else {"If-Match": value}
    assert_problem(await client.patch(location, json={}, headers=headers), 428, "precondition_required")
    assert next(iter(toy.notes.rows.values())).version == 1


@pytest.mark.parametrize("value", ["1", 'W/"1"', '"1", "2"', '"01"', '"x"', '"' + "9" * 30 + '"', '"-1"', '"0"'])
async def test_what_is_no_etag_of_ours_never_matches(client: httpx.AsyncClient, location: str, value: str) -> None:
    assert_problem(await client.patch(location, json={}, headers={"If-Match": value}), 412, "version_conflict")


@pytest.mark.parametrize("value", ['"1"', 'W/"1"', '"7", "1"', "*"])
async def test_an_unchanged_resource_is_304_without_body(client: httpx.AsyncClient, location: str, value: str) -> None:
    response = await client.get(location, headers={"If-None-Match": value})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == '"1"'
    assert "content-type" not in response.headers


@pytest.mark.parametrize("value", ['"2"', "1", ""])
async def test_a_changed_resource_is_sent(client: httpx.AsyncClient, location: str, value: str) -> None:
    response = await client.get(location, headers={"If-None-Match": value})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-cache"
