"""Reads JSON member by member, so that whatever a server says has a type before anybody uses it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar, cast, final

from tapedeck_client.errors import Unreadable

# Decimal alone also takes NaN, Infinity, underscores and digits of other scripts
_DECIMAL: Final = re.compile(r"-?[0-9]{1,60}(?:\.[0-9]{1,60})?", re.ASCII)
_SHOWN: Final = 60

Kind = TypeVar("Kind")


@final
class Record:
    """A JSON object. Reading a member that is missing or of another kind raises Unreadable."""

    __slots__ = ("members",)

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Unreadable(f"An object was expected, not {_shown(value)}.")
        # JSON has text for names only
        self.members: Mapping[str, object] = cast("dict[str, object]", value)

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self.members.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text."""
        return self._typed(name, str)

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return self.text(name) if self.has(name) else None

    def whole(self, name: str) -> int:
        """Return a whole number that is not negative."""
        value = self._typed(name, int)
        if isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a whole number")
        return value

    def flag(self, name: str) -> bool:
        """Return whether it is so."""
        return self._typed(name, bool)

    def decimal(self, name: str) -> Decimal:
        """Return an exact number, which the wire has as text."""
        text = self.text(name)
        if _DECIMAL.fullmatch(text) is None:
            raise self._wrong(name, "a decimal")
        return Decimal(text)

    def decimal_or_none(self, name: str) -> Decimal | None:
        """Return an exact number, or None where there is none."""
        return self.decimal(name) if self.has(name) else None

    def instant(self, name: str) -> datetime:
        """Return a moment with its offset."""
        try:
            value = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise self._wrong(name, "an instant") from error
        if value.tzinfo is None:
            raise self._wrong(name, "an instant with an offset")
        return value

    def instant_or_none(self, name: str) -> datetime | None:
        """Return a moment with its offset, or None where there is none."""
        return self.instant(name) if self.has(name) else None

    def record(self, name: str) -> Record:
        """Return the object inside."""
        return Record(self.members.get(name))

    def record_or_none(self, name: str) -> Record | None:
        """Return the object inside, or None where there is none."""
        return self.record(name) if self.has(name) else None

    def records(self, name: str) -> list[Record]:
        """Return the objects of a list."""
        return [Record(each) for each in self._list(name)]

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list."""
        found = self._list(name)
        if not all(isinstance(each, str) for each in found):
            raise self._wrong(name, "a list of texts")
        return [str(each) for each in found]

    def _list(self, name: str) -> list[object]:
        # what a list of JSON holds is looked at one by one
        return cast("list[object]", self._typed(name, list))

    def _typed(self, name: str, kind: type[Kind]) -> Kind:
        value = self.members.get(name)
        if not isinstance(value, kind):
            raise self._wrong(name, kind.__name__)
        return value

    def _wrong(self, name: str, expected: str) -> Unreadable:
        return Unreadable(f"{name} should be {expected} and is {_shown(self.members.get(name))}.")


def decoded(content: str | bytes) -> Record:
    """Return the JSON object that this is; raise Unreadable for anything else."""
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"This is no JSON: {_shown(content)}") from error
    return Record(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
