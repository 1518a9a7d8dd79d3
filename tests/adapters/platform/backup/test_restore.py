"""What a restore promises: the same rows, proven; nothing by halves; and a copy that does nothing by itself."""

from __future__ import annotations

import random
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import final

import msgspec
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.market_data.calendars.trading_sessions import packaged_sessions
from adapters.platform.backup.archive import reading
from adapters.platform.backup.dump import write_backup
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.backup.hold import release
from adapters.platform.backup.restore import restore_backup
from adapters.platform.database.engine import open_engine
from adapters.platform.jobs.relay import Doorbell, Relay, Ring
from adapters.platform.migrations.run import migrate
from adapters.platform.timetable import Timetable
from application.shared.chores import Chore
from application.shared.ports import Clock
from application.shared.schedules import SCHEDULES, CatchUp
from bootstrap import build
from entrypoints.http.app import create_app
from tests.adapters.platform.backup.conftest import ODD, SCHEDULED, Original, sums
from tests.conftest import DatabaseServer
from tests.profiles import is_deep
from tests.served import Served, settings_for

pytestmark = pytest.mark.anyio

# what a restore changes on purpose, after it has compared
CALMED = {"outbox", "sessions", "schedule_slots"}
# per trader: two trades, an account and an import
WAITING = 8
FLIPS = 2_000 if is_deep() else 40


@final
class Bell(Doorbell):
    """Remembers what it was rung for."""

    def __init__(self) -> None:
        self.rung: list[Ring] = []

    def ring(self, fresh: Sequence[Ring], again: Sequence[Ring]) -> None:
        """Remember."""
        self.rung += [*fresh, *again]


@final
class Stopped(Clock):
    """A clock that shows one time."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return that time."""
        return self._at


@final
class Counting(Chore):
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> int:
        """Count."""
        self.calls += 1
        return 0


@dataclass(frozen=True, slots=True)
class Copy:
    """A restored database, when it was restored, a pool of connections to it, and what it held at first."""

    url: str
    at: datetime
    engine: AsyncEngine
    held: Mapping[str, object]


@asynccontextmanager
async def _restored(server: DatabaseServer, original: Original) -> AsyncIterator[Copy]:
    url = server.create(migrated=False)
    restore_backup(url, original.backup, verify=True, hold=True)
    at = datetime.now(UTC)
    engine = open_engine(url, pool_size=3)
    yield Copy(url, at, engine, sums(url))
    await engine.dispose()
    server.drop(url)


@pytest.fixture(scope="module")
async def copy(database_server: DatabaseServer, original: Original) -> AsyncIterator[Copy]:
    """A copy for all tests that leave what was held as it is."""
    async with _restored(database_server, original) as copy:
        yield copy


async def test_every_table_is_equal_but_what_puts_the_copy_to_rest(original: Original, copy: Copy) -> None:
    before = sums(original.url)
    assert {name for name in before if before[name] != copy.held[name]} == CALMED
    assert before.keys() == copy.held.keys()


async def test_row_security_binds_owners_again(copy: Copy) -> None:
    with psycopg.connect(copy.url) as connection:
        bound = "SELECT relforcerowsecurity, count(*) > 0 FROM pg_class WHERE relrowsecurity GROUP BY 1"
        assert connection.execute(bound).fetchall() == [(True, True)]


@pytest.mark.parametrize("discard", [False, True], ids=["released", "discarded"])
async def test_what_waited_is_held_until_an_operator_says_what_becomes_of_it(
    database_server: DatabaseServer, original: Original, *, discard: bool
) -> None:
    async with _restored(database_server, original) as copy:
        relay = Relay(copy.engine, Bell())
        assert await relay.ring_ready() == 0
        assert release(copy.url, discard=discard) == WAITING
        assert await relay.ring_ready() == (0 if discard else WAITING)
        assert release(copy.url, discard=discard) == 0


async def test_nothing_is_held_where_the_operator_says_so_at_once(original: Original, fresh: Callable[[], str]) -> None:
    url = fresh()
    assert restore_backup(url, original.backup, verify=True, hold=False).calmed.events == 0
    engine = open_engine(url, pool_size=1)
    try:
        assert await Relay(engine, Bell()).ring_ready() == WAITING
    finally:
        await engine.dispose()


async def test_schedules_do_not_catch_up(copy: Copy) -> None:
    """The entry's last slot is months ago, and it is one that catches up."""
    [schedule] = [each for each in SCHEDULES if each.name == SCHEDULED]
    assert schedule.catch_up is CatchUp.LATEST
    chore = Counting()
    assert await Timetable(copy.engine, Stopped(copy.at), packaged_sessions()).do(schedule, chore)
    assert chore.calls == 0


async def test_sessions_end_and_people_sign_in_again(original: Original, copy: Copy, redis_url: str) -> None:
    """The token of before is refused, although it is signed with the key that still counts."""
    app = build(settings_for(copy.url, redis_url))
    api = create_app(app)
    async with api.lifespan(), Served(app, api).client() as client:
        assert (await client.get("/api/v1/accounts", headers=original.token)).status_code == 401
        with psycopg.connect(copy.url, options="-c app.purpose=backup") as connection:
            [(email,)] = connection.execute("SELECT email FROM users ORDER BY id LIMIT 1").fetchall()
        person = {"email": email, "password": "violet kettle runs north"}
        token = (await client.post("/api/v1/auth/login", json=person)).json()["data"]["accessToken"]
        accounts = await client.get("/api/v1/accounts", headers={"Authorization": f"Bearer {token}"})
        assert [account["label"] for account in accounts.json()["data"]] == [ODD]


async def test_a_backup_of_an_older_schema_is_migrated(fresh: Callable[[], str], tmp_path: Path) -> None:
    old, new = fresh(), fresh()
    migrate(old, "0011")
    with psycopg.connect(old) as connection:
        connection.execute("SELECT set_config('app.organisation_id', gen_random_uuid()::text, true)")
        connection.execute(
            "INSERT INTO outbox (organisation_id, id, name, payload)"
            " SELECT current_setting('app.organisation_id')::uuid, gen_random_uuid(), 'x', '{}'"
        )
    write_backup(old, tmp_path / "old")
    done = restore_backup(new, tmp_path / "old", verify=True, hold=True)
    assert (done.manifest.revision, done.calmed.events) == ("0011", 1)
    migrate(old)
    with psycopg.connect(old) as a, psycopg.connect(new) as b:
        at = "SELECT version_num FROM alembic_version"
        assert a.execute(at).fetchone() == b.execute(at).fetchone()
    assert release(new, discard=False) == 1


async def test_a_backup_of_a_newer_version_is_refused(
    original: Original, fresh: Callable[[], str], tmp_path: Path
) -> None:
    newer = _rewritten(original.backup, tmp_path / "newer", revision="9999")
    with pytest.raises(BackupRefused, match="migration 9999 and this Tapedeck knows those up to"):
        restore_backup(fresh(), newer, verify=True, hold=True)


async def test_a_database_with_rows_is_refused_also_where_row_security_hides_them(
    original: Original, copy: Copy
) -> None:
    before = sums(copy.url)
    with pytest.raises(BackupRefused, match="is not empty"):
        restore_backup(copy.url, original.backup, verify=True, hold=True)
    assert sums(copy.url) == before


async def test_somebody_elses_database_is_refused(original: Original, fresh: Callable[[], str]) -> None:
    url = fresh()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE theirs (id int)")
    with pytest.raises(BackupRefused, match="has a table theirs"):
        restore_backup(url, original.backup, verify=True, hold=True)


async def test_an_archive_cut_short_anywhere_is_refused(
    original: Original, fresh: Callable[[], str], tmp_path: Path
) -> None:
    content, url = original.backup.read_bytes(), fresh()
    for share in (0, 1, 10, 50, 90, 99):
        cut = tmp_path / f"cut{share}"
        cut.write_bytes(content[: len(content) * share // 100])
        with pytest.raises(BackupRefused, match="damaged"):
            restore_backup(url, cut, verify=True, hold=True)
    assert "trades" not in sums(url)


async def test_any_changed_byte_is_refused_or_harmless(original: Original, tmp_path: Path) -> None:
    """A byte changed at random: either the archive is refused, or all it tells is what was backed up."""
    chance, content = random.Random(4), original.backup.read_bytes()  # noqa: S311 - picks bytes, guards nothing
    refused = 0
    for _ in range(FLIPS):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        place = tmp_path / "flipped"
        place.write_bytes(flipped)
        try:
            with reading(place) as archive:
                archive.check()
                assert archive.manifest.tables == original.manifest.tables
                assert archive.manifest.revision == original.manifest.revision
        except BackupRefused:
            refused += 1
    assert refused > FLIPS / 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"drop": "tables/trades.copy"}, "tables/trades.copy"),
        ({"add": "tables/planted.copy"}, "tables/planted.copy"),
        ({"edit": "tables/users.copy"}, "content of its table users"),
        ({"empty": "tables/users.copy"}, "table users has 0 rows and should have 2"),
        ({"drop": "manifest.json"}, "manifest"),
        ({"format": "tapedeck backup 2"}, "tapedeck backup 2"),
    ],
    ids=["part missing", "part added", "row edited", "rows missing", "no manifest", "format unknown"],
)
async def test_an_archive_that_was_tampered_with_is_refused_with_what_is_wrong(
    original: Original, fresh: Callable[[], str], tmp_path: Path, change: dict[str, str], said: str
) -> None:
    place = _rewritten(original.backup, tmp_path / "tampered", **change)
    with pytest.raises(BackupRefused, match=said):
        restore_backup(fresh(), place, verify=True, hold=True)


async def test_a_restore_that_fails_leaves_the_database_empty_and_can_be_repeated(
    original: Original, fresh: Callable[[], str], tmp_path: Path
) -> None:
    """A row refers to one that is not there: its digest was forged, and PostgreSQL notices."""
    place = _forged(original.backup, tmp_path / "forged")
    url = fresh()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        restore_backup(url, place, verify=True, hold=True)
    assert all(isinstance(found, tuple) and found[0] in {0, 1} for found in sums(url).values())
    assert restore_backup(url, original.backup, verify=True, hold=True).is_verified


def _rewritten(source: Path, target: Path, **change: str) -> Path:
    """Copy an archive with whole checksums and one change."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                told = {key: value for key, value in change.items() if key in {"revision", "format"}}
                content = msgspec.json.encode(msgspec.json.decode(content) | told)
            if name == change.get("drop"):
                continue
            if name == change.get("edit"):
                content = content.replace(b"trader-", b"robber-", 1)
            new.writestr(name, b"" if name == change.get("empty") else content)
        if "add" in change:
            new.writestr(change["add"], b"")
    return target


def _forged(source: Path, target: Path) -> Path:
    """Leave out all organisations, and say in the manifest that there were none."""
    nothing = {"rows": 0, "digest": "0" * 64}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "tables/users.copy":
                content = b""
            if name == "manifest.json":
                told = msgspec.json.decode(content)
                told["tables"] = [each | nothing if each["name"] == "users" else each for each in told["tables"]]
                content = msgspec.json.encode(told)
            new.writestr(name, content)
    return target
