"""What `tapedeck doctor` promises: each planted fault is found, with what to do, and none where there is none."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import psycopg
import pytest

from adapters.platform.doctor.database import clock
from adapters.platform.doctor.examine import examine
from adapters.platform.doctor.finding import Finding, Health
from tests.conftest import DatabaseServer
from tests.entrypoints.cli.house import CLEAN, CLI, ROOT, free_port

KEYS = f'[{{"kid": "test", "secret": "{secrets.token_urlsafe(32)}"}}]'


@pytest.fixture
def sick(database_server: DatabaseServer) -> Iterator[str]:
    """A migrated database for one test to spoil."""
    url = database_server.create()
    yield url
    database_server.drop(url)


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "TAPEDECK_AUTH__KEYS": KEYS}


def _found(
    tmp_path: Path, environment: dict[str, str], is_expected: Callable[[Mapping[str, Finding]], bool]
) -> dict[str, Finding]:
    """Examine, and up to twice again: a machine that paused lets a server seem away for that long."""
    found: dict[str, Finding] = {}
    for _ in range(3):
        found = {finding.check: finding for finding in examine(tmp_path / "data", environment)}
        if is_expected(found):
            break
    return found


def _failed(found: Mapping[str, Finding]) -> set[str]:
    return {check for check, finding in found.items() if finding.health is Health.FAILED}


def test_a_sound_installation_has_nothing_failed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    found = _found(tmp_path, _environment(database_url, redis_url), lambda found: not _failed(found))
    assert _failed(found) == set()
    looked_at = {"settings", "versions", "database", "database clock", "extensions", "app role", "migrations"}
    looked_at |= {"row security", "backups", "leftovers", "disk", "redis queue", "redis cache", "redis roles"}
    assert looked_at | {"redis queue clock"} <= found.keys()
    assert found["row security"].health is Health.OK


_ORGANISATION = "SELECT set_config('app.organisation_id', gen_random_uuid()::text, true);"
_EVENT = f"""
    {_ORGANISATION} INSERT INTO outbox (organisation_id, id, name, payload, available_at, dead_at)
    SELECT current_setting('app.organisation_id')::uuid, gen_random_uuid(), 'x', '{{}}',
"""
# by the check that must find it: how bad it is, and how it is planted
FAULTS = {
    "row security": (Health.FAILED, "ALTER TABLE trades NO FORCE ROW LEVEL SECURITY"),
    "migrations": (Health.FAILED, "UPDATE alembic_version SET version_num = '0003'"),
    "backups": (Health.WARNING, "DROP POLICY backup ON trades"),
    "dead jobs": (Health.WARNING, f"{_EVENT} now(), now()"),
    "held events": (Health.WARNING, f"{_EVENT} '9999-12-31 00:00:00+00', NULL"),
}


@pytest.mark.parametrize("check", FAULTS)
def test_a_planted_fault_of_the_database_is_found_with_what_to_do(
    sick: str, redis_url: str, tmp_path: Path, check: str
) -> None:
    health, statement = FAULTS[check]
    with psycopg.connect(sick) as connection:
        connection.execute(statement.encode())
    found = _found(
        tmp_path, _environment(sick, redis_url), lambda found: check in found and found[check].health is health
    )
    assert found[check].health is health
    assert found[check].advice


def test_servers_that_are_away_hide_nothing_else(redis_url: str, database_url: str, tmp_path: Path) -> None:
    without = _found(
        tmp_path,
        _environment("postgresql://u:hush@127.0.0.1:9/d", redis_url),
        lambda found: found["redis queue"].health is Health.OK,
    )
    assert without["database"].health is Health.FAILED
    assert without["redis queue"].health is Health.OK
    away = _found(tmp_path, _environment(database_url, "redis://127.0.0.1:9/0"), lambda found: "migrations" in found)
    assert away["redis queue"].health is Health.FAILED
    assert away["migrations"].health is Health.OK
    assert "hush" not in str(without)


@pytest.mark.parametrize(
    ("before_s", "after_s", "says"),
    [(-0.01, 0.01, "within 0.1 s"), (60.0, 60.1, "60.0 s behind"), (-90.0, -89.9, "89.9 s ahead")],
)
def test_a_clock_that_goes_wrong_is_told_from_one_that_does_not(before_s: float, after_s: float, says: str) -> None:
    finding = clock("clock", before_s, after_s)
    assert says in finding.says
    assert (finding.health is Health.OK) is says.startswith("within")


def test_the_command_tells_programs_as_json_and_by_its_exit_code(
    sick: str, redis_url: str, tmp_path: Path, fresh_command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    environment = _environment(sick, redis_url)
    arguments = ("doctor", "--json", "--data-dir", str(tmp_path / "data"))
    # up to three times, as above
    tries = (fresh_command(*arguments, **environment) for _ in range(3))
    well = next(tries)
    while well.returncode != 0 and (another := next(tries, None)) is not None:
        well = another
    assert well.returncode == 0, well.stdout
    assert msgspec.json.decode(well.stdout, type=list[Finding])
    away = environment | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    ill = fresh_command("doctor", "--connections", "--data-dir", str(tmp_path / "data"), **away)
    assert ill.returncode == 1
    assert "ok        database             answers" in ill.stdout
    assert "failed    redis queue" in ill.stdout


@pytest.fixture
def fresh_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a command and returns how it went."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**CLEAN, "PYTHONPATH": str(ROOT), **settings}
        return subprocess.run([*CLI, *arguments], env=environment, capture_output=True, text=True, check=False)

    return run
