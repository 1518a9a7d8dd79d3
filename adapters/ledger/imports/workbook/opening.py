"""Opens an upload: a workbook gives the text of its sheets, in a file of its own; any other upload is what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final, final

from adapters.ledger.imports.workbook.archive import SIGNATURE, Archive
from adapters.ledger.imports.workbook.transcript import transcribe
from application.ledger.imports.format_ports import Upload

_IN_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024


@asynccontextmanager
async def opened(upload: Upload) -> AsyncIterator[Upload]:
    """Yield what is to be read of the upload; raise Unreadable for an archive that is no workbook within limits."""
    if await _head(upload) != SIGNATURE:
        yield upload
        return
    with (
        SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES) as archive,
        SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES) as text,
    ):
        async for piece in upload.chunks():
            await asyncio.to_thread(archive.write, piece)
        await asyncio.to_thread(_transcribe, archive, text)
        yield _Text(text)


async def _head(upload: Upload) -> bytes:
    head = b""
    async for piece in upload.chunks():
        head += piece
        if len(head) >= len(SIGNATURE):
            break
    return head[: len(SIGNATURE)]


def _transcribe(archive: IO[bytes], text: IO[bytes]) -> None:
    with Archive(archive) as opened_archive:
        transcribe(opened_archive, text)


@final
@dataclass(frozen=True, slots=True)
class _Text(Upload):
    file: IO[bytes]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the text from the beginning."""
        place = 0
        while piece := await asyncio.to_thread(self._read, place):
            place += len(piece)
            yield piece

    def _read(self, place: int) -> bytes:
        self.file.seek(place)
        return self.file.read(_PIECE_BYTES)
