"""What imports need to know of files: the formats that are understood, and how they read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.layout import Encoding, Layout, Place
from domain.ledger.imports.mapping import SavedMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.shared.money import Currency


class Upload(Protocol):
    """A file that somebody sends, kept outside of memory until it is stored."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Return its content from the beginning, in pieces; may be called again."""
        ...


class EncodingProbe(Protocol):
    """Looks at a file's bytes as they pass by."""

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        ...

    def finish(self) -> Encoding:
        """Return the encoding; raise Unreadable if the file is no text."""
        ...


@dataclass(frozen=True, slots=True)
class FileHead:
    """The beginning of a file: `HEAD_BYTES` of it, or all of it if `is_whole`."""

    data: bytes
    encoding: Encoding
    is_whole: bool


HEAD_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a file that begins at a place; `is_last` if the file ends with it."""

    data: bytes
    place: Place
    is_last: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a window, at most as many as were asked for, and the place after them."""

    rows: Sequence[ReadRow]
    end: Place


@dataclass(frozen=True, slots=True)
class FileContext:
    """What holds for a file that does not say: the account's zone and its currency."""

    account_zone: ZoneInfo
    account_currency: Currency


class WholeFile(Protocol):
    """Reads a file whose rows depend on each other, and therefore at once."""

    def feed(self, piece: bytes) -> None:
        """Take in the next piece; raise Unreadable for a file that is not what it seemed, or too large."""
        ...

    def rows(self) -> Iterator[ReadRow]:
        """Return the rows of the file, once all of it is in; raise Unreadable likewise."""
        ...


class TradebookFormats(Protocol):
    """All formats that are understood."""

    def opened(self, upload: Upload) -> AbstractAsyncContextManager[Upload]:
        """Return what is to be read of a file: the text of a workbook, or else the file; raise Unreadable."""
        ...

    def probe(self) -> EncodingProbe:
        """Return a probe for one file."""
        ...

    def recognise(self, head: FileHead, wanted: str | None, mappings: Sequence[SavedMapping]) -> Reading | Layout:
        """Return how to read the file, or only its layout if no format and not exactly one of the mappings fits.

        With `wanted` only that format is tried. Raises Invalid for an unknown format, Unreadable for a file that
        is not of the wanted one or in which no header can be found.
        """
        ...

    def read(self, reading: Reading, window: Window, account_zone: ZoneInfo, limit: int) -> Batch:
        """Return the next rows; a window as long as `HEAD_BYTES` always brings the place forward."""
        ...

    def whole(self, reading: Reading, context: FileContext) -> WholeFile | None:
        """Return what reads the file at once, None for one that is read in windows."""
        ...
