"""Everything on one machine: the settings and servers of `tapedeck run`, with nothing configured by anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

import msgspec

from adapters.platform.embedded.folder import DataFolder
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.processes import bound, last_words, server_environment
from adapters.platform.embedded.server import EmbeddedServer
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.settings import Settings, Tree, check_settings, has_settings, put_setting, read_settings
from adapters.platform.telemetry.shared_values import clear_values


@dataclass(frozen=True, slots=True)
class Local:
    """The checked settings, the servers that must run for them, and what child processes are told of them."""

    data: Path
    settings: Settings
    servers: Sequence[EmbeddedServer]
    environment: Mapping[str, str]
    demo_password: str

    @property
    def logs(self) -> Path:
        """Where each process's output goes."""
        return self.data / "logs"

    @property
    def server_environment(self) -> Mapping[str, str]:
        """What the servers are told: none of our secrets."""
        return server_environment()

    def why_server_ended(self, output: str) -> str:
        """Return the line of a server's output that says why it ended."""
        return last_words(output)

    def bound(self, command: Sequence[str]) -> list[str]:
        """Return the command wrapped so that it does not outlive this process, however this one ends."""
        return bound(command, death_signal=Signals.SIGKILL)


@contextmanager
def open_local(data: Path, environment: Mapping[str, str], *, port: int | None = None) -> Iterator[Local]:
    """Own the data folder and fill in what file and environment leave open: servers of our own, a signing key.

    `port` wins over both. Raises BrokenSetting, or CannotStart if the folder is in use or cannot be used.
    """
    tree = read_settings(environment)
    folder = DataFolder(data)
    with folder.held():
        yield _fill(tree, folder, environment, port)


def embedded_postgres(folder: DataFolder) -> EmbeddedPostgres:
    """Return the PostgreSQL of this data folder, whether or not it runs."""
    password = folder.secrets().database_password
    return EmbeddedPostgres(folder.path / "postgres", sockets=socket_folder(folder.path), password=password)


def _fill(tree: Tree, folder: DataFolder, environment: Mapping[str, str], port: int | None) -> Local:
    known = folder.secrets()
    sockets = socket_folder(folder.path)
    postgres = embedded_postgres(folder)
    valkey = EmbeddedValkey(folder.path / "valkey", sockets=sockets, password=known.redis_password)
    servers: list[EmbeddedServer] = []
    if put_setting(tree, "database", "url", postgres.url):
        servers.append(postgres)
    # with a server of somebody else's for each role there is nothing left for ours to do
    if not has_settings(tree, "redis", "cache", "queue") and put_setting(tree, "redis", "url", valkey.url):
        servers.append(valkey)
    put_setting(tree, "auth", "keys", [{"kid": "local", "secret": known.signing_key}])
    if port is not None:
        put_setting(tree, "http", "port", port, replace=True)
    # the folder is ours alone, so whatever is counted in it is left over from an earlier run
    metrics = folder.path / "metrics"
    if put_setting(tree, "telemetry", "metrics_dir", str(metrics)):
        clear_values(metrics)
    settings = check_settings(tree)
    keys = [{"kid": key.kid, "secret": key.secret.reveal()} for key in settings.auth.keys]
    chosen = {
        "TAPEDECK_DATABASE__URL": settings.database.url.reveal(),
        "TAPEDECK_REDIS__CACHE": settings.redis.cache_url.reveal(),
        "TAPEDECK_REDIS__QUEUE": settings.redis.queue_url.reveal(),
        "TAPEDECK_AUTH__KEYS": msgspec.json.encode(keys).decode(),
        "TAPEDECK_HTTP__PORT": str(settings.http.port),
        "TAPEDECK_TELEMETRY__METRICS_DIR": settings.telemetry.metrics_dir or "",
    }
    return Local(folder.path, settings, servers, {**environment, **chosen}, known.demo_password)
