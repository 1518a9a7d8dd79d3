"""Bodies are well formed before anybody asks what they mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.bodies import check_json, check_nesting
from entrypoints.http.errors import InvalidFields, Malformed
from entrypoints.http.jsons import Json, children
from entrypoints.http.limits import MAX_BODY_BYTES, MAX_NESTING
from tests.asgi import in_process
from tests.entrypoints.http.samples import JSON, NOTE, assert_problem
from tests.entrypoints.http.toys import AUTH, Toy
from tests.virtual_time import in_virtual_time

SCALARS = st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30
)


def depth(value: Json) -> int:
    inner = children(value)
    is_container = isinstance(value, list | dict)
    return is_container + max((depth(item) for item in inner), default=0)


def has_nul(value: Json) -> bool:
    named = isinstance(value, dict) and any("\x00" in name for name in value)
    return named or (isinstance(value, str) and "\x00" in value) or any(has_nul(item) for item in children(value))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed"),
        (b"\xff", 400, "malformed"),
        (b'{"title": "\xc3("}', 400, "malformed"),
        (b"\xef\xbb\xbf{}", 400, "malformed"),
        (b"[" * 5000, 400, "malformed"),
        (b"[" * 5000 + b"]" * 5000, 400, "malformed"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400, "malformed"),
        (b'{"amount": NaN}', 400, "malformed"),
        (b'{"amount": Infinity}', 400, "malformed"),
        (b'{"amount": -Infinity}', 400, "malformed"),
        (b'{"amount": 1e999999}', 422, "invalid"),
        (b'{"amount": 1_000}', 400, "malformed"),
        (b'{"title": "a", "title": "b"}', 400, "malformed"),
        (b"'", 400, "malformed"),
        (b"{}garbage", 400, "malformed"),
        (b"9" * 100_000, 422, "invalid"),
        (b'"\\ud800"', 400, "malformed"),
        (b"{}", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"1", 422, "invalid"),
        (b'"x"', 422, "invalid"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "too_large"),
    ],
)
async def test_bytes_that_are_no_request_get_their_4xx_and_no_effect(
    client: httpx.AsyncClient, toy: Toy, body: bytes, status: int, code: str
) -> None:
    assert_problem(await client.post("/api/v1/notes", content=body, headers=JSON), status, code)
    assert toy.notes.writes == 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "NaN"}, "amount"),
        ({"amount": "sNaN"}, "amount"),
        ({"amount": "Infinity"}, "amount"),
        ({"amount": "1e999999"}, "amount"),
        ({"amount": "1_000"}, "amount"),
        ({"amount": "\u0661"}, "amount"),
        ({"amount": "1\n"}, "amount"),
        ({"amount": " 1"}, "amount"),
        ({"amount": 1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": "1" * 21}, "amount"),
        ({"amount": "0." + "1" * 19}, "amount"),
        ({"takenAt": "2026-01-30T09:15:00"}, "takenAt"),
        ({"takenAt": "2026-02-30T09:15:00Z"}, "takenAt"),
        ({"takenAt": "2025-02-29T09:15:00Z"}, "takenAt"),
        ({"takenAt": "2026-01-30"}, "takenAt"),
        ({"takenAt": 1769764500}, "takenAt"),
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"extra": {"deep": ["\x00"]}}, "extra.deep[0]"),
        ({"tags": ["ok", ""]}, "tags[1]"),
        ({"tags": ["a", "b", "c", "d"]}, "tags"),
        ({"isPinned": "true"}, "isPinned"),
        ({"isPinned": 1}, "isPinned"),
        ({"surprise": 1}, "surprise"),
        ({"id": "00000000-0000-0000-0000-000000000001"}, "id"),
    ],
)
async def test_a_wrong_value_is_a_422_that_names_its_field(
    client: httpx.AsyncClient, toy: Toy, change: dict[str, Json], field: str
) -> None:
    response = await client.post("/api/v1/notes", json={**NOTE, **change})
    assert_problem(response, 422, "invalid")
    details = response.json()["error"]["details"]
    named = {item["field"] for item in details["fields"]} if "fields" in details else {details["field"]}
    assert named == {field}
    assert toy.notes.writes == 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/json; charset=utf-7",
        "application/jsonx",
        "application/json, text/plain",
        "x",
    ],
)
async def test_a_body_that_does_not_say_that_it_is_json_is_415(
    client: httpx.AsyncClient, toy: Toy, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert_problem(
        await client.post("/api/v1/notes", content=json.dumps(NOTE), headers=headers), 415, "unsupported_media_type"
    )
    assert toy.notes.writes == 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content_type", ["application/json;charset=UTF-8", "Application/JSON", 'application/json; charset="utf-8"']
)
async def test_json_may_be_named_in_any_valid_way(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post("/api/v1/notes", content=json.dumps(NOTE), headers={"Content-Type": content_type})
    assert response.status_code == 201


@pytest.mark.anyio
async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/notes", content=b"{}", headers={**JSON, "Content-Encoding": "gzip"})
    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.anyio
async def test_a_body_without_declared_length_is_counted_as_it_comes(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    assert_problem(await client.post("/api/v1/notes", content=endless(), headers=JSON), 413, "too_large")


@pytest.mark.anyio
async def test_a_body_that_stops_coming_is_408(toy: Toy) -> None:
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    transport = in_process(toy.build(body_timeout_s=0.05))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=AUTH) as client:
        for path in ("/api/v1/notes", "/api/v1/uploads"):
            assert_problem(await client.post(path, content=stuck(), headers=JSON), 408, "request_timeout")


@pytest.mark.anyio
async def test_an_upload_whose_pieces_keep_coming_must_end_some_time(toy: Toy) -> None:
    async def drop_by_drop() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            await asyncio.sleep(0.02)  # as slowly as that

    transport = in_process(toy.build(body_timeout_s=0.5, upload_timeout_s=0.3))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=AUTH) as client:
        assert_problem(await client.post("/api/v1/uploads", content=drop_by_drop()), 408, "request_timeout")


def test_an_upload_may_take_longer_than_any_other_request_while_its_pieces_keep_coming(toy: Toy) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * 100
            await asyncio.sleep(5)  # as slowly as that

    async def main() -> None:
        transport = in_process(toy.build(handler_timeout_s=30))
        async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=AUTH) as client:
            assert (await client.post("/api/v1/uploads", content=slowly())).json()["data"] == 1_000

    in_virtual_time(main())


@pytest.mark.anyio
async def test_an_upload_streams_beyond_the_limit_of_other_bodies(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/uploads", content=b"a" * 1_900_000)
    assert response.json()["data"] == 1_900_000


@pytest.mark.anyio
async def test_an_upload_has_a_limit_too(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"a" * 100_000

    assert_problem(await client.post("/api/v1/uploads", content=pieces()), 413, "too_large")
    assert_problem(await client.post("/api/v1/uploads", content=b"a" * 2_000_001), 413, "too_large")


@given(VALUES)
def test_honest_json_passes_unless_it_is_too_deep_or_holds_nul(value: Json) -> None:
    body = json.dumps(value, ensure_ascii=False).encode()
    if depth(value) > MAX_NESTING:
        with pytest.raises(Malformed):
            check_json(body)
    elif has_nul(value):
        with pytest.raises(InvalidFields):
            check_json(body)
    else:
        check_json(body)


@given(st.integers(0, 60), st.sampled_from(["[", '{"a":']), st.text(alphabet='[]{}"\\x'))
def test_depth_is_counted_outside_of_texts_only(levels: int, opening: str, text: str) -> None:
    closing = {"[": "]", '{"a":': "}"}[opening]
    body = (opening * levels + json.dumps(text) + closing * levels).encode()
    if levels > MAX_NESTING:
        with pytest.raises(Malformed):
            check_nesting(body)
    else:
        check_nesting(body)


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\0e-u').map(str.encode))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    try:
        check_json(body)
    except (Malformed, InvalidFields):
        return
    json.loads(body)
