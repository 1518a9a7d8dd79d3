"""Cursors: where a page ended, as an opaque text that fits only the list it came from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from application.shared.pages import Page, PageRequest
from domain.shared.errors import Invalid

Row = TypeVar("Row")
_MOST_DIGITS = 100
_WRONG = "cursor is not the nextCursor of an earlier page of this list in this order; leave it out to start anew."


def encode_cursor(order: str, key: Sequence[object]) -> str:
    """Write the sort key of a page's last row."""
    text = msgspec.json.encode([order, *key])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str, order: str, *kinds: type[object]) -> list[object]:
    """Read the sort key, one value of each kind; raise Invalid for a cursor of another list or of nobody's making."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = msgspec.json.decode(text, type=list[msgspec.Raw])
        read: list[object] = [
            msgspec.json.decode(value, type=kind) for value, kind in zip(values, (str, *kinds), strict=True)
        ]
    except (binascii.Error, ValueError) as error:
        raise Invalid(_WRONG, field="cursor") from error
    found, *key = read
    if found != order or any(not _storable(value) for value in key):
        raise Invalid(_WRONG, field="cursor")
    return key


def _storable(value: object) -> bool:
    """Whether PostgreSQL can compare with the value: somebody may have made up the cursor."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return not isinstance(value, str) or "\x00" not in value


def cut(rows: Sequence[Row], page: PageRequest, order: str, key: Callable[[Row], Sequence[object]]) -> Page[Row]:
    """Make a page of up to `limit + 1` rows: the one too many tells that there is a next page."""
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return Page(shown, encode_cursor(order, key(shown[-1])) if more else None)
