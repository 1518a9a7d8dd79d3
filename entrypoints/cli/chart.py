"""Charts of a line of prices: in characters, and as a picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

_ROWS: Final = 16
# braille: eight dots to a character, from the top left down, then the right column, then the bottom row
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK: Final = 0x2800
_WIDE: Final = 960
_HIGH: Final = 420
_WHITE: Final = 0
_LINE: Final = 1
_GREY: Final = 2
# the colours of a picture by their numbers: paper, line, frame
_PALETTE: Final = bytes((255, 255, 255, 24, 90, 188, 200, 200, 200))


def drawn(values: Sequence[float], first: str, last: str, *, width: int) -> list[str]:
    """Return the lines of a chart as wide as that; at least one value is needed."""
    labels = [f"{value:,.2f}" for value in (max(values), min(values))]
    margin = max(map(len, labels)) + 1
    columns = max(width - margin, 10)
    cells = [[0] * columns for _ in range(_ROWS)]
    for x, y in _points(values, columns * 2, _ROWS * 4):
        cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
    lines = ["".join(chr(_BLANK + cell) for cell in row) for row in cells]
    sides = [labels[0], *[""] * (_ROWS - 2), labels[1]]
    below = first + last.rjust(columns - len(first))
    return [f"{side:>{margin - 1}} {line}" for side, line in zip(sides, lines, strict=True)] + [" " * margin + below]


def picture(values: Sequence[float]) -> bytes:
    """Return a PNG of the chart; at least one value is needed."""
    rows = [bytearray(_WIDE) for _ in range(_HIGH)]
    for at in range(0, _HIGH, _HIGH // 4):
        rows[at][:] = bytes((_GREY,)) * _WIDE
    for x, y in _points(values, _WIDE, _HIGH):
        for near in (y, min(y + 1, _HIGH - 1)):
            rows[near][x] = _LINE
    # each row begins with the filter that it passed: none
    pixels = b"".join(b"\0" + bytes(row) for row in rows)
    # eight bits a pixel, which number a colour
    head = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _points(values: Sequence[float], wide: int, high: int) -> list[tuple[int, int]]:
    """Return the dots of a line through the values, the highest at the top."""
    top, bottom = max(values), min(values)
    scale = (high - 1) / (top - bottom) if top > bottom else 0.0
    heights = [round((top - values[x * (len(values) - 1) // max(wide - 1, 1)]) * scale) for x in range(wide)]
    points: list[tuple[int, int]] = []
    before = heights[0]
    for x, height in enumerate(heights):
        # where it is steep the line goes through all heights between
        step = 1 if height >= before else -1
        points.extend((x, y) for y in range(before, height, step))
        points.append((x, height))
        before = height
    return points
