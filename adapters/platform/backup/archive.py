"""The file of a backup: a ZIP that any tool opens, with a manifest that says what must be in it.

manifest.json          format, revision of the schema, and of each table its columns, rows and digest
tables/<name>.copy     the rows of a table, one to a line, as PostgreSQL's COPY writes text

A digest is the sum of the SHA-256 of all rows: it knows every row and how often it is there, and not their order,
which no database promises. It finds damage and careless hands; whoever forges rows can forge digests too.
"""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, Literal, final

import msgspec
from msgspec import Struct

from adapters.platform.backup.errors import BackupRefused

_MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 10_000_000
_LEVEL: Final = 3
_BUFFER: Final = 1 << 20
# what the library raises at bytes that are not as they should be
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


class TableRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds of one table."""

    name: str
    columns: tuple[str, ...]
    rows: int
    digest: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds, and of which schema."""

    format: Literal["tapedeck backup 1"]
    created_at: str
    revision: str
    server: str
    tables: tuple[TableRecord, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(table.rows for table in self.tables)


@final
class Tally:
    """Counts rows and sums their digests, in any order."""

    __slots__ = ("_sum", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: bytes) -> None:
        """Count one row."""
        self.rows += 1
        self._sum += int.from_bytes(sha256(row).digest())

    @property
    def digest(self) -> str:
        """The sum, as 64 hexadecimal digits."""
        return f"{self._sum % (1 << 256):064x}"


@final
class ArchiveWriter:
    """Takes one table after the other, then the manifest; holds no more than a buffer of it in memory."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._tables: list[TableRecord] = []

    def add_table(self, name: str, columns: tuple[str, ...], rows: Iterator[bytes]) -> None:
        """Write the rows of a table and note what they were."""
        tally = Tally()
        with self._archive.open(_member(name), "w", force_zip64=True) as member:
            waiting: list[bytes] = []
            size = 0
            for row in rows:
                tally.add(row)
                waiting.append(row)
                size += len(row)
                if size >= _BUFFER:
                    member.write(b"".join(waiting))
                    waiting.clear()
                    size = 0
            member.write(b"".join(waiting))
        self._tables.append(TableRecord(name=name, columns=columns, rows=tally.rows, digest=tally.digest))

    def finish(self, *, created_at: str, revision: str, server: str) -> Manifest:
        """Write the manifest, which makes the archive whole."""
        manifest = Manifest(
            format="tapedeck backup 1",
            created_at=created_at,
            revision=revision,
            server=server,
            tables=tuple(self._tables),
        )
        self._archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        return manifest


@contextmanager
def writing(place: Path) -> Iterator[ArchiveWriter]:
    """Write an archive beside its place, for us alone, and move it there when the block ended well.

    What is at the place already stays: then this raises BackupRefused.
    """
    if place.exists():
        raise BackupRefused(f"{place} is there already; name a file that is not.")
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        # a link, because a rename would replace what somebody else has put there meanwhile
        os.link(fresh, place)
    except FileExistsError as error:
        raise BackupRefused(f"{place} is there already; name a file that is not.") from error
    except OSError as error:
        raise BackupRefused(f"{place} cannot be written: {error.strerror or error}.") from error
    finally:
        fresh.unlink(missing_ok=True)
    _sync_folder(place.parent)


@final
class ArchiveReader:
    """An archive whose manifest is read; `check` reads all of it."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def rows(self, table: TableRecord) -> Iterator[bytes]:
        """Yield the rows of a table; raises BackupRefused where they cannot be read."""
        with _refusing(f"its table {table.name} cannot be read"), self._archive.open(_member(table.name)) as member:
            yield from member

    def check(self) -> None:
        """Read every row and compare with the manifest; raises BackupRefused, which says what is wrong."""
        wanted = {_MANIFEST, *(_member(table.name) for table in self.manifest.tables)}
        found = self._archive.namelist()
        if len(found) != len(wanted) or set(found) != wanted:
            odd = sorted(set(found) ^ wanted) or sorted(name for name in wanted if found.count(name) > 1)
            raise _refusal(f"its parts are not those of its manifest ({', '.join(odd)})")
        for table in self.manifest.tables:
            tally = Tally()
            for row in self.rows(table):
                tally.add(row)
            if tally.rows != table.rows:
                raise _refusal(f"its table {table.name} has {tally.rows} rows and should have {table.rows}")
            if tally.digest != table.digest:
                raise _refusal(f"the content of its table {table.name} is not what was backed up")


@contextmanager
def reading(place: Path) -> Iterator[ArchiveReader]:
    """Open an archive; raises BackupRefused if it is none, or cut short."""
    try:
        archive = zipfile.ZipFile(place)
    except FileNotFoundError as error:
        raise BackupRefused(f"There is no file {place}.") from error
    except _DAMAGE as error:
        raise _refusal(f"it is no whole archive ({error})") from error
    with archive:
        yield ArchiveReader(archive, _read_manifest(archive))


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        with _refusing("its manifest cannot be read"), archive.open(_MANIFEST) as member:
            content = _limited(member)
        known = msgspec.json.decode(content, type=Mapping[str, object]).get("format")
        if known != "tapedeck backup 1":
            raise _refusal(f"its format is {known!r}, which this Tapedeck does not know")
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise _refusal(f"its manifest is not one ({error})") from error


def _limited(member: IO[bytes]) -> bytes:
    content = member.read(_LARGEST_MANIFEST + 1)
    if len(content) > _LARGEST_MANIFEST:
        raise _refusal("its manifest is too large to be one")
    return content


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _refusal(f"{what} ({error})") from error


def _refusal(what: str) -> BackupRefused:
    return BackupRefused(f"The backup is damaged: {what}. Nothing was restored.")


def _member(table: str) -> str:
    return f"tables/{table}.copy"


def _sync_folder(folder: Path) -> None:
    """Let the new name outlast a power cut as well."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
