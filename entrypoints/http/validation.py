"""Turns what Litestar and msgspec say about a bad value into one problem per field, in the wire's own names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from litestar.exceptions import HTTPException

DOES_NOT_MATCH = "must match the pattern that the API's description gives for it"
_LONGEST_MESSAGE = 300
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*?)`", re.DOTALL)
_PATTERN = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)


def field_problems(error: HTTPException) -> list[tuple[str, str]]:
    """Return (field, message) for each value at fault; empty when the error is not about values."""
    extra: object = error.extra
    if not isinstance(extra, list):
        return []
    return [_problem(item) for item in _mappings(extra)]


def problem_in_body(message: str) -> tuple[str, str]:
    """Return field and problem of what msgspec says about a body, such as ``Expected `str` - at `$.tags[0]` ``."""
    what, _, place = message.partition(" - at `$")
    return _field_problem(place.rstrip("`").lstrip("."), what)


def _mappings(items: list[object]) -> list[Mapping[object, object]]:
    return [item for item in items if isinstance(item, Mapping)]


def _problem(item: Mapping[object, object]) -> tuple[str, str]:
    return _field_problem(str(item.get("key", "")), str(item.get("message", "")))


def _field_problem(field: str, message: str) -> tuple[str, str]:
    for pattern, meaning in ((_UNKNOWN, "is not a field of this operation"), (_MISSING, "is missing")):
        if (match := pattern.match(message)) is not None:
            return (f"{field}.{match[1]}" if field else match[1])[:_LONGEST_MESSAGE], meaning
    return (field or "body")[:_LONGEST_MESSAGE], in_words(message)


def in_words(message: str) -> str:
    """Return msgspec's message for people: no regular expressions, bounded in length."""
    message = message.partition(" - at `$")[0]
    if _PATTERN.fullmatch(message) is not None:
        return DOES_NOT_MATCH
    return message[:_LONGEST_MESSAGE]
