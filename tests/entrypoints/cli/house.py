"""`tapedeck run` and the other commands as a user starts them, for the suites about them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.processes import PATIENCE_S, Talker, talking, until

ROOT = Path(__file__).parents[3]
CLI = [sys.executable, "-m", "entrypoints.cli"]
# of workers there are two
PROCESSES = ["api", "ingest", "postgres", "scheduler", "valkey", "worker", "worker"]
PERSON = {"email": "asha@example.com", "password": "violet kettle runs north"}
# what a developer's shell may hold must not reach the product under test
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("TAPEDECK_", "DATABASE_", "REDIS_"))}


class House:
    """A running `tapedeck run`."""

    def __init__(self, talker: Talker, port: int) -> None:
        self.talker = talker
        self.url = f"http://127.0.0.1:{port}"

    def children(self) -> dict[int, str]:
        """The names of all supervised processes, as soon as each of them runs.

        A single look may miss one: while another ends, the kernel's list is not exact.
        """
        found: dict[int, str] = {}

        def are_all_there() -> bool:
            found.clear()
            found.update(self._look())
            return sorted(found.values()) == PROCESSES

        until(are_all_there, f"each of {PROCESSES} runs")
        return found

    def _look(self) -> dict[int, str]:
        pid = self.talker.process.pid
        found: dict[int, str] = {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end between the list and the look
                program = Path(f"/proc/{child}/exe").readlink().name.removesuffix("-server")
                words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
                found.update({int(child): name for name in (program, *words[1:4]) if name in PROCESSES})
        return found

    def is_ready(self) -> bool:
        """Whether the API serves."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def house(data: Path, port: int, demo: str = "--no-demo") -> Iterator[House]:
    command = [*CLI, "run", demo, "--data-dir", str(data), "--port", str(port)]
    environment = {**CLEAN, "PYTHONPATH": str(ROOT)}
    with talking(command, environment=environment) as talker:
        talker.read_until("Ctrl-C stops everything")
        yield House(talker, port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fails(*arguments: str, **settings: str) -> str:
    """Run a command that must fail: exit code 2 and one line on stderr, which is returned."""
    environment = {**CLEAN, "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(
        [*CLI, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("tapedeck: ")
    return done.stderr
