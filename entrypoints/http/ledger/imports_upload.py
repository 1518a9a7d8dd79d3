"""Takes uploads in: the file goes to disk as it arrives, so that neither its size nor a slow client costs memory.

Only when all of it is here does the use case see it. A file of its own that nothing names vanishes with the
process, whatever happens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Final, Protocol, final

from litestar import Request
from litestar.datastructures import State
from multipart import (  # type: ignore[import-untyped]  # it has no types
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from application.ledger.imports.format_ports import Upload
from domain.ledger.imports.tradebook_import import MAX_FILE_BYTES
from entrypoints.http.errors import InvalidFields, Malformed, RequestTimeout, TooLarge, UnsupportedMediaType
from entrypoints.http.limits import BODY_TIMEOUT_S

PART: Final = "file"
_IN_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
# the frame of a multipart body around the file
_FRAME_BYTES: Final = 64 * 1024
_FORM: Final = "multipart/form-data"
RAW_TYPES: Final = (
    "text/csv",
    "application/octet-stream",
    "application/csv",
    "text/plain",
    # what browsers on Windows call a CSV
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/xml",
    "text/xml",
    "application/json",
)
_LONGEST_NAME: Final = 255
_MOST_PARTS: Final = 16
_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))', re.IGNORECASE)


@final
@dataclass(frozen=True, slots=True)
class SpooledUpload(Upload):
    """A file that has arrived, and the name that came with it."""

    file: SpooledTemporaryFile[bytes]
    name: str | None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the content from the beginning."""
        place = 0
        while piece := await asyncio.to_thread(self._read, place):
            place += len(piece)
            yield piece

    def _read(self, place: int) -> bytes:
        self.file.seek(place)
        return self.file.read(_PIECE_BYTES)


@asynccontextmanager
async def received(request: Request[object, object, State]) -> AsyncIterator[SpooledUpload]:
    """Take in the body of a request, raw or as the part `file` of a form; the file is gone after the block.

    Raises TooLarge, UnsupportedMediaType, RequestTimeout when no byte comes for a while, Malformed for a form that is
    none, InvalidFields for a form without a file.
    """
    reader = _reader_of(request)
    with SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES) as file:
        size = 0
        async for piece in _body(request, MAX_FILE_BYTES + _FRAME_BYTES):
            for content in reader.content(piece):
                size += len(content)
                if size > MAX_FILE_BYTES:
                    raise TooLarge(MAX_FILE_BYTES)
                await asyncio.to_thread(file.write, content)
        reader.finish()
        yield SpooledUpload(file, reader.name)


class _Reader(Protocol):
    name: str | None

    def content(self, piece: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


@dataclass(slots=True)
class _Raw(_Reader):
    name: str | None = None

    def content(self, piece: bytes) -> Iterator[bytes]:
        yield piece

    def finish(self) -> None:
        """A raw body ends where it ends."""


@dataclass(slots=True)
class _Form(_Reader):
    parser: PushMultipartParser
    name: str | None = None
    has_file: bool = False
    is_in_file: bool = False

    def content(self, piece: bytes) -> Iterator[bytes]:
        try:
            for event in self.parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event and self.is_in_file:
                    yield bytes(event)
        except ParserLimitReached as error:
            raise TooLarge(MAX_FILE_BYTES) from error
        except MultipartError as error:
            raise Malformed("The body is not multipart/form-data as its content type says.") from error

    def finish(self) -> None:
        try:
            self.parser.close()
        except MultipartError as error:
            raise Malformed("The form ends before its last boundary.") from error
        if not self.has_file:
            raise InvalidFields([(PART, "is missing; send the tradebook as the part `file` of the form")])

    def _begin(self, segment: MultipartSegment) -> None:
        if segment.name != PART or self.has_file:
            raise InvalidFields([((segment.name or "")[:64], "is not a part of this form; it has one part, `file`")])
        self.has_file = self.is_in_file = True
        self.name = _clean(segment.filename)


def _reader_of(request: Request[object, object, State]) -> _Reader:
    declared = request.headers.get("content-type") or ""
    encoding = request.headers.get("content-encoding") or "identity"
    if encoding.lower() != "identity":
        raise UnsupportedMediaType("identity, not compressed", encoding)
    kind = declared.partition(";")[0].strip().lower()
    if kind in RAW_TYPES:
        return _Raw()
    boundary = _BOUNDARY.search(declared)
    if kind != _FORM or boundary is None:
        raise UnsupportedMediaType(f"{', '.join(RAW_TYPES)} or {_FORM}", declared)
    try:
        return _Form(
            PushMultipartParser(
                boundary[1] or boundary[2], max_segment_size=MAX_FILE_BYTES, max_segment_count=_MOST_PARTS
            )
        )
    except MultipartError as error:
        raise Malformed("The boundary of the form is not one.") from error


async def _body(request: Request[object, object, State], limit: int) -> AsyncIterator[bytes]:
    declared = request.headers.get("content-length") or ""
    if declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge(MAX_FILE_BYTES)
    size = 0
    more = True
    while more:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                message = await request.receive()
        except TimeoutError as error:
            raise RequestTimeout(BODY_TIMEOUT_S) from error
        if message["type"] != "http.request":
            raise Malformed("The connection ended before the whole body had arrived.")
        # both are optional in ASGI, whatever the type says
        more, piece = message.get("more_body", False), message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise TooLarge(MAX_FILE_BYTES)
        if piece:
            yield piece


def _clean(name: str | None) -> str | None:
    """Return the last part of a file's name without what no line may hold."""
    if name is None:
        return None
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[:_LONGEST_NAME].strip() or None
