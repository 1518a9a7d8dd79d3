"""The lock files: every package pinned and hashed, the same for users and developers, from no particular index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
USERS, DEVELOPERS = DEPLOY / "requirements.lock", DEPLOY / "requirements-dev.lock"


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][^=\s\[]*)==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", [USERS, DEVELOPERS], ids=["users", "developers"])
def test_every_package_is_pinned_and_hashed_and_no_index_is_named(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert packages
    for entry in packages:
        assert re.match(r"[a-z0-9][^=\s]*==\S+", entry), entry.split("\n")[0]
        assert "--hash=sha256:" in entry, entry.split("\n")[0]
    assert not re.search(r"https?://|file:|--(?:extra-)?index-url|--find-links", lock.read_text())


def test_developers_have_the_users_packages_at_the_same_versions() -> None:
    users, developers = _pins(USERS), _pins(DEVELOPERS)
    assert users.items() <= developers.items()
