"""Starts embedded servers for a block of code and stops them at its end: what the tests and one-off commands need.

`tapedeck run` keeps them under its supervisor instead, which also restarts them.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.processes import last_words, server_environment
from adapters.platform.embedded.server import EmbeddedServer

_PATIENCE_S = 60
_POLL_S = 0.01


@contextmanager
def running(server: EmbeddedServer, log: Path) -> Iterator[None]:
    """Start the server, wait until it answers, and stop it at the end of the block."""
    server.prepare()
    with log.open("wb") as output:
        process = subprocess.Popen(
            server.command(), stdout=output, stderr=output, env=server_environment(), start_new_session=True
        )
    try:
        _await_ready(server, process, log)
        yield
    finally:
        process.send_signal(server.stop_signal)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(server: EmbeddedServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not server.is_ready():
        if process.poll() is not None:
            raise CannotStart(f"{server.name} does not start: {last_words(log.read_text(errors='replace'))}")
        if time.monotonic() > end:
            raise CannotStart(f"{server.name} does not answer within {_PATIENCE_S} s; see {log}.")
        time.sleep(_POLL_S)
