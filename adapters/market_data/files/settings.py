"""Where the files lie."""

from __future__ import annotations

from msgspec import Struct


class FilesSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="files"):
    """`folder` holds `1d/NASDAQ/AAPL.csv` and the like, a folder `equity` as Lean lays it out, or a folder `bhavcopy`.

    A CSV file names its columns: date, open, high, low, close, volume; so does `AAPL.parquet`, which takes the extra
    `parquet`. Beside it `AAPL.events.csv` may list date, split (such as 4:1) and dividend. Times without an offset are
    those of the exchange.
    """

    folder: str
