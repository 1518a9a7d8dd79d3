"""Examples of whole bodies, put together from the examples of their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrypoints.http.jsons import Json, JsonObject, children


def example_of(schema: Json, components: Mapping[str, JsonObject]) -> Json:
    """Return a value that the schema accepts: its own example, or one composed from its parts.

    Raises LookupError where the schema gives nothing to show, which its author must then add.
    """
    if not isinstance(schema, dict) or schema.keys() <= {"description"}:
        return "anything"
    found, example = _own_example(schema)
    if found:
        return example
    if "$ref" in schema:
        return example_of(components[_name(schema)], components)
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, list):
        return example_of(options[0], components)
    if schema.get("default") is not None:
        return schema["default"]
    return _composed(schema, components)


def _own_example(schema: JsonObject) -> tuple[bool, Json]:
    for key in ("examples", "enum"):
        given = schema.get(key)
        if isinstance(given, list) and given:
            return True, given[0]
    for key in ("example", "const"):
        if key in schema:
            return True, schema[key]
    return False, None


def _composed(schema: JsonObject, components: Mapping[str, JsonObject]) -> Json:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {}
        return {name: example_of(part, components) for name, part in properties.items()}
    if kind == "array":
        items = schema.get("items")
        return [example_of(items, components)] if items else []
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    if kind == "null":
        return None
    raise LookupError(f"a schema without an example: {schema}")


def references(schemas: Iterable[Json], components: Mapping[str, JsonObject]) -> set[str]:
    """Return the names of all components that the schemas reach."""
    found: set[str] = set()
    waiting = list(schemas)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and "$ref" in part:
            name = _name(part)
            if name not in found:
                found.add(name)
                waiting.append(components[name])
        waiting += children(part)
    return found


def _name(schema: JsonObject) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
