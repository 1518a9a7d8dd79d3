"""Long answers travel compressed where the client takes it; everything else about them stays as it is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import httpx
import msgspec
import pytest
from backports import zstd
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import PUBLIC
from entrypoints.http.compression import MIN_BYTES, chosen
from entrypoints.http.envelope import VERSIONED, Success, success, versioned
from tests.asgi import in_process
from tests.entrypoints.http.toys import AUTH, Notes, Toy

pytestmark = pytest.mark.anyio

LONG = "0123456789 bought low, sold high; " * 200
LARGE = LONG * 100


@get("/long", tags=["trades"])
async def read_long() -> Success[str]:
    """Answer at length."""
    return success(LONG)


@get("/large", tags=["trades"])
async def read_large() -> Success[str]:
    """Answer at great length."""
    return success(LARGE)


@get("/short", tags=["trades"])
async def read_short() -> Success[str]:
    """Answer in a word."""
    return success("yes")


@get("/picture", tags=["trades"], media_type="image/png")
async def read_picture() -> Response[bytes]:
    """Answer with what cannot be made smaller."""
    return Response(LONG.encode(), media_type="image/png")


@get("/notes/{note_id:uuid}", tags=["trades"], response_headers=VERSIONED)
async def read_version(note_id: FromPath[UUID], notes: NamedDependency[Notes]) -> Response[Success[str]]:
    """Answer at length, with a version."""
    return versioned(LONG, note_id.int + notes.writes)


async def _pieces() -> AsyncIterator[str]:
    for _ in range(3):
        yield LONG


@get("/stream", tags=["trades"], media_type="text/plain")
async def stream() -> Stream:
    """Answer piece by piece."""
    return Stream(_pieces(), media_type="text/plain")


@get("/open", tags=["auth"], opt=PUBLIC)
async def fail_at_length() -> Success[str]:
    """Fail."""
    raise ValueError(LONG)


ROUTES: Sequence[ControllerRouterHandler] = [
    read_long,
    read_large,
    read_short,
    read_picture,
    read_version,
    stream,
    fail_at_length,
]
VERSION = f"/notes/{UUID(int=7)}"


@pytest.fixture
async def client(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client that asks for no encoding by itself."""
    transport = in_process(toy.build(routes=ROUTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy/api/v1", headers=AUTH) as client:
        del client.headers["accept-encoding"]
        yield client


async def fetch(
    client: httpx.AsyncClient, path: str, accepted: str = "", **headers: str
) -> tuple[httpx.Response, bytes]:
    """Return the answer and its bytes as they travelled."""
    sent = {**headers, **({"Accept-Encoding": accepted} if accepted else {})}
    async with client.stream("GET", path, headers=sent) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


@pytest.mark.parametrize(("path", "text"), [("/long", LONG), ("/large", LARGE)])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_long_answer_is_compressed_as_the_client_takes_it(
    client: httpx.AsyncClient, encoding: str, path: str, text: str
) -> None:
    response, body = await fetch(client, path, encoding)
    assert response.headers["content-encoding"] == encoding
    assert response.headers["vary"] == "accept-encoding"
    assert int(response.headers["content-length"]) == len(body) < len(text) / 10
    plain = gzip.decompress(body) if encoding == "gzip" else zstd.decompress(body)
    assert msgspec.json.decode(plain)["data"] == text


async def test_who_asks_for_nothing_gets_it_plain(client: httpx.AsyncClient) -> None:
    """And is told that others may get something else, for the sake of caches between."""
    response, body = await fetch(client, "/long")
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "accept-encoding"
    assert msgspec.json.decode(body)["data"] == LONG


@pytest.mark.parametrize("path", ["/short", "/picture", "/stream"])
async def test_what_is_tiny_or_dense_or_a_stream_stays_as_it_is(client: httpx.AsyncClient, path: str) -> None:
    response, body = await fetch(client, path, "gzip, zstd")
    assert response.status_code == 200
    assert "content-encoding" not in response.headers
    with pytest.raises(zlib.error):
        zlib.decompress(body, wbits=31)


async def test_the_etag_is_that_of_the_resource_whatever_it_travelled_as(client: httpx.AsyncClient) -> None:
    plain, _ = await fetch(client, VERSION)
    small, _ = await fetch(client, VERSION, "zstd")
    assert small.headers["content-encoding"] == "zstd"
    assert small.headers["etag"] == plain.headers["etag"]
    known = {"If-None-Match": small.headers["etag"]}
    unchanged, body = await fetch(client, VERSION, "zstd", **known)
    assert (unchanged.status_code, body) == (304, b"")
    assert unchanged.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in unchanged.headers


async def test_head_has_no_body_to_compress(client: httpx.AsyncClient) -> None:
    response = await client.head("/long", headers={"Accept-Encoding": "gzip"})
    assert response.content == b""
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "accept-encoding"


async def test_a_failure_is_a_problem_in_the_clear(client: httpx.AsyncClient) -> None:
    response, body = await fetch(client, "/open", "gzip")
    assert response.status_code == 500
    assert msgspec.json.decode(body)["error"]["code"] == "internal"
    assert len(body) < MIN_BYTES


@pytest.mark.parametrize(
    ("accepted", "best"),
    [
        (b"", None),
        (b"gzip", b"gzip"),
        (b"gzip, deflate, br, zstd", b"zstd"),
        (b"GZIP;q=0.9, zstd;q=0.5", b"gzip"),
        (b"zstd;q=0, gzip;q=0.001", b"gzip"),
        (b"gzip;q=0, zstd;q=0.000", None),
        (b"*", b"zstd"),
        (b"*;q=0.5, gzip", b"gzip"),
        (b"zstd;q=0, *", b"gzip"),
        (b"identity", None),
        (b"br", None),
        (b"gzip" + b", x" * 1000, None),
        (b"\xff\xfe;q=\xff", None),
    ],
)
def test_the_client_chooses_and_we_prefer(accepted: bytes, best: bytes | None) -> None:
    assert chosen(accepted) == best
