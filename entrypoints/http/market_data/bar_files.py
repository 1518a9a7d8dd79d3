"""Histories as files: CSV, or Parquet, whose decimals have all their digits.

DuckDB writes Parquet, which comes with the extra `parquet`. Both files are read back as they are by the provider
`files`.
"""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from domain.market_data.bar import BarSeries
from domain.shared.errors import Invalid
from domain.shared.money import plain

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
COLUMNS: Final = ("start", "open", "high", "low", "close", "volume")
# as many digits as anything here has
_NUMBER: Final = "DECIMAL(38, 18)"
_CONFIGURED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "1",
}


class FileFormat(StrEnum):
    """What a file is."""

    CSV = "csv"
    PARQUET = "parquet"


async def written(series: BarSeries, file_format: FileFormat) -> bytes:
    """Return the file; raise Invalid for Parquet where the extra is not installed."""
    if file_format is FileFormat.CSV:
        return _csv(series)
    return await asyncio.to_thread(_parquet, series)


def _csv(series: BarSeries) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows((_instant(bar.start), *map(plain, bar[1:])) for bar in series.bars)
    return text.getvalue().encode()


def _parquet(series: BarSeries) -> bytes:
    try:
        import duckdb  # noqa: PLC0415 - an extra, and 60 MB of code that few need
    except ImportError:
        raise Invalid(
            "This server writes no Parquet: it was installed without the package duckdb (the extra parquet).",
            field="format",
        ) from None
    starts = [_instant(bar.start) for bar in series.bars]
    numbers = [[plain(number) for number in column] for column in zip(*(bar[1:] for bar in series.bars), strict=True)]
    numbers = numbers or [[] for _ in COLUMNS[1:]]
    columns = ", ".join(f"unnest(?::VARCHAR[])::{_NUMBER} AS {name}" for name in COLUMNS[1:])
    with tempfile.TemporaryDirectory(prefix="tapedeck-") as folder:
        path = Path(folder, "bars.parquet")
        with duckdb.connect(":memory:", config=_CONFIGURED) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"CREATE TABLE bars AS SELECT unnest(?::VARCHAR[])::TIMESTAMPTZ AS start, {columns}",
                [starts, *numbers],
            )
            connection.execute(
                f"COPY bars TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {_told(series)})"
            )
        return path.read_bytes()


def _told(series: BarSeries) -> str:
    """Write what is true of all bars, which a Parquet file carries beside them."""
    said: Mapping[str, str] = {
        "symbol": str(series.ticker),
        "interval": series.interval.value,
        "adjustment": series.adjustment.value,
        "currency": series.currency.code,
        "provider": series.provenance.provider,
        "simulated": str(series.provenance.simulated).lower(),
    }
    return "{" + ", ".join(f"{name}: {_quoted(text)}" for name, text in said.items()) + "}"


def _instant(start: datetime) -> str:
    return start.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
