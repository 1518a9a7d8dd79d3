"""Makes `.venv` from a hashed lock file: `python deploy/environment.py run` or `dev`, standard library only.

A second call finds the stamp of the first and does nothing. The packages of Tapedeck itself are not copied: a
`.pth` file points to the checkout, so no build tool is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "tapedeck.json"
LOCKS = {
    "run": CHECKOUT / "deploy" / "requirements.lock",
    "dev": CHECKOUT / "deploy" / "requirements-dev.lock",
}
# where its packages lie: the server's, and the client's that the command line uses
PACKAGES = (CHECKOUT, CHECKOUT / "clients" / "python")
_COMMAND = '#!/bin/sh\nexec "$(dirname "$0")/python" -m entrypoints.cli "$@"\n'


def main(kind: str) -> int:
    """Make the environment hold the packages of that lock; 0 when it does."""
    wanted = _wanted()
    present = _present()
    # the lock of the developers contains that of the users
    if present.get(kind) == wanted[kind] or present.get("dev") == wanted["dev"]:
        return 0
    if not _works():
        say("Creating the environment .venv ...")
        try:
            venv.create(ENVIRONMENT, clear=True, with_pip=True, symlinks=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            say(f"The environment cannot be created: {error}. On Debian and Ubuntu, install python3-venv first.")
            return 2
    STAMP.unlink(missing_ok=True)
    failure = _install(LOCKS[kind])
    if failure:
        say(f"The packages could not be installed: {failure}")
        return 2
    _link()
    STAMP.write_text(json.dumps({kind: wanted[kind]}))
    return 0


def say(text: str) -> None:
    """Tell the user; nothing is held back in a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _wanted() -> Mapping[str, str]:
    # an environment belongs to its place and its Python
    place = f"{PACKAGES} {sys.version_info[:2]}".encode()
    return {kind: hashlib.sha256(place + lock.read_bytes()).hexdigest() for kind, lock in LOCKS.items()}


def _present() -> Mapping[str, str]:
    try:
        found: Mapping[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if PYTHON.exists() else {}


def _works() -> bool:
    """Tell whether there is an environment of this very Python to install into."""
    if not PYTHON.exists():
        return False
    asked = "import pip, sys; print(*sys.version_info[:2])"
    answer = subprocess.run([str(PYTHON), "-c", asked], capture_output=True, text=True, check=False)
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _install(lock: Path) -> str | None:
    """Install the lock's packages, each checked against its hashes; return what went wrong, if anything."""
    total = len(re.findall(r"^[a-z0-9][^ ]*==", lock.read_text(), re.MULTILINE))
    say(f"Installing {total} packages (once; a minute or so) ...")
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input", "--prefer-binary"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "-r", str(lock)]
    # pip installs into this environment, whatever the caller's variables say about others
    surroundings = {name: value for name, value in os.environ.items() if name not in {"PIP_TARGET", "PIP_USER"}}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=surroundings
    ) as pip:
        words = [line.strip() for line in _progress(pip.stdout or (), total)]
    if pip.returncode == 0:
        return None
    errors = [word for word in words if word.startswith("ERROR")]
    return (errors or words or ["pip said nothing"])[-1]


def _progress(lines: Iterator[str] | tuple[()], total: int) -> Iterator[str]:
    """Hand on pip's lines, and show how far it is: in place on a terminal, else every few seconds."""
    found, shown = 0, time.monotonic()
    live = sys.stdout.isatty()
    for line in lines:
        yield line
        if line.startswith("Collecting "):
            found += 1
            if live:
                sys.stdout.write(f"\r  {found}/{total} {line.split()[1].split('==')[0]:<40.40}")
                sys.stdout.flush()
            elif time.monotonic() - shown > 5:
                shown = time.monotonic()
                say(f"  {found}/{total}")
        elif line.startswith("Installing collected"):
            if live:
                sys.stdout.write(f"\r{'':<60}\r")
            say("  downloaded; unpacking ...")


def _link() -> None:
    """Let the environment's Python find the checkout, and give it the command `tapedeck`."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([str(PYTHON), "-c", asked], capture_output=True, text=True, check=True)
    Path(answer.stdout.strip(), "tapedeck.pth").write_text("".join(f"{place}\n" for place in PACKAGES))
    command = ENVIRONMENT / "bin" / "tapedeck"
    command.write_text(_COMMAND)
    command.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
