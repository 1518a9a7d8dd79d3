"""Where the servers' sockets lie: a private folder, short enough for the 107 bytes a socket's path may have."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.processes import give, server_user

_LONGEST = 107 - len("/.s.PGSQL.5432")


def socket_folder(data: Path) -> Path:
    """Return a folder that only we and the servers may enter: inside the data folder if its path is short.

    Otherwise it is a fresh temporary folder, and the data folder remembers which.
    """
    inside = data / "run"
    if _fits(inside):
        inside.mkdir(exist_ok=True)
        give(inside, 0o770 if server_user() else 0o700)
        return inside
    memory = data / "run.path"
    if memory.exists():
        known = Path(memory.read_text())
        if _is_private(known):
            return known
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it private
        if parent and Path(parent).is_dir() and os.access(parent, os.W_OK) and _fits(Path(parent, "tapedeck-12345678")):
            made = Path(tempfile.mkdtemp(prefix="tapedeck-", dir=parent))
            give(made, 0o770 if server_user() else 0o700)
            memory.write_text(str(made))
            return made
    raise CannotStart(
        f"The path {data} is too long for sockets, and so are the temporary folders; choose a shorter --data-dir."
    )


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= _LONGEST


def _is_private(folder: Path) -> bool:
    """Tell whether the folder is still the one we made: nobody else may have put another in its place."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    user = server_user()
    owner = user.uid if user else os.geteuid()
    return folder.is_dir() and not folder.is_symlink() and facts.st_uid == owner and facts.st_mode & 0o007 == 0
