"""What leaves in one piece is what would have left in two: the same head, the same body, the same end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import PUBLIC
from tests.asgi import in_process
from tests.entrypoints.http.toys import Toy
from tests.hostile.server import Listening, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
def toy() -> Toy:
    """A toy application, empty."""
    return Toy()


@get("/words", opt=PUBLIC, tags=["words"])
async def read_words(length: FromQuery[int], header: FromQuery[str] = "plain") -> Response[bytes]:
    """Answer with so many bytes, and with what was asked for in a header."""
    return Response(b"w" * length, media_type="text/plain", headers={"X-Said": header})


ROUTES: Sequence[ControllerRouterHandler] = [read_words]


def asked(query: str, version: str = "1.1", *headers: str) -> bytes:
    lines = [f"GET /api/v1/words?{query} HTTP/{version}", "Host: t", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


async def read_all(server: Listening, data: bytes) -> bytes:
    """Send, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("length", [0, 5, 3_000, 1_000_000])
async def test_a_whole_answer_has_the_head_and_body_that_it_has_without_a_server(toy: Toy, length: int) -> None:
    app = toy.build(routes=ROUTES)
    async with httpx.AsyncClient(
        transport=in_process(app), base_url="http://t", headers={"Accept-Encoding": ""}
    ) as client:
        expected = await client.get(f"/api/v1/words?length={length}")
    async with listening(app) as server:
        answer = await server.send(asked(f"length={length}"))
    assert answer is not None
    assert (answer.status, answer.body) == (200, expected.content)
    numbered = {"x-request-id", "date"}
    assert {**answer.headers, **dict.fromkeys(numbered)} == {**dict(expected.headers), **dict.fromkeys(numbered)}


async def test_a_connection_that_is_not_kept_says_so_and_ends(toy: Toy) -> None:
    async with listening(toy.build(routes=ROUTES)) as server:
        for data in (asked("length=5", "1.0"), asked("length=5", "1.1", "Connection: close")):
            text = await read_all(server, data)
            assert text.count(b"connection: close\r\n") == 1
            assert text.endswith(b"\r\n\r\nwwwww")


async def test_answers_to_requests_in_one_packet_come_in_their_order(toy: Toy) -> None:
    requests = [asked("length=1"), asked("length=2"), asked("length=3", "1.1", "Connection: close")]
    async with listening(toy.build(routes=ROUTES)) as server:
        text = await read_all(server, b"".join(requests))
    assert [part.partition(b"\r\n\r\n")[2] for part in text.split(b"HTTP/1.1 200 OK")[1:]] == [b"w", b"ww", b"www"]


@pytest.mark.parametrize("end", ["%0D%0A", "%0A", "%00"])
async def test_no_header_that_is_made_of_input_begins_another(toy: Toy, end: str) -> None:
    async with listening(toy.build(routes=ROUTES)) as server:
        text = await read_all(server, asked(f"length=5&header=a{end}X-Injected:%20b", "1.1", "Connection: close"))
        alive = await server.send(asked("length=5"))
    assert b"\nx-injected" not in text.lower()
    assert alive is not None
    assert alive.status == 200
