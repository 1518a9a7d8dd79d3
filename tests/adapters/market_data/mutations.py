"""Answers of providers, changed: so that they mean the same, or so that nobody knows what they mean."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import partial
from typing import Final, cast

_SHAPED: Final = 0.8
_DROPPED: Final = 0.3
_LEAVES: Final[tuple[object, ...]] = (
    None, True, -1, 0, 10**40, 1e300, "", "x", "NaN", "\u0661", [], {}, [None], {"x": 1}, "2026-02-30", 1.5,
)  # fmt: skip
# an object whose members are named by what they are of: one more of them would mean something
_KEYED: Final = re.compile(r"^\d{4}-|^\d+$")
_NUMBER: Final = re.compile(r'"@@([^"]*)@@"')


def told_otherwise(body: bytes) -> bytes:
    """Return JSON with the members of its objects in another order and with one more; it means the same."""
    return _written(_reordered(_read(body)))


def _read(body: bytes) -> object:
    # numbers keep their text; what it is, is known when it is looked at
    return cast("object", json.loads(body, parse_float="@@{}@@".format, parse_int="@@{}@@".format))


def _written(tree: object) -> bytes:
    return _NUMBER.sub(r"\1", json.dumps(tree)).encode()


def _reordered(tree: object) -> object:
    if isinstance(tree, list):
        # its items are anything
        return [_reordered(item) for item in cast("list[object]", tree)]
    if not isinstance(tree, dict):
        return tree
    # the names of JSON are texts
    members = cast("dict[str, object]", tree)
    more: dict[str, object] = {} if any(map(_KEYED.search, members)) else {"unheardOf": [{"a": 1}]}
    return more | {name: _reordered(members[name]) for name in reversed(members)}


def mutations(body: bytes, count: int) -> Iterator[bytes]:
    """Yield so many versions of an answer with something wrong in them, always the same ones."""
    chosen = random.Random(len(body))  # noqa: S311 - nothing here is secret
    for _ in range(count):
        yield (
            _of_tree(body, chosen)
            if body[:1] in {b"{", b"["} and chosen.random() < _SHAPED
            else _of_bytes(body, chosen)
        )


def _of_bytes(body: bytes, chosen: random.Random) -> bytes:
    place = chosen.randrange(len(body))
    return (
        body[:place] + chosen.choice((b"", b"\xff", b"0", b'"', b",", b"e9999")) + body[place + chosen.randrange(3) :]
    )


def _of_tree(body: bytes, chosen: random.Random) -> bytes:
    tree = _read(body)
    change = chosen.choice(list(_changes(tree, chosen)))
    change()
    return _written(tree)


def _changes(tree: object, chosen: random.Random) -> Iterator[Callable[[], object]]:
    """Yield for each place of the tree what would drop or replace what is there."""
    if isinstance(tree, dict):
        # the names of JSON are texts
        members = cast("dict[str, object]", tree)
        for name, value in members.items():
            leaf = chosen.choice(_LEAVES)
            yield partial(members.pop, name) if chosen.random() < _DROPPED else partial(members.__setitem__, name, leaf)
            yield from _changes(value, chosen)
    elif isinstance(tree, list):
        # its items are anything
        items = cast("list[object]", tree)
        for index, item in enumerate(items):
            leaf = chosen.choice(_LEAVES)
            yield partial(items.pop, index) if chosen.random() < _DROPPED else partial(items.__setitem__, index, leaf)
            yield from _changes(item, chosen)


def decimals(found: object) -> Iterator[Decimal]:
    """Yield every number of an answer that was understood."""
    if isinstance(found, Decimal):
        yield found
    elif isinstance(found, Mapping):
        # of what they are does not matter: each is looked at
        for value in cast("Mapping[object, object]", found).values():
            yield from decimals(value)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        # nor does it matter of what these are
        for value in cast("Sequence[object]", found):
            yield from decimals(value)
    elif is_dataclass(found):
        for each in fields(found):
            yield from decimals(getattr(found, each.name))
