"""Finds the database that is meant, for commands that look after it: configured, embedded and running, or embedded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.platform.embedded.folder import DataFolder, InUse
from adapters.platform.embedded.local import embedded_postgres, open_local
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.settings import database_url


@contextmanager
def reaching(data: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Give the URL of the database in the block: an embedded one that does not run is started for it.

    Raises BrokenSetting or CannotStart.
    """
    configured = database_url(environment)
    if configured is not None:
        yield configured
        return
    with ExitStack() as stack:
        try:
            local = stack.enter_context(open_local(data, environment))
        except InUse:
            url = embedded_postgres(DataFolder(data)).url
        else:
            for server in local.servers:
                if server.name == "postgres":
                    stack.enter_context(running(server, local.logs / "postgres.log"))
            url = local.settings.database.url.reveal()
        yield url


def embedded_redis_url(data: Path) -> str | None:
    """Return where the Valkey of the data folder listens, or None where nobody runs it."""
    if not data.is_dir():
        return None
    folder = DataFolder(data)
    try:
        with folder.held():
            return None
    except InUse:
        password = folder.secrets().redis_password
        return EmbeddedValkey(folder.path / "valkey", sockets=socket_folder(folder.path), password=password).url
