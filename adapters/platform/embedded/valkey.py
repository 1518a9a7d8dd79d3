"""Valkey from a wheel: queues and caches behind a private socket and a password, never evicting, logging to a file."""

from __future__ import annotations

import contextlib
import signal
import socket
from pathlib import Path
from typing import final
from urllib.parse import quote

from adapters.platform.embedded.binaries import valkey_server
from adapters.platform.embedded.processes import bound, give, stop_leftover
from adapters.platform.embedded.server import EmbeddedServer


@final
class EmbeddedValkey(EmbeddedServer):
    """A Valkey server in `folder`."""

    def __init__(self, folder: Path, *, sockets: Path, password: str) -> None:
        self._folder = folder
        self._socket = sockets / "valkey.sock"
        self._password = password

    @property
    def name(self) -> str:
        """Its name."""
        return "valkey"

    @property
    def stop_signal(self) -> signal.Signals:
        """A shutdown that writes its file first."""
        return signal.SIGTERM

    @property
    def url(self) -> str:
        """The URL of the server, with its password."""
        return f"unix://:{quote(self._password)}@{quote(str(self._socket))}?db=0"

    def prepare(self) -> None:
        """Write the configuration; stop what an earlier run left."""
        self._folder.mkdir(exist_ok=True)
        give(self._folder, 0o700)
        stop_leftover(self._pid_file, self._folder, self.stop_signal)
        self._socket.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": _quoted(str(self._socket)),
            "unixsocketperm": "770",
            "dir": _quoted(str(self._folder)),
            "pidfile": _quoted(str(self._pid_file)),
            "requirepass": _quoted(self._password),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        self._configuration.touch(mode=0o600)
        give(self._configuration, 0o600)
        self._configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def command(self) -> list[str]:
        """Return the command that becomes the server and dies with this process."""
        program = valkey_server(self._folder.with_name("programs"))
        return bound(
            [str(program), str(self._configuration)],
            death_signal=self.stop_signal,
            reach=(program, self._folder, self._socket.parent),
            as_server=True,
        )

    def is_ready(self) -> bool:
        """Tell whether the server answers; it does not while it still loads its file."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self._socket))
            connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line for each command
                part = connection.recv(256)
                if not part:
                    return False
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        return False

    @property
    def _configuration(self) -> Path:
        return self._folder / "valkey.conf"

    @property
    def _pid_file(self) -> Path:
        return self._folder / "valkey.pid"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
