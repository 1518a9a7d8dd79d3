"""No organisation can see, infer or touch another's things through any operation of the description.

The matrix takes every operation and every place in it that holds an id, from the description. Each is asked twice
by a stranger: with the id of somebody else's thing, and with an id that nothing has. The answers must be the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

import httpx
import pytest

from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.openapi_schemas import EXAMPLE_ID
from tests.hostile.rows import digest_rows
from tests.openapi.document import METHODS, arr, obj, operations, resolve, schemas
from tests.openapi.estates import ABSENT, KIND_OF, MARK, SHARED, Estate, build_estate, kind_of
from tests.served import Served, register_and_log_in

pytestmark = pytest.mark.anyio
# what the market says belongs to nobody, and changes by itself
OF_THE_WORLD = {"quotes", "crypto", "history", "market", "news"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation takes an id: a path or query parameter, or a field of the body."""

    location: str
    name: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One operation, and one place in it that holds an id."""

    method: str
    path: str
    operation: JsonObject
    place: Place

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.operation['operationId']}-{self.place.location}-{self.place.name}"


def places(operation: JsonObject) -> Iterator[Place]:
    """Yield every place of the operation that holds an id."""
    for parameter in map(obj, arr(operation["parameters"])):
        if parameter["in"] in {"path", "query"} and obj(parameter["schema"]).get("format") == "uuid":
            yield Place(str(parameter["in"]), str(parameter["name"]))
    for path in id_paths(example(operation)):
        yield Place("body", str(next(step for step in reversed(path) if isinstance(step, str))), path)


def example(operation: JsonObject) -> Json:
    """Return the example of the JSON body, None if there is none."""
    content = obj(obj(operation.get("requestBody", {})).get("content", {}))
    return deepcopy(obj(content["application/json"])["example"]) if "application/json" in content else None


def id_paths(value: Json) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to each id in an example; all examples of ids are the same one."""
    if value == EXAMPLE_ID:
        yield ()
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from ((name, *rest) for rest in id_paths(part))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from ((position, *rest) for rest in id_paths(part))


CELLS = [
    Cell(method, path, operation, place) for method, path, operation in operations() for place in places(operation)
]
every_cell = pytest.mark.parametrize("cell", [pytest.param(cell, id=cell.name) for cell in CELLS])


@pytest.fixture(scope="module")
async def owner(served: Served) -> AsyncIterator[Estate]:
    """An organisation that has one thing of each kind."""
    async with served.client() as client:
        client.headers.update(await register_and_log_in(client))
        yield await build_estate(client, served.app, MARK)


@pytest.fixture(scope="module")
async def stranger(served: Served, owner: Estate) -> AsyncIterator[Estate]:
    """Another organisation with things of the same kinds."""
    assert owner.ids
    async with served.client() as client:
        client.headers.update(await register_and_log_in(client))
        yield await build_estate(client, served.app, "Other")


async def ask(
    client: httpx.AsyncClient, cell: Cell, own: Mapping[str, str], identifier: str, version: str
) -> httpx.Response:
    """Send a request that is in order but for the id at the cell's place; all other ids are the asker's own."""
    target = re.sub(r"{(\w+)}", lambda match: own[kind_of(cell.operation, match[1])], cell.path)
    query = {
        str(parameter["name"]): own[kind_of(cell.operation, str(parameter["name"]))]
        for parameter in map(obj, arr(cell.operation["parameters"]))
        if parameter["in"] == "query" and parameter["required"]
    }
    body = example(cell.operation)
    for path in id_paths(example(cell.operation)):
        name = next(step for step in reversed(path) if isinstance(step, str))
        put(body, path, own[kind_of(cell.operation, name)])
    if cell.place.location == "path":
        target = cell.path.replace(f"{{{cell.place.name}}}", identifier)
    elif cell.place.location == "query":
        query[cell.place.name] = identifier
    else:
        put(body, cell.place.path, identifier)
    headers = {"If-Match": version}
    if "requestBody" in cell.operation and body is None:
        headers["Content-Type"] = "text/csv"
        return await client.request(cell.method, target, params=query, headers=headers, content=upload(cell.operation))
    if body is None:
        return await client.request(cell.method, target, params=query, headers=headers)
    return await client.request(cell.method, target, params=query, headers=headers, json=body)


async def version_of(cell: Cell, asker: Estate, owner: Estate) -> str:
    """Return the ETag of what the path leads to, so that a stale version never hides whether it is found."""
    holder = owner if cell.place.location == "path" else asker
    if "}" not in cell.path:
        return '"1"'
    resource = cell.path[: cell.path.index("}") + 1]
    response = await holder.client.get(re.sub(r"{(\w+)}", lambda match: holder.ids[KIND_OF[match[1]]], resource))
    return str(response.headers.get("etag", '"1"'))


def upload(operation: JsonObject) -> str:
    """Return the example of the body that is no JSON."""
    content = obj(obj(operation["requestBody"])["content"])
    return str(obj(content["text/csv"])["example"])


def put(body: Json, path: tuple[str | int, ...], value: str) -> None:
    """Set the value at the path."""
    for step in path[:-1]:
        body = obj(body)[step] if isinstance(step, str) else arr(body)[step]
    last = path[-1]
    if isinstance(last, str):
        obj(body)[last] = value
    else:
        arr(body)[last] = value


def normalised(response: httpx.Response, identifier: str) -> tuple[int, list[tuple[str, str]], str]:
    """Return the whole answer, with the id asked for and what differs from request to request blanked out."""
    request_id = response.headers["x-request-id"]
    text = response.text.replace(identifier, "<id>").replace(request_id, "<request>")
    text = re.sub(r'"timestamp":"[^"]*"', '"timestamp":"<now>"', text)
    headers = [
        (name, value.replace(request_id, "<request>"))
        for name, value in response.headers.items()
        if name not in {"date", "content-length", "ratelimit"}  # what is left of one's own limit depends on the clock
    ]
    return response.status_code, headers, text


def test_the_matrix_knows_every_kind_of_id() -> None:
    """A new operation whose id is of an unknown kind has to be entered, or nobody would test it."""
    unknown = {cell.name for cell in CELLS if cell.place.name not in KIND_OF}
    assert unknown == set()
    in_paths = {name for _, path, _ in operations() for name in re.findall(r"{(\w+)}", path)}
    assert in_paths - set(SHARED) == {cell.place.name for cell in CELLS if cell.place.location == "path"}
    in_bodies = {(operation["operationId"], name) for _, _, operation in operations() for name in id_fields(operation)}
    assert in_bodies == {
        (cell.operation["operationId"], cell.place.name) for cell in CELLS if cell.place.location == "body"
    }
    assert len(CELLS) > 30


def id_fields(operation: JsonObject) -> Iterator[str]:
    """Yield the names of the fields that the schema of the body calls ids, whatever its example shows."""
    waiting: list[Json] = [obj(operation.get("requestBody", {}))]
    seen: set[str] = set()
    while waiting:
        for schema in schemas(waiting.pop()):
            properties = schema.get("properties")
            for name, part in obj(properties).items() if isinstance(properties, dict) else ():
                if any(inner.get("format") == "uuid" for inner in schemas(part)):
                    yield name
            reference = str(schema.get("$ref", ""))
            if reference.startswith("#/") and reference not in seen:
                seen.add(reference)
                waiting.append(resolve(reference))


@every_cell
async def test_somebody_elses_is_as_good_as_absent(
    cell: Cell, owner: Estate, stranger: Estate, database_url: str
) -> None:
    theirs = owner.ids[kind_of(cell.operation, cell.place.name)]
    version = await version_of(cell, stranger, owner)
    before = digest_rows(database_url)
    foreign = await ask(stranger.client, cell, stranger.ids, theirs, version)
    absent = await ask(stranger.client, cell, stranger.ids, ABSENT, version)
    assert normalised(foreign, theirs) == normalised(absent, ABSENT)
    assert foreign.status_code in {200, 404, 422}, foreign.text
    assert MARK not in foreign.text
    if cell.method != "post" or foreign.is_error:
        assert digest_rows(database_url) == before


@every_cell
async def test_the_same_request_with_ones_own_id_works(cell: Cell, served: Served, owner: Estate) -> None:
    """Without this, the matrix above could be green because its requests are out of order."""
    async with served.client() as client:
        estate = owner
        if cell.method != "get":
            client.headers.update(await register_and_log_in(client))
            estate = await build_estate(client, served.app, "Own")
        version = await version_of(cell, estate, estate)
        own = estate.ids[kind_of(cell.operation, cell.place.name)]
        response = await ask(estate.client, cell, estate.ids, own, version)
    # undoing what was not committed is against its state, which only who can see it is told
    assert response.is_success or response.status_code == 409, response.text


def _needed(operation: JsonObject) -> dict[str, str]:
    """Return the query parameters without which an operation refuses, as the examples in the description have them."""
    return {
        str(parameter["name"]): str(parameter["example"])
        for parameter in map(obj, arr(operation.get("parameters", [])))
        if parameter["in"] == "query" and parameter.get("required")
    }


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        pytest.param(method, path, _needed(operation), id=str(operation["operationId"]))
        for method, path, operation in operations()
        if method == "get" and "{" not in path
    ],
)
async def test_lists_and_totals_hold_nothing_of_others(
    method: str, path: str, needed: dict[str, str], owner: Estate, stranger: Estate
) -> None:
    assert method in METHODS
    # what goes on as things happen is looked at for a second
    ending = {"seconds": "1"} if path.endswith("/events") else {}
    response = await stranger.client.get(path, params=needed | ending)
    assert response.status_code == 200, response.text
    assert MARK not in response.text
    for identifier in owner.ids.values():
        assert identifier not in response.text


async def test_what_others_do_changes_no_answer(served: Served, owner: Estate) -> None:
    """Totals, lists and cursors of one organisation are the same before and after another one grows."""
    listing = [
        path
        for method, path, operation in operations()
        if method == "get"
        and "{" not in path
        and "/api/" in path
        and not OF_THE_WORLD & set(map(str, arr(operation["tags"])))
    ]
    # asking is what it lists; that it lists one's own alone is shown in test_observed.py
    listing.remove("/api/v1/usage")
    async with served.client() as client, served.client() as other:
        client.headers.update(await register_and_log_in(client))
        await build_estate(client, served.app, "Quiet")
        before = [await client.get(path, params={"limit": 1} if "/trades" in path else {}) for path in listing]
        other.headers.update(await register_and_log_in(other))
        await build_estate(other, served.app, "Loud")
        after = [await client.get(path, params={"limit": 1} if "/trades" in path else {}) for path in listing]
    assert owner.ids
    assert [normalised(answer, ABSENT) for answer in before] == [normalised(answer, ABSENT) for answer in after]


async def test_names_that_others_use_are_free(served: Served, owner: Estate) -> None:
    """Whatever is unique is so within an organisation: the same requests work for a second one."""
    async with served.client() as client:
        client.headers.update(await register_and_log_in(client))
        estate = await build_estate(client, served.app, MARK)
    assert set(estate.ids) == set(owner.ids)
    assert not set(estate.ids.values()) & set(owner.ids.values())


async def test_a_key_of_others_replays_nothing(owner: Estate, stranger: Estate) -> None:
    """The same key, route and body from another organisation is a first request."""
    body = {"broker": "Same", "label": "Same", "currency": "INR", "timeZone": "Asia/Kolkata"}
    headers = {"Idempotency-Key": "the very same"}
    theirs = await owner.client.post("/api/v1/accounts", json=body, headers=headers)
    ours = await stranger.client.post("/api/v1/accounts", json=body, headers=headers)
    assert theirs.status_code == ours.status_code == 201, ours.text
    assert "idempotency-replayed" not in ours.headers
    assert json.loads(ours.text)["data"]["id"] != json.loads(theirs.text)["data"]["id"]
