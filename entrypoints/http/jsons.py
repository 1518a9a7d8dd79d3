"""JSON as a type, for what is looked at without knowing its shape."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def children(value: Json) -> list[Json]:
    """Return the items of an array or the values of an object; nothing else has any."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []
