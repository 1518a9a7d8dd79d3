"""A Valkey that a test ends, starts again, and starves."""

from __future__ import annotations

import secrets
import signal
import subprocess
from pathlib import Path

import redis

from adapters.platform.embedded.processes import server_environment
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from tests.processes import PATIENCE_S, until


class Server:
    """A Valkey that logs to its file, and that a test stops, kills, freezes and starts again."""

    def __init__(self, folder: Path) -> None:
        self._valkey = EmbeddedValkey(
            folder / "valkey", sockets=socket_folder(folder), password=secrets.token_urlsafe()
        )
        self._log = folder / "valkey.log"
        self.url = self._valkey.url
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has read its file."""
        self._valkey.prepare()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._valkey.command(), stdout=log, stderr=log, env=server_environment(), start_new_session=True
            )
        until(self._valkey.is_ready, "the server answers")

    def end(self, number: signal.Signals) -> None:
        """Signal it, and wait for its end."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)


def limit_memory(client: redis.Redis, size: int) -> None:
    """Let the server hold so many bytes; 0 is any number."""
    client.config_set("maxmemory", size)  # pyright: ignore[reportUnknownMemberType] - its options have no types
