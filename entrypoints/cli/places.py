"""Where Tapedeck keeps its data when nobody says so."""

from __future__ import annotations

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent.parent.parent


def default_data_dir() -> Path:
    """Return `.data` in a checkout, else the user's folder for application data."""
    if (_HERE / "pyproject.toml").exists() and (_HERE / "Makefile").exists():
        return _HERE / ".data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tapedeck"
