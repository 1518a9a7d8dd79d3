"""Every operation of the description, whatever it is sent, answers with a problem within a second and stores nothing.

The operations, their parameters and their bodies come from the description, so a new operation is tested at once.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest

from entrypoints.http.jsons import Json, JsonObject
from tests.hostile.payloads import BODIES, CONTENT_TYPES, CURSORS, TEXTS, mutations
from tests.hostile.rows import count_rows
from tests.openapi.document import arr, document, obj, operations
from tests.profiles import DEEP
from tests.served import Served, register_and_log_in

pytestmark = pytest.mark.anyio

OPERATIONS = [pytest.param(method, path, op, id=str(op["operationId"])) for method, path, op in operations()]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
ABSENT = "0192f0c1-5b7a-7c3e-8d1f-000000000000"
IDS = (
    "x",
    "0",
    "null",
    "%00",
    "%2e%2e",
    "%ff",
    "-",
    "a" * 500,
    "0192f0c1",
    ABSENT.replace("-", ""),
    "{" + ABSENT + "}",
)
VERSIONS = ("", "*", "1", 'W/"1"', '"x"', '"-1"', '"0"', '"99999999999999999999"', '"1", "2"', '"' + "9" * 5_000 + '"')
TOKENS = (b"", b"Bearer", b"Bearer x", b"Bearer a.b.c", b"Basic YTpi", b"Bearer " + b"x" * 9_000, b"Bearer \xff")
JSON = {b"Content-Type": b"application/json"}
# each field and parameter meets a quarter of the values, or all of them in a deep run
EVERY = 1 if os.environ.get("TAPEDECK_TEST_PROFILE") == DEEP else 4
KEYS = ("", " ", "x" * 256, "\u00e4", "a\tb", "\x7f")


@dataclass(frozen=True, slots=True)
class Attacker:
    """A signed-in user who sends what no honest client would."""

    client: httpx.AsyncClient
    method: str
    path: str

    async def send(
        self,
        *,
        must_fail: bool = True,
        path: str | None = None,
        body: bytes | None = None,
        headers: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """Send it and check the answer; one slower than a second is asked again, since the machine may have paused."""
        target = re.sub(r"{\w+}", ABSENT, self.path) if path is None else path
        taken: list[float] = []
        while not taken or (taken[-1] >= 1 and len(taken) < 3):
            begin = time.monotonic()
            response = await self.client.request(self.method, target, content=body, headers={**(headers or {})})
            taken.append(time.monotonic() - begin)
            seen = (self.method, target[:200], headers, (body or b"")[:500], response.text[:500])
            assert response.status_code < 500, seen
            if must_fail:
                assert response.status_code >= 400, seen
            if response.status_code >= 400:
                assert response.headers["content-type"] == "application/problem+json", seen
                assert response.json()["error"]["message"], seen
                # a verdict on each of many rows may be long, but only in proportion
                assert len(response.content) < 8_000 + 20 * len(body or b""), seen
        assert min(taken) < 1, (taken, self.method, target[:200], headers, (body or b"")[:500])


@pytest.fixture
async def signed_in(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a user of their own."""
    async with served.client() as client:
        client.headers.update(await register_and_log_in(client))
        yield client


def json_body(operation: JsonObject) -> tuple[Json, JsonObject] | None:
    """Return the example and the schema of the operation's JSON body."""
    content = obj(obj(operation.get("requestBody", {})).get("content", {}))
    if "application/json" not in content:
        return None
    part = obj(content["application/json"])
    return part["example"], {**obj(part["schema"]), "components": document()["components"]}


def parameters(operation: JsonObject, location: str) -> Iterator[JsonObject]:
    for parameter in arr(operation["parameters"]):
        if obj(parameter)["in"] == location:
            yield obj(parameter)


def headers_of(operation: JsonObject) -> dict[bytes, bytes]:
    """Return the headers that an honest request has."""
    names = {str(p["name"]) for p in parameters(operation, "header")}
    versions = {b"If-Match": b'"1"'} if "If-Match" in names else {}
    return versions if json_body(operation) is None else {**versions, **JSON}


def honest_body(operation: JsonObject) -> bytes | None:
    """Return the example as it is sent."""
    found = json_body(operation)
    return None if found is None else encoded(found[0])


def encoded(value: Json) -> bytes:
    return json.dumps(value).encode()


@every_operation
async def test_hostile_bodies(
    signed_in: httpx.AsyncClient, database_url: str, method: str, path: str, operation: JsonObject
) -> None:
    if "requestBody" not in operation:
        return
    attacker = Attacker(signed_in, method, path)
    honest, example = headers_of(operation), honest_body(operation)
    before = count_rows(database_url)
    for body in BODIES:
        valid = example is not None and _is_valid(operation, body)
        await attacker.send(body=body, headers={**honest, **JSON}, must_fail=not valid)
    if example is not None:
        without_type = {name: value for name, value in honest.items() if name not in JSON}
        for content_type in CONTENT_TYPES:
            said = {} if content_type is None else {b"Content-Type": content_type.encode()}
            await attacker.send(body=example, headers={**without_type, **said})
        await attacker.send(body=b"{}", headers={**honest, b"Content-Encoding": b"gzip"})
    assert count_rows(database_url) == before


def _is_valid(operation: JsonObject, body: bytes) -> bool:
    found = json_body(operation)
    assert found is not None
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return len(body) < 100_000 and jsonschema_rs.is_valid(found[1], value)


@every_operation
async def test_hostile_values_in_every_field(
    signed_in: httpx.AsyncClient, database_url: str, method: str, path: str, operation: JsonObject
) -> None:
    found = json_body(operation)
    if found is None:
        return
    example, schema = found
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    attacker = Attacker(signed_in, method, path)
    headers = headers_of(operation)
    before = count_rows(database_url)
    accepted: list[Json] = []
    for body in mutations(example, every=EVERY):
        if validator.is_valid(body):
            accepted.append(body)
        else:
            await attacker.send(body=encoded(body), headers=headers)
    assert count_rows(database_url) == before
    for body in accepted:
        await attacker.send(body=encoded(body), headers=headers, must_fail=False)


@every_operation
async def test_hostile_paths(signed_in: httpx.AsyncClient, method: str, path: str, operation: JsonObject) -> None:
    attacker = Attacker(signed_in, method, path)
    for value in IDS if "{" in path else ():
        name = path[path.index("{") + 1 : path.index("}")]
        schema = next(obj(each["schema"]) for each in parameters(operation, "path") if each["name"] == name)
        # what could be a symbol may be one
        must_fail = not _could_be({**schema, "components": document()["components"]}, value, value)
        target = path.replace(f"{{{name}}}", value)
        await attacker.send(
            path=target, body=honest_body(operation), headers=headers_of(operation), must_fail=must_fail
        )


@every_operation
async def test_hostile_queries(signed_in: httpx.AsyncClient, method: str, path: str, operation: JsonObject) -> None:
    attacker = Attacker(signed_in, method, path)
    target = re.sub(r"{\w+}", ABSENT, path)
    await attacker.send(path=f"{target}?unheardOf=1")
    await attacker.send(path=f"{target}?%ff=%fe")
    for number, parameter in enumerate(parameters(operation, "query"), start=len(path)):
        name = str(parameter["name"])
        schema = {**obj(parameter["schema"]), "components": document()["components"]}
        is_list = schema.get("type") == "array"
        for text in TEXTS[number % EVERY :: EVERY]:
            value: Json = [text] if is_list else text
            # what is cut off below is no longer what was judged
            must_fail = len(text) < 5_000 and not _could_be(schema, value, text)
            await attacker.send(path=f"{target}?{name}={quote(text)}"[:7_000], must_fail=must_fail)
        if not is_list:
            await attacker.send(path=f"{target}?{name}=1&{name}=1")
        for cursor in CURSORS if name == "cursor" else ():
            await attacker.send(path=f"{target}?cursor={cursor}")


def _could_be(schema: JsonObject, value: Json, text: str) -> bool:
    if jsonschema_rs.is_valid(schema, value, validate_formats=True):
        return True
    # a query knows only texts, so a text may be a number or a truth value
    try:
        return jsonschema_rs.is_valid(schema, json.loads(text))
    except ValueError:
        return False


@every_operation
async def test_hostile_headers(
    signed_in: httpx.AsyncClient, database_url: str, method: str, path: str, operation: JsonObject
) -> None:
    attacker = Attacker(signed_in, method, path)
    names = {str(p["name"]) for p in parameters(operation, "header")}
    honest, body = headers_of(operation), honest_body(operation)
    before = count_rows(database_url)
    for version in VERSIONS if "If-Match" in names else ():
        await attacker.send(headers={**honest, b"If-Match": version.encode()}, body=body)
    for key in KEYS if "Idempotency-Key" in names else ():
        await attacker.send(headers={**honest, b"Idempotency-Key": key.encode("latin-1")}, body=body)
    for token in TOKENS if operation["security"] else ():
        await attacker.send(headers={**honest, b"Authorization": token}, body=body)
    await attacker.send(headers={**honest, b"X-Much": b"x" * 40_000}, body=body)
    assert count_rows(database_url) == before
