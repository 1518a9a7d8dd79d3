"""Everything on one machine: the settings and servers of `tapedeck run`, with nothing configured by anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from adapters.platform.embedded.folder import DataFolder
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.server import EmbeddedServer
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.settings import Settings, check_settings, put_setting, read_settings


@dataclass(frozen=True, slots=True)
class Local:
    """The checked settings, the servers that must run for them, and the settings as variables for child processes."""

    settings: Settings
    servers: Sequence[EmbeddedServer]
    environment: Mapping[str, str]


def local(folder: DataFolder, environment: Mapping[str, str], *, port: int | None = None) -> Local:
    """Fill in what file and environment leave open: servers of our own and a signing key; `port` wins over both."""
    known = folder.secrets()
    tree = read_settings(environment)
    sockets = socket_folder(folder.path)
    postgres = EmbeddedPostgres(folder.path / "postgres", sockets=sockets, password=known.database_password)
    valkey = EmbeddedValkey(folder.path / "valkey", sockets=sockets, password=known.redis_password)
    servers: list[EmbeddedServer] = []
    if put_setting(tree, "database", "url", postgres.url):
        servers.append(postgres)
    if put_setting(tree, "redis", "url", valkey.url):
        servers.append(valkey)
    put_setting(tree, "auth", "keys", [{"kid": "local", "secret": known.signing_key}])
    if port is not None:
        put_setting(tree, "http", "port", port, replace=True)
    settings = check_settings(tree)
    keys = [{"kid": key.kid, "secret": key.secret.reveal()} for key in settings.auth.keys]
    chosen = {
        "TAPEDECK_DATABASE__URL": settings.database.url.reveal(),
        "TAPEDECK_REDIS__URL": settings.redis.url.reveal(),
        "TAPEDECK_AUTH__KEYS": msgspec.json.encode(keys).decode(),
        "TAPEDECK_HTTP__PORT": str(settings.http.port),
    }
    return Local(settings, servers, {**environment, **chosen})
