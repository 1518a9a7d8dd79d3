"""Examples of whole bodies, put together from the examples of their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

# JSON has no finer type that both checkers can follow through msgspec's own `dict[str, Any]`
Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]


def example_of(schema: Json, components: Mapping[str, Json]) -> Json:
    """Return a value that the schema accepts: its own example, or one composed from the parts it requires or shows.

    Raises LookupError where the schema gives nothing to show, which its author must then add.
    """
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example_of(schema[key][0], components)
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    return _composed(schema, components)


def _composed(schema: JsonObject, components: Mapping[str, Json]) -> Json:
    match schema.get("type"):
        case "object":
            properties: JsonObject = schema.get("properties", {})
            return {name: example_of(part, components) for name, part in properties.items()}
        case "array":
            items = schema.get("items")
            return [example_of(items, components)] if items and schema.get("maxItems") != 0 else []
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "null":
            return None
        case _:
            raise LookupError(f"a schema without an example: {schema}")


def references(schemas: Iterable[Json], components: Mapping[str, Json]) -> set[str]:
    """Return the names of all components that the schemas reach."""
    found: set[str] = set()
    waiting = list(schemas)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(components[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
