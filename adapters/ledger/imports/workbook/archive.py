"""The ZIP archive that a workbook is, opened with suspicion.

Before anything is believed, the list of members is bounded by the size that the archive's end states. Of a member only
what comes out when it is inflated counts, not what the archive says of it: all that is read together is bounded, and so
is how much a byte may grow to.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Final, final

from domain.ledger.imports.errors import Unreadable

SIGNATURE: Final = b"PK\x03\x04"
MAX_INFLATED_BYTES: Final = 128 * 1024 * 1024
# sheets of numbers shrink to a tenth, of equal rows to a fiftieth
MAX_GROWTH: Final = 250
_UNSUSPICIOUS_BYTES: Final = 1024 * 1024
_MAX_LIST_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024
_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_WIDE_SIGNATURE: Final = b"PK\x06\x07"
_WIDE_LOCATOR_BYTES: Final = 20
_LONGEST_COMMENT: Final = 65_535
_ENCRYPTED: Final = 1
_BROKEN: Final = "The file is a damaged ZIP archive or Excel workbook; download or export it again."


@final
class Archive:
    """Reads members by name, in pieces, until they are more than a workbook can need."""

    def __init__(self, file: IO[bytes]) -> None:
        _check_list(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise Unreadable(_BROKEN) from error
        self._left = MAX_INFLATED_BYTES

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Tell whether there is a member of the name."""
        return name in self._zip.NameToInfo

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a member's content; raise Unreadable if it is missing, damaged, encrypted or grows too much."""
        member = self._zip.NameToInfo.get(name)
        if member is None:
            raise Unreadable(f"The workbook lacks its part {name[:100]!r}; save it again in Excel's format.")
        if member.flag_bits & _ENCRYPTED:
            raise Unreadable("The workbook is protected by a password; save it without one.")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Unreadable("The workbook is compressed in a way that Excel does not use; save it again in Excel.")
        inflated = 0
        allowed = max(_UNSUSPICIOUS_BYTES, member.compress_size * MAX_GROWTH)
        try:
            with self._zip.open(member) as content:
                while piece := content.read(_PIECE_BYTES):
                    inflated += len(piece)
                    self._left -= len(piece)
                    if self._left < 0 or inflated > allowed:
                        raise Unreadable(
                            f"The workbook's part {name[:100]!r} unpacks to more than can be read; "
                            "split it, or save the sheet as CSV."
                        )
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable(_BROKEN) from error


def _check_list(file: IO[bytes]) -> None:
    """Refuse an archive whose list of members would itself take much memory: `zipfile` reads all of it."""
    size = file.seek(0, 2)
    start = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(_END_SIGNATURE)
    if place < 0 or len(tail) - place < _END.size:
        raise Unreadable(_BROKEN)
    fields = _END.unpack_from(tail, place)
    locator = tail[max(0, place - _WIDE_LOCATOR_BYTES) : place]
    if int(fields[5]) > _MAX_LIST_BYTES or locator.startswith(_WIDE_SIGNATURE):
        raise Unreadable("The archive has more members than a workbook; unpack it and import its files one by one.")
