"""The rows of Parquet files, as texts: a number means here what it means in a CSV file, to the last digit.

DuckDB reads them, which comes with the extra `parquet`. It is asked for texts, so that decimals keep all their digits
and a float becomes the shortest number that it can stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.market_data.numbers import unreadable

_MOST_BYTES: Final = 256 * 1024 * 1024
_MOST_ROWS: Final = 5_000_000
# nothing is fetched from anywhere, and a file cannot take all of the machine
_CONFIGURED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "1",
}


def table_of(path: Path) -> tuple[list[str], Sequence[Sequence[str]]]:
    """Return the names of the columns and the rows, an empty text for null; raise Unknown with `unreadable`."""
    try:
        import duckdb  # noqa: PLC0415 - an extra, and 60 MB of code that few need
    except ImportError:
        raise unreadable("Parquet files need the package duckdb, the extra parquet of pyproject.toml") from None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise unreadable("a file is far too large")
        with duckdb.connect(":memory:", config=_CONFIGURED) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            # a folder may have letters that are a pattern elsewhere
            found = connection.execute(
                f"SELECT coalesce(columns(*)::VARCHAR, '') FROM read_parquet(?) LIMIT {_MOST_ROWS + 1}",  # noqa: S608 - a constant of ours
                [_literally(path)],
            )
            names = [column[0] for column in found.description or ()]
            rows: list[tuple[str, ...]] = found.fetchall()
    except (OSError, UnicodeDecodeError, duckdb.Error):
        raise unreadable("a file is no Parquet that can be read") from None
    if len(rows) > _MOST_ROWS:
        raise unreadable("a file is far too large")
    return names, rows


def _literally(path: Path) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
