"""Starts servers so that they die with us, as a user they accept, and finds those that an earlier run left behind."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.exec_as import UNREACHABLE

_WRAPPER = Path(__file__).with_name("exec_as.py")
_POLL_S = 0.02
_COMPLAINTS = ("FATAL", "PANIC", "ERROR", "error:", "invalid value", "No space left", "Permission denied")
_LEVEL = re.compile(r"^.*(FATAL|PANIC|ERROR|error): *")
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\]|\d+:\w \d+ \w+ \d+ [\d:.]+ .) *")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user servers run as when we are root, because PostgreSQL refuses to be root."""

    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """Return `nobody` when this process is root, else None: servers then run as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise CannotStart(
            "PostgreSQL does not run as root, and this system has no user `nobody` to run it as; "
            "start Tapedeck as an ordinary user, or set DATABASE_URL."
        ) from error
    return ServerUser(entry.pw_uid, entry.pw_gid)


def give(path: Path, mode: int) -> None:
    """Set the mode of a file or folder of ours and, when we are root, give it to the servers' user."""
    user = server_user()
    if user is not None:
        # our own group stays, so that a root without capabilities still gets at the sockets
        os.chown(path, user.uid, os.getegid())
    path.chmod(mode)


def refuse_foreign(folder: Path) -> None:
    """Raise CannotStart if the folder belongs to another user than the one its server would run as."""
    user = server_user()
    expected = user.uid if user else os.geteuid()
    owner = folder.stat().st_uid
    if owner != expected:
        raise CannotStart(
            f"{folder} belongs to user {owner} and the server would run as user {expected}; "
            "start Tapedeck as the user who first did, or choose another --data-dir."
        )


def bound(
    command: Sequence[str], *, death_signal: signal.Signals, reach: Sequence[Path] = (), as_server: bool = False
) -> list[str]:
    """Return the command wrapped so that the kernel signals it when this process dies.

    With `as_server` it runs as the servers' user, which must be able to reach the paths. The process that starts
    the result must be this one, and the thread that starts it must live as long as it.
    """
    user = server_user() if as_server else None
    wrapped = [
        sys.executable,
        "-I",
        "-S",
        str(_WRAPPER),
        "--parent",
        str(os.getpid()),
        "--signal",
        str(int(death_signal)),
    ]
    if user is not None:
        wrapped += ["--user", str(user.uid), "--group", str(user.gid)]
        wrapped += [f"--reach={path}" for path in reach]
    return [*wrapped, "--", *command]


def server_environment() -> dict[str, str]:
    """Return what a server may know of our environment: nothing but the search path."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def is_reachable(program: Path) -> bool:
    """Tell whether the servers' user can start the program where it lies."""
    command = bound([str(program), "--version"], death_signal=signal.SIGKILL, reach=[program], as_server=True)
    return subprocess.run(command, capture_output=True, env=server_environment(), check=False).returncode != UNREACHABLE


def run_to_end(command: Sequence[str], *, folder: Path, text: str = "") -> None:
    """Run a command of the servers' user to its end; raise CannotStart with its last words if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=server_environment(),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        check=False,
    )
    if done.returncode == UNREACHABLE:
        raise CannotStart(
            f"PostgreSQL does not run as root, and the user it runs as instead {done.stdout.strip()}. Choose a "
            "--data-dir below folders that everybody may pass through, or start Tapedeck as an ordinary user."
        )
    if done.returncode != 0:
        raise CannotStart(f"Preparing the database failed: {last_words(done.stdout)}")


def last_words(output: str) -> str:
    """Return the line of a failed server's output that says why: the first complaint, else the last line."""
    lines = [_STAMP.sub("", line.strip()) for line in output.splitlines() if line.strip()]
    complaints = [line for line in lines if any(word in line for word in _COMPLAINTS)]
    said = complaints[0] if complaints else (lines or ["it said nothing"])[-1]
    return _LEVEL.sub("", said)


def stop_leftover(pid_file: Path, folder: Path, stop_signal: signal.Signals, *, patience_s: float = 10) -> None:
    """Stop the server that an earlier run left working in `folder`, if there is one; return when it is gone."""
    pid = _read_pid(pid_file)
    if pid is None or not _works_in(pid, folder):
        return
    for attempt in (stop_signal, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, attempt)
        except ProcessLookupError:
            return
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if not _works_in(pid, folder):
                return
            time.sleep(_POLL_S)
    raise CannotStart(f"Process {pid} still works in {folder} and does not stop; end it and start again.")


def _read_pid(pid_file: Path) -> int | None:
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid > 1 else None


def _works_in(pid: int, folder: Path) -> bool:
    """Tell whether the process lives and is ours: both servers make their data folder their working folder."""
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607 - found by the search path wherever the system keeps it
    return str(folder) in listed.stdout
