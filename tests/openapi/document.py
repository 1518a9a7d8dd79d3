"""The document of the real application, drawn without opening anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from bootstrap import build
from entrypoints.http.app import create_app
from entrypoints.http.jsons import Json, JsonObject, children
from entrypoints.http.openapi import describe
from tests.served import settings_for

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document() -> JsonObject:
    """Return the OpenAPI document."""
    nowhere = settings_for("postgresql://nobody@localhost/nothing", "redis://localhost:1")
    return describe(create_app(build(nowhere)))


def obj(value: Json) -> JsonObject:
    """Return the value, which must be an object."""
    assert isinstance(value, dict)
    return value


def arr(value: Json) -> list[Json]:
    """Return the value, which must be an array."""
    assert isinstance(value, list)
    return value


def operations() -> Iterator[tuple[str, str, JsonObject]]:
    """Yield (method, path, operation) for each operation."""
    for path, item in obj(document()["paths"]).items():
        for method, operation in obj(item).items():
            yield method, path, obj(operation)


def by_id() -> dict[str, tuple[str, str, JsonObject]]:
    """Return the operations by their id."""
    return {str(operation["operationId"]): (method, path, operation) for method, path, operation in operations()}


def resolve(reference: str) -> Json:
    """Return what a `$ref` points to."""
    found: Json = document()
    for part in reference.removeprefix("#/").split("/"):
        found = obj(found)[part]
    return found


def schemas(value: Json) -> Iterator[JsonObject]:
    """Yield every schema at or below the value, not following references."""
    if isinstance(value, dict):
        yield value
        value = {key: part for key, part in value.items() if key not in {"example", "examples", "default"}}
    for child in children(value):
        yield from schemas(child)
