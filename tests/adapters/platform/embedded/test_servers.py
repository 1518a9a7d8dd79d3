"""The embedded servers: in odd places, after accidents, and closed to everybody else."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import text

from adapters.platform.backup.tables import connect
from adapters.platform.database.engine import driver_url, open_blocking, open_engine, open_listener
from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.processes import server_environment
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from tests.processes import is_alive, until

PASSWORD = "not-guessed"
ODD_NAMES = ["plain", "with blanks and 'quotes'", 'Ünï "çode" %20 ; #', "d" * 150]


def _postgres(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder / "postgres", sockets=socket_folder(folder), password=PASSWORD, throwaway=True)


def _valkey(folder: Path) -> EmbeddedValkey:
    return EmbeddedValkey(folder / "valkey", sockets=socket_folder(folder), password=PASSWORD)


@pytest.fixture(params=ODD_NAMES, ids=["plain", "blanks", "unicode", "long"])
def odd_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an odd name, below one that is closed to others."""
    tmp_path.chmod(0o700)
    folder = tmp_path / str(request.param)
    folder.mkdir(mode=0o700)
    return folder


def test_postgres_keeps_its_data_over_restarts_wherever_its_folder_is(odd_folder: Path) -> None:
    modes = {parent: parent.stat().st_mode for parent in odd_folder.parents}
    for expected in (1, 2):
        server = _postgres(odd_folder)
        with running(server, odd_folder / "log"), psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
            connection.execute("INSERT INTO t VALUES (1)")
            row = connection.execute("SELECT count(*) FROM t").fetchone()
            assert row == (expected,)
    assert {parent: parent.stat().st_mode for parent in odd_folder.parents} == modes


def test_every_way_to_postgres_leads_there_wherever_its_folder_is(odd_folder: Path) -> None:
    """The pool's, and those past it: of notifications, of threads, of backups and of the doctor."""
    server = _postgres(odd_folder)

    async def ask() -> None:
        engine = open_engine(server.url)
        try:
            async with engine.connect() as pooled, await open_listener(engine.url) as listener:
                assert (await pooled.execute(text("SELECT 1"))).scalar_one() == 1
                await listener.execute("SELECT 1")
        finally:
            await engine.dispose()

    with running(server, odd_folder / "log"):
        migrate(server.url)
        asyncio.run(ask())
        for opened in (open_blocking(driver_url(server.url)), connect(server.url)):
            with opened as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)


def test_valkey_keeps_its_data_over_restarts_wherever_its_folder_is(odd_folder: Path) -> None:
    for expected in (1, 2):
        server = _valkey(odd_folder)
        with running(server, odd_folder / "log"), _client(server) as client:
            assert client.incr("n") == expected
            policy = client.config_get("maxmemory-policy")  # pyright: ignore[reportUnknownMemberType] - as below
            assert policy == {"maxmemory-policy": "noeviction"}


def test_the_application_is_no_superuser(tmp_path: Path) -> None:
    server = _postgres(tmp_path)
    with running(server, tmp_path / "log"), psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False, False)


def test_nobody_gets_in_without_the_password_or_over_the_network(tmp_path: Path) -> None:
    postgres, valkey = _postgres(tmp_path), _valkey(tmp_path)
    with running(postgres, tmp_path / "log"), running(valkey, tmp_path / "log"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.url.replace(PASSWORD, "guessed"))
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.url.replace("tapedeck:", "postgres:").replace(PASSWORD, "guessed"))
        with (
            pytest.raises(redis.AuthenticationError),
            redis.Redis(unix_socket_path=str(tmp_path / "run" / "valkey.sock")) as client,
        ):
            client.ping()  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert (tmp_path / "run").stat().st_mode & 0o007 == 0
        assert PASSWORD not in " ".join([*postgres.command(), *valkey.command()])


def test_a_server_that_an_earlier_run_left_running_is_replaced(tmp_path: Path) -> None:
    for server in (_postgres(tmp_path), _valkey(tmp_path)):
        with _left_behind(server, tmp_path) as pid, running(server, tmp_path / "log"):
            assert not is_alive(pid)
            until(server.is_ready, f"{server.name} is ready")


def test_a_pid_file_that_names_somebody_elses_process_blocks_nothing(tmp_path: Path) -> None:
    server = _postgres(tmp_path)
    with running(server, tmp_path / "log"):
        left = (tmp_path / "postgres" / "postmaster.pid").read_text().split("\n", 1)[1]
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{left}")
    os.chown(pid_file, (tmp_path / "postgres").stat().st_uid, -1)
    with running(server, tmp_path / "log"):
        assert server.is_ready()


def test_a_cluster_that_was_only_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server = _postgres(tmp_path)
    with running(server, tmp_path / "log"), psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("tapedeck",)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    server = _postgres(tmp_path)
    server.prepare()
    (tmp_path / "postgres" / "postgresql.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(CannotStart, match="shared_buffers"), running(server, tmp_path / "log"):
        pass


@contextmanager
def _left_behind(server: EmbeddedPostgres | EmbeddedValkey, folder: Path) -> Iterator[int]:
    """Start a server that does not die with its parent, as on a system where the kernel knows no such tie."""
    server.prepare()
    command = server.command()
    command[command.index("--signal") + 1] = "0"
    with (folder / "left.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=server_environment(), start_new_session=True)
    try:
        until(server.is_ready, f"{server.name} is ready")
        yield process.pid
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _client(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType] - as above


def test_the_socket_folder_of_a_long_path_is_short_private_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 150)
    folder.mkdir()
    first = socket_folder(folder)
    assert socket_folder(folder) == first
    assert first.stat().st_mode & 0o007 == 0
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(first / ".s.PGSQL.5432"))


if sys.platform == "linux" and os.geteuid() == 0:

    def test_as_root_the_servers_are_nobody_with_the_one_capability_to_pass_through_closed_folders(
        tmp_path: Path,
    ) -> None:
        server = _postgres(tmp_path)
        with running(server, tmp_path / "log"):
            pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
            facts = Path(f"/proc/{pid}/status").read_text()
        assert "Uid:\t65534\t65534\t65534\t65534" in facts
        effective = next(line for line in facts.splitlines() if line.startswith("CapEff"))
        assert int(effective.split()[1], 16) in {1 << 1, 1 << 2}
