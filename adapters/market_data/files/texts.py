"""Reads files of a size that can be bars, plain or zipped."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

from adapters.market_data.numbers import unreadable

_MOST: Final = 256 * 1024 * 1024


def text_of(path: Path) -> str:
    """Return the text of a file, or of the first in a zipped one; raise Unknown with `unreadable` for other things."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inner = archive.infolist()
                if not inner or inner[0].file_size > _MOST:
                    raise unreadable("a zipped file is empty or far too large")
                with archive.open(inner[0]) as stream:
                    # what it says of its size need not be true
                    return stream.read(_MOST).decode("utf-8-sig")
        if path.stat().st_size > _MOST:
            raise unreadable("a file is far too large")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise unreadable("a file cannot be read") from None
