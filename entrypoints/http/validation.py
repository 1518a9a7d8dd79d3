"""Turns what Litestar and msgspec say about a bad value into one problem per field, in the wire's own names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from litestar.exceptions import HTTPException

_LONGEST_MESSAGE = 300
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_PATTERN = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)


def field_problems(error: HTTPException) -> list[tuple[str, str]]:
    """Return (field, message) for each value at fault; empty when the error is not about values."""
    extra: object = error.extra
    if not isinstance(extra, list):
        return []
    return [_problem(item) for item in _mappings(extra)]


def _mappings(items: list[object]) -> list[Mapping[object, object]]:
    return [item for item in items if isinstance(item, Mapping)]


def _problem(item: Mapping[object, object]) -> tuple[str, str]:
    message, key, source = (str(item.get(name, "")) for name in ("message", "key", "source"))
    field = key.removeprefix("data.") if source == "body" else key
    parent = "" if field == "data" else f"{field}."
    if source == "body" and message == "'data'":
        return "body", "is missing; this operation needs one"
    if (match := _UNKNOWN.fullmatch(message)) is not None:
        return f"{parent}{match[1]}"[:_LONGEST_MESSAGE], "is not a field of this operation"
    if (match := _MISSING.fullmatch(message)) is not None:
        return f"{parent}{match[1]}", "is missing"
    return ("body" if field == "data" else field)[:_LONGEST_MESSAGE], in_words(message)


def in_words(message: str) -> str:
    """Return msgspec's message for people: no regular expressions, bounded in length."""
    message = message.partition(" - at `$")[0]
    if _PATTERN.fullmatch(message) is not None:
        return "must match the pattern that the API's description gives for it"
    return message[:_LONGEST_MESSAGE]
