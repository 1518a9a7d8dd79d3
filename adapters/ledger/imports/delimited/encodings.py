"""Which encoding a file has, found while its bytes pass by once.

A byte-order mark decides. Without one the file is UTF-8 if all of it is valid UTF-8, else Windows-1252, in
which brokers' older exports come and in which every byte but five is a character.
"""

from __future__ import annotations

import codecs
from typing import final

from application.ledger.imports.format_ports import EncodingProbe
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.layout import Encoding

_UTF_8_MARK = codecs.BOM_UTF8
_UTF_16_MARKS = {codecs.BOM_UTF16_LE: Encoding.UTF_16_LE, codecs.BOM_UTF16_BE: Encoding.UTF_16_BE}
# what people upload by mistake, by the bytes it begins with
_OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive; open it and save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; open it and save the sheet as CSV",
    b"%PDF": "a PDF; ask the broker for the CSV export",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
}
REPLACEMENT = "\ufffd"


@final
class FileProbe(EncodingProbe):
    """Looks at every byte of a file, in pieces, and keeps none."""

    def __init__(self) -> None:
        self._head = b""
        self._utf_16: codecs.IncrementalDecoder | None = None
        self._utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._encoding: Encoding | None = None
        self._started = False
        self._problem: str | None = None

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        if not self._started:
            self._head += piece
            if len(self._head) < 4:  # noqa: PLR2004 - the longest mark
                return
            piece = self._start()
        self._look(piece, final=False)

    def finish(self) -> Encoding:
        """Return the encoding of the file that has passed; raise Unreadable if it is of another kind or not text."""
        self._look(b"" if self._started else self._start(), final=True)
        if self._problem is not None:
            raise Unreadable(self._problem)
        if self._encoding is not None:
            return self._encoding
        return Encoding.CP1252 if self._utf_8 is None else Encoding.UTF_8

    def _start(self) -> bytes:
        self._started = True
        for mark, kind in _OTHER_KINDS.items():
            if self._head.startswith(mark):
                self._problem = f"The file is {kind}."
        self._encoding = _UTF_16_MARKS.get(self._head[:2])
        if self._encoding is not None:
            self._utf_16 = codecs.getincrementaldecoder(self._encoding.value)()
            return self._head[2:]
        return self._head

    def _look(self, piece: bytes, *, final: bool) -> None:
        if self._utf_16 is not None:
            try:
                self._utf_16.decode(piece, final)
            except UnicodeDecodeError:
                self._problem = "The file begins like UTF-16 and is not valid UTF-16."
                self._utf_16 = None
            return
        if self._utf_8 is not None:
            try:
                self._utf_8.decode(piece, final)
            except UnicodeDecodeError:
                self._utf_8 = None


def mark_length(head: bytes) -> int:
    """Return how many bytes at the beginning are a byte-order mark."""
    if head.startswith(_UTF_8_MARK):
        return len(_UTF_8_MARK)
    return 2 if head[:2] in _UTF_16_MARKS else 0


@final
class Decoder:
    """Decodes a piece that begins at a character's first byte, and tells how many bytes any of its text takes."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    @property
    def is_lossless(self) -> bool:
        """Whether the file was found to hold characters only: what looks like a replacement then is one."""
        return self._encoding is not Encoding.CP1252

    def decode(self, data: bytes, *, final: bool) -> str:
        """Return the text of the piece, less a character that its end cuts short; five Windows bytes have none."""
        return codecs.getincrementaldecoder(self._encoding.value)(errors="replace").decode(data, final)

    def size(self, text: str) -> int:
        """Return how many bytes of the file the text takes."""
        if self._encoding is Encoding.CP1252 or (self._encoding is Encoding.UTF_8 and text.isascii()):
            return len(text)
        return len(text.encode(self._encoding.value))
