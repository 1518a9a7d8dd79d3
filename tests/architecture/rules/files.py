"""What may stand in any file that git tracks, whatever its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Written in pieces, so that this file does not find itself.
_MACHINE_PATHS = re.compile(
    r"(?<![\w.$}/~-])/(?:ho" + r"me/\w|ro" + r"ot/\w|Us" + r"ers/\w|wo" + r"rk/\w|tm" + r"p/\w|opt/\w|mnt/\w)"
)
_INDEX_HOSTS = re.compile(
    r"--(?:extra-)?index-" + r"url|--find-" + r"links|--trusted-" + r"host|py" + r"pi\.org|python" + r"hosted\.org"
    r"|registry\.npm" + r"js|https?://[^\s/]+/simple\b",
)

# path: the reason why it may name one
EXCEPTIONS = {
    "tests/deploy/test_locks.py": "looks for them in the locks",
}


def machine_traces(path: str, text: str) -> Iterator[str]:
    """A checkout works anywhere: no absolute path of one machine, no address of a package index."""
    if path in EXCEPTIONS or path == "LICENSE":
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern in (_MACHINE_PATHS, _INDEX_HOSTS):
            found = pattern.search(line)
            if found:
                yield f"{path}:{number}: {found.group()}"
