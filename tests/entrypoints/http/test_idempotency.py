"""A request that is sent again under its key has one effect and one answer."""

from __future__ import annotations

import httpx
import pytest

from domain.shared.errors import Conflict
from tests.entrypoints.http.samples import NOTE, assert_problem
from tests.entrypoints.http.toys import Toy

pytestmark = pytest.mark.anyio

KEY = {"Idempotency-Key": "first try"}


async def test_the_second_time_the_first_answer_comes_back(client: httpx.AsyncClient, toy: Toy) -> None:
    first = await client.post("/api/v1/notes", json=NOTE, headers=KEY)
    again = await client.post("/api/v1/notes", json=NOTE, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("location", "etag", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert toy.notes.writes == 1


async def test_blanks_and_the_order_of_members_make_no_other_request(client: httpx.AsyncClient, toy: Toy) -> None:
    await client.post("/api/v1/notes", json=NOTE, headers=KEY)
    other_spelling = b'{ "takenAt":"2026-01-30T09:15:00+05:30" , "amount":"12.50","title":"Bought low"}'
    response = await client.post(
        "/api/v1/notes", content=other_spelling, headers={**KEY, "Content-Type": "application/json"}
    )
    assert response.headers["idempotency-replayed"] == "true"
    assert toy.notes.writes == 1


@pytest.mark.parametrize("change", [{"amount": "12.5"}, {"tags": ["x"]}, {"tags": []}])
async def test_another_request_under_the_key_is_refused(
    client: httpx.AsyncClient, toy: Toy, change: dict[str, object]
) -> None:
    await client.post("/api/v1/notes", json=NOTE, headers=KEY)
    response = await client.post("/api/v1/notes", json={**NOTE, **change}, headers=KEY)
    assert_problem(response, 422, "idempotency_mismatch")
    assert toy.notes.writes == 1


async def test_the_same_key_on_another_route_is_another_key(client: httpx.AsyncClient, toy: Toy) -> None:
    location = (await client.post("/api/v1/notes", json=NOTE, headers=KEY)).headers["location"]
    assert (await client.delete(location, headers=KEY)).status_code == 204
    again = await client.delete(location, headers=KEY)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
    assert toy.notes.rows == {}


async def test_a_failure_is_not_kept(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.notes.error = Conflict("Not now.")
    assert_problem(await client.post("/api/v1/notes", json=NOTE, headers=KEY), 409, "conflict")
    toy.notes.error = None
    response = await client.post("/api/v1/notes", json=NOTE, headers=KEY)
    assert response.status_code == 201
    assert "idempotency-replayed" not in response.headers


@pytest.mark.parametrize("error", [None, Conflict("Not now.")])
async def test_a_database_that_goes_away_after_the_work_is_said_to_be_away(
    client: httpx.AsyncClient, toy: Toy, error: Exception | None
) -> None:
    """The answer is held until its transaction has ended, and is not given when that fails."""
    toy.notes.error, toy.replays.goes_away = error, True
    assert_problem(await client.post("/api/v1/notes", json=NOTE, headers=KEY), 503, "unavailable")


async def test_a_server_error_is_not_kept(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.notes.error = RuntimeError("broken")
    assert_problem(await client.post("/api/v1/notes", json=NOTE, headers=KEY), 500, "internal")
    assert toy.replays.kept == {}


@pytest.mark.parametrize("key", ["", "k" * 256, "sch\u00f6n", "tab\tbed"])
async def test_a_key_is_printable_ascii_of_bounded_length(client: httpx.AsyncClient, toy: Toy, key: str) -> None:
    response = await client.post("/api/v1/notes", json=NOTE, headers={b"Idempotency-Key": key.encode("latin-1")})
    assert_problem(response, 422, "invalid")
    assert toy.notes.writes == 0


async def test_two_keys_on_one_request_are_refused(client: httpx.AsyncClient, toy: Toy) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert_problem(await client.post("/api/v1/notes", json=NOTE, headers=headers), 422, "invalid")
    assert toy.notes.writes == 0


async def test_a_key_on_a_read_is_overlooked(client: httpx.AsyncClient, toy: Toy) -> None:
    assert (await client.get("/api/v1/notes", headers=KEY)).status_code == 200
    assert toy.replays.kept == {}


async def test_an_upload_takes_effect_once_without_being_buffered(client: httpx.AsyncClient, toy: Toy) -> None:
    for _ in range(2):
        response = await client.post("/api/v1/uploads", content=b"a" * 1000, headers=KEY)
        assert response.json()["data"] == 1000
    assert toy.notes.writes == 1
    other = await client.post("/api/v1/uploads", content=b"a" * 1001, headers=KEY)
    assert_problem(other, 422, "idempotency_mismatch")
