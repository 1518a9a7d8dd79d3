"""Resolves the dependencies of pyproject.toml into the two hashed lock files, for every system and Python from 3.11.

The resolver is installed into a throwaway folder. Where packages come from is the business of whoever installs
them, so the files name no index.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
EXTRAS = ["--extra=embedded", "--extra=otel", "--extra=parquet"]
LOCKS = {
    "deploy/requirements.lock": EXTRAS,
    # the developers' lock contains the users', version by version
    "deploy/requirements-dev.lock": [
        *EXTRAS,
        "--extra=finbert",
        "--extra=dev",
        "--constraint=deploy/requirements.lock",
    ],
}
OPTIONS = ["--generate-hashes", "--universal", "--python-version=3.11", "--no-header", "--no-emit-index-url", "--quiet"]


def main() -> int:
    """Write both lock files; 0 when it is done."""
    with tempfile.TemporaryDirectory() as place:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--target",
            place,
            "uv",
        ]
        subprocess.run(pip, check=True)
        for lock, extras in LOCKS.items():
            sys.stdout.write(f"Resolving {lock} ...\n")
            sys.stdout.flush()
            resolve = [str(Path(place, "bin", "uv")), "pip", "compile", "pyproject.toml", "--output-file", lock]
            subprocess.run([*resolve, "--upgrade", *extras, *OPTIONS], cwd=CHECKOUT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
