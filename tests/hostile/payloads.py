"""Values that have broken programs before."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from copy import deepcopy

from entrypoints.http.jsons import Json

TEXTS: tuple[str, ...] = (
    "",
    " ",
    "NaN",
    "sNaN",
    "-NaN123",
    "Infinity",
    "-Infinity",
    "1e999999",
    "-1e-999999",
    "1_000",
    "\u0661\u0662",
    "\uff11",
    "0x10",
    "1,5",
    "+1",
    "1.",
    ".5",
    "-0",
    "9" * 400,
    "0." + "1" * 400,
    "\x00",
    "a\x00b",
    "\n",
    "\x1b[2J",
    "\u202eabc",
    "\ufeff",
    "\U0001f600" * 50,
    "x" * 20_000,
    "2026-01-30T09:15:00",
    "2026-02-30T09:15:00Z",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2026-01-30T09:15:00+99:99",
    "Asia/../../etc/passwd",
    "'; DROP TABLE trades; --",
    "%s%n{0}",
    "=cmd|' /C calc'!A1",
    "<script>alert(1)</script>",
    "null",
    "true",
    "[]",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
OTHERS: tuple[Json, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    2**64,
    10**30,
    [],
    [[]],
    ["x" for _ in range(2_000)],
    {},
    {"a": {"b": [1]}},
    {"__proto__": {}, "": None},
)
VALUES: tuple[Json, ...] = (*TEXTS, *OTHERS)

CURSORS: tuple[str, ...] = (
    "AAAA",
    "x",
    "0",
    "-",
    "A" * 1024,
    *(
        base64.urlsafe_b64encode(inner).rstrip(b"=").decode()
        for inner in (
            b"null",
            b"[]",
            b"{}",
            b"1",
            b'"x"',
            b'["a","b","c"]',
            b'[1,"00000000-0000-0000-0000-000000000000"]',
            b'["NaN","00000000-0000-0000-0000-000000000000"]',
            b'["\\u0000","00000000-0000-0000-0000-000000000000"]',
            b"[" * 500,
            b"\xff\xfe",
            b"2026-01-30T09:15:00Z|00000000-0000-0000-0000-000000000000",
        )
    ),
)

BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b"}",
    b"null",
    b"1",
    b'"x"',
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 5_000 + b"]" * 5_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b"[" * 100_000,
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":1e999999}',
    b'{"a":"\\ud800"}',
    b'{"\\u0000":1}',
    b'{"a":1,"a":2}',
    b"9" * 50_000,
    b'"' + b"x" * 500_000 + b'"',
    b" " * 900_000,
    b"PK\x03\x04",
    b"a,b,c\r\n1,2,3\r\n",
    b"<?xml version='1.0'?><a/>",
)

CONTENT_TYPES: tuple[str | None, ...] = (
    None,
    "",
    "text/plain",
    "application/json; charset=utf-7",
    "application/json; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/x-www-form-urlencoded",
    "application/msgpack",
    "*/*",
    "x" * 500,
)


def mutations(body: Json, *, every: int) -> Iterator[Json]:
    """Yield the body with each of its parts in turn replaced by hostile values, or joined by a stranger.

    With `every` = 4 a part meets each fourth value, the next part those after them, so that over the parts of a body
    all values are met.
    """
    for turn, path in enumerate(_paths(body)):
        for value in VALUES[turn % every :: every]:
            yield _replaced(body, path, value)
        if isinstance(_part(body, path), dict):
            yield _replaced(body, (*path, "unheardOf"), 1)
            yield _replaced(body, (*path, "organisationId"), "00000000-0000-0000-0000-000000000000")


def _paths(value: Json) -> Iterator[tuple[str | int, ...]]:
    yield ()
    if isinstance(value, dict):
        for name, part in value.items():
            yield from ((name, *rest) for rest in _paths(part))
    elif isinstance(value, list):
        for position, part in enumerate(value[:1]):
            yield from ((position, *rest) for rest in _paths(part))


def _part(value: Json, path: tuple[str | int, ...]) -> Json:
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def _replaced(body: Json, path: tuple[str | int, ...], value: Json) -> Json:
    if not path:
        return value
    changed = deepcopy(body)
    parent = _part(changed, path[:-1])
    last = path[-1]
    if isinstance(parent, dict):
        parent[str(last)] = value
    elif isinstance(parent, list) and isinstance(last, int):
        parent[last] = value
    return changed
