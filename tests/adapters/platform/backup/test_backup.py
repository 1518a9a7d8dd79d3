"""What a backup promises: every row of everybody as one moment shows it, whole or not at all, in little memory."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from adapters.platform.backup.archive import Manifest
from adapters.platform.backup.dump import write_backup
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.database.metadata import metadata
from adapters.platform.migrations.run import migrate
from tests.adapters.platform.backup.conftest import Original, sums
from tests.conftest import DatabaseServer
from tests.contracts.platform.tables import load_tables
from tests.processes import until

_MOST_MIB = 16
_TWO = """
    WITH organisation AS MATERIALIZED (SELECT set_config('app.organisation_id', %(id)s, true) AS id),
        slot AS (INSERT INTO schedule_slots (entry, slot, due_at) VALUES (%(entry)s, now(), now()))
    INSERT INTO outbox (organisation_id, id, name, payload) SELECT id::uuid, id::uuid, 'x', '{}' FROM organisation
"""
_FILL = """
    INSERT INTO outbox (organisation_id, id, name, payload)
    SELECT current_setting('app.organisation_id')::uuid, gen_random_uuid(), 'x', jsonb_build_object(
        'text', (SELECT string_agg(md5((i * 1000 + j)::text), '') FROM generate_series(1, 60) j)
    ) FROM generate_series(1, 40000) i
"""
_MEASURED = """
import sys
from pathlib import Path
from adapters.platform.backup.dump import write_backup
def peak():
    return int(next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith("VmHWM")).split()[1])
before = peak()
write_backup(sys.argv[1], Path(sys.argv[2]))
print((peak() - before) // 1024)
"""


@pytest.mark.anyio
async def test_it_holds_the_rows_of_every_organisation_and_every_table(original: Original) -> None:
    load_tables()
    counted = {name: found for name, found in sums(original.url).items() if name != "alembic_version"}
    assert {table.name for table in original.manifest.tables} == counted.keys() == metadata.tables.keys()
    for table in original.manifest.tables:
        assert isinstance(found := counted[table.name], tuple)
        assert table.rows == found[0], table.name
    rows = {table.name: table.rows for table in original.manifest.tables}
    assert (rows["users"], rows["trades"], rows["imports"]) == (2, 4, 2)


@pytest.mark.anyio
async def test_it_is_a_plain_archive_for_its_owner_alone(original: Original) -> None:
    assert original.backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in original.backup.parent.iterdir()] == [original.backup.name]
    with zipfile.ZipFile(original.backup) as archive:
        assert archive.testzip() is None
        manifest = msgspec.json.decode(archive.read("manifest.json"), type=Manifest)
        assert manifest == original.manifest
        assert len(archive.read("tables/users.copy").splitlines()) == 2


@pytest.mark.anyio
async def test_two_backups_of_the_same_moment_have_the_same_digests(original: Original, tmp_path: Path) -> None:
    again = write_backup(original.url, tmp_path / "again")
    assert again.tables == original.manifest.tables


def test_what_happens_meanwhile_is_not_in_it(database_server: DatabaseServer, tmp_path: Path) -> None:
    """A row is added to every table's later part while the first is written: the backup has none of them."""
    url = database_server.create()
    stop = threading.Event()

    def keep_writing() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                # two tables in one transaction: a backup that is no snapshot has different numbers of them
                connection.execute(_TWO, {"entry": str(number), "id": f"00000000-0000-0000-0000-{number:012}"})

    writer = threading.Thread(target=keep_writing)
    writer.start()
    rows: dict[str, int] = {}
    try:
        for number in range(5):
            manifest = write_backup(url, tmp_path / str(number))
            rows = {table.name: table.rows for table in manifest.tables}
            assert rows["outbox"] == rows["schedule_slots"]
    finally:
        stop.set()
        writer.join()
        database_server.drop(url)
    assert rows["outbox"] > 0


@pytest.mark.anyio
async def test_a_file_that_is_there_stays_as_it_is(original: Original, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    place.write_text("mine")
    with pytest.raises(BackupRefused, match="is there already"):
        write_backup(original.url, place)
    assert place.read_text() == "mine"


def test_a_database_without_tables_or_a_folder_that_is_not_there_is_refused_and_leaves_nothing(
    fresh: Callable[[], str], tmp_path: Path
) -> None:
    with pytest.raises(BackupRefused, match="nothing to back up"):
        write_backup(fresh(), tmp_path / "file")
    with pytest.raises(BackupRefused, match="cannot be written: No such file"):
        write_backup(fresh(), tmp_path / "nowhere" / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def large(database_server: DatabaseServer) -> Iterator[str]:
    """A database of 80 MB that compresses badly."""
    url = database_server.create()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('app.organisation_id', gen_random_uuid()::text, true)")
        connection.execute(_FILL)
    yield url
    database_server.drop(url)


def test_large_tables_pass_through_little_memory_and_a_killed_backup_leaves_no_file(large: str, tmp_path: Path) -> None:
    place = tmp_path / "killed"
    with subprocess.Popen([sys.executable, "-c", _MEASURED, large, str(place)]) as process:
        until(lambda: any(path.stat().st_size > 0 for path in tmp_path.glob(".killed.*.part")), "the file grows")
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not place.exists()
    whole = tmp_path / "whole"
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, large, str(whole)], capture_output=True, text=True, check=True
    )
    assert whole.stat().st_size > 2 * _MOST_MIB * 1024 * 1024
    assert int(done.stdout) < _MOST_MIB


def test_a_user_from_whom_rows_are_hidden_is_refused(database_server: DatabaseServer, tmp_path: Path) -> None:
    """Somebody who may read every table, and is bound by row security, would make an empty backup."""
    url, name = database_server.create(), f"reader_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (
            "CREATE ROLE {} LOGIN PASSWORD 'reader'",
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}",
        ):
            connection.execute(sql.SQL(statement).format(role))
        reader = make_url(url).set(username=name, password="reader").render_as_string(hide_password=False)
        with pytest.raises(BackupRefused, match="hides rows of account"):
            write_backup(reader, tmp_path / "file")
    database_server.drop(url)
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_a_table_that_is_closed_to_its_owner_is_opened_by_the_next_migration(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    """A tenant table without the policy, such as a new one, is refused rather than left out."""
    url = database_server.create()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP POLICY backup ON trades")
            is_bound = connection.execute("SELECT row_security_active('trades')").fetchone()
        if is_bound == (True,):
            with pytest.raises(BackupRefused, match="hides rows of trades"):
                write_backup(url, tmp_path / "before")
        migrate(url)
        assert write_backup(url, tmp_path / "after").rows == 0
    finally:
        database_server.drop(url)


def test_the_app_role_sees_no_more_than_before_whatever_purpose_it_names(database_url: str) -> None:
    with psycopg.connect(database_url, options="-c role=tapedeck_app -c app.purpose=backup") as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
