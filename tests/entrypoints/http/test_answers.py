"""What every answer has, whoever gives it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from domain.shared.errors import Conflict, Forbidden, Unavailable
from tests.asgi import in_process
from tests.entrypoints.http.samples import NOTE, assert_problem
from tests.entrypoints.http.toys import AUTH, Toy

pytestmark = pytest.mark.anyio


async def test_a_success_has_data_and_meta_in_one_shape(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/notes", json=NOTE)
    body = response.json()
    assert response.status_code == 201
    assert body["success"] is True
    assert body["data"] == {
        "id": "00000000-0000-0000-0000-0000000003e8",
        "title": "Bought low",
        "amount": "12.50",
        "takenAt": "2026-01-30T03:45:00Z",
        "version": 1,
    }
    assert body["meta"] == {"timestamp": "2026-01-31T09:15:00Z", "requestId": response.headers["x-request-id"]}
    assert response.headers["location"] == f"/api/v1/notes/{body['data']['id']}"


async def test_a_list_says_where_the_next_page_starts(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/notes")).json()
    assert body["data"] == []
    assert body["meta"]["page"] == {"nextCursor": None}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/notes/not-an-id", 404, "not_found"),
        ("GET", "/api/v1/notes/00000000-0000-0000-0000-000000000009", 404, "not_found"),
        ("PUT", "/api/v1/notes", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/notes", 405, "method_not_allowed"),
        ("BREW", "/api/v1/notes", 405, "method_not_allowed"),
        ("GET", "/api/v1/notes?limit=0", 422, "invalid"),
        ("GET", "/api/v1/notes?unknown=1", 422, "invalid"),
        ("GET", "/api/v1/notes?limit=1&limit=1", 422, "invalid"),
        ("GET", "/api/v1/notes?limit=1_0", 422, "invalid"),
        ("GET", "/api/v1/notes?limit=%D9%A1", 422, "invalid"),
        ("GET", "/api/v1/notes?cursor=!!", 422, "invalid"),
        ("GET", "/api/v1/notes?title=a%00b", 422, "invalid"),
        ("GET", "/api/v1/notes?title=%ff", 400, "malformed"),
        ("GET", "/api/v1/notes?" + "x" * 9000, 414, "uri_too_long"),
    ],
)
async def test_what_cannot_be_served_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    assert_problem(await client.request(method, path), status, code)


async def test_405_names_the_methods_that_work(client: httpx.AsyncClient) -> None:
    assert (await client.put("/api/v1/notes")).headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_options_names_all_methods_of_the_path(client: httpx.AsyncClient) -> None:
    response = await client.options("/api/v1/notes")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_head_is_checked_like_get(client: httpx.AsyncClient) -> None:
    assert (await client.head("/api/v1/notes?unknown=1")).status_code == 422


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    location = (await client.post("/api/v1/notes", json=NOTE)).headers["location"]
    got, head = await client.get(location), await client.head(location)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/notes", "/nowhere", "/", "/livez", "/docs"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


async def test_the_request_id_is_ours_and_the_clients_own_is_echoed_apart(client: httpx.AsyncClient) -> None:
    response = await client.get("/livez", headers={"X-Request-Id": "order-7"})
    assert response.headers["x-request-id"] == response.json()["meta"]["requestId"] != "order-7"
    assert response.headers["x-client-request-id"] == "order-7"


@pytest.mark.parametrize("value", ["a b", "<script>", "x" * 129, "\xe4"])
async def test_a_request_id_of_doubtful_form_is_not_echoed(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get("/livez", headers={b"X-Request-Id": value.encode("latin-1")})
    assert response.status_code == 200
    assert "x-client-request-id" not in response.headers


async def test_headers_beyond_reason_are_431(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/livez", headers={"X-Much": "a" * 40_000}), 431, "headers_too_large")


async def test_an_unexpected_error_is_a_500_that_tells_nothing(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.notes.error = ValueError("password=hunter2")
    response = await client.post("/api/v1/notes", json=NOTE)
    assert_problem(response, 500, "internal")
    assert "hunter2" not in response.text


async def test_what_is_away_is_503_with_retry_after(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.notes.error = Unavailable("The database is away.")
    response = await client.post("/api/v1/notes", json=NOTE)
    assert_problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("error", "status"), [(Conflict("Closed."), 409), (Forbidden("Not yours."), 403), (TimeoutError(), 500)]
)
async def test_domain_errors_have_their_status(
    client: httpx.AsyncClient, toy: Toy, error: Exception, status: int
) -> None:
    toy.notes.error = error
    assert (await client.post("/api/v1/notes", json=NOTE)).status_code == status


async def test_work_beyond_the_deadline_is_503(toy: Toy) -> None:
    toy.notes.gate = asyncio.Event()
    transport = in_process(toy.build(handler_timeout_s=0.05))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=AUTH) as client:
        assert_problem(await client.post("/api/v1/notes", json=NOTE), 503, "unavailable")
    assert toy.notes.writes == 0


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic good-token",
        "Bearer bad",
        "Bearer good token",
        "Bearer \u00e4",
        "good-token",
    ],
)
async def test_without_a_valid_token_the_answer_is_401_with_a_challenge(toy: Toy, authorization: str | None) -> None:
    headers = {b"Content-Type": b"application/json"}
    if authorization is not None:
        headers[b"Authorization"] = authorization.encode("latin-1")
    async with httpx.AsyncClient(transport=in_process(toy.build()), base_url="http://toy") as client:
        response = await client.post("/api/v1/notes", content=b"\xff", headers=headers)
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_public_routes_need_no_token(toy: Toy) -> None:
    async with httpx.AsyncClient(transport=in_process(toy.build()), base_url="http://toy") as client:
        for path in ("/api/v1/open", "/", "/docs", "/schema/openapi.json", "/livez", "/readyz", "/health"):
            assert (await client.get(path)).status_code == 200


async def test_only_named_origins_may_call_from_a_page(toy: Toy) -> None:
    transport = in_process(toy.build(origins=["https://app.example"]))
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "if-match"}
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        friend = await client.options("/api/v1/notes", headers={"Origin": "https://app.example", **asks})
        stranger = await client.options("/api/v1/notes", headers={"Origin": "https://evil.example", **asks})
    assert friend.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in stranger.headers


async def test_the_lifespan_opens_and_closes_the_parts(toy: Toy) -> None:
    async with toy.build().lifespan():
        assert toy.is_open
    assert not toy.is_open
