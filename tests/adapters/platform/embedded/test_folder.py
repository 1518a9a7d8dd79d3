"""The data folder: one owner, private secrets, and plain words when it cannot be used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.folder import DataFolder
from adapters.platform.embedded.local import open_local
from adapters.platform.embedded.processes import bound
from adapters.platform.settings import BrokenSetting
from tests.processes import is_alive, talking, until


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "new" / "data")
    made = folder.secrets()
    assert DataFolder(folder.path).secrets() == made
    assert (folder.path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o007 == 0
    assert made.signing_key not in repr(made)


def test_damaged_secrets_are_told_and_not_replaced(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "secrets.json").write_text("{}")
    with pytest.raises(CannotStart, match=r"secrets\.json"):
        folder.secrets()
    assert (tmp_path / "secrets.json").read_text() == "{}"


def test_a_second_owner_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    with (
        DataFolder(tmp_path).held(),
        pytest.raises(CannotStart, match=f"process {os.getpid()}"),
        DataFolder(tmp_path).held(),
    ):
        pass
    with DataFolder(tmp_path).held():
        pass


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    DataFolder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_in_its_place_is_told_in_one_line(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(CannotStart, match="--data-dir") as told:
        DataFolder(place)
    assert "\n" not in str(told.value)


def test_with_nothing_configured_there_are_two_servers_and_children_learn_all_they_need(tmp_path: Path) -> None:
    with open_local(tmp_path, {"HOME": "h"}, port=8500) as local:
        assert [server.name for server in local.servers] == ["postgres", "valkey"]
        assert local.settings.http.port == 8500
        assert local.environment["HOME"] == "h"
        assert local.environment["TAPEDECK_DATABASE__URL"] == local.settings.database.url.reveal()
        assert not any("TAPEDECK" in name for name in local.server_environment)


def test_configured_servers_are_used_instead(tmp_path: Path) -> None:
    with open_local(tmp_path, {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h"}) as local:
        assert local.servers == []
        assert local.settings.database.url.reveal() == "postgresql://h/d"


def test_a_broken_setting_leaves_no_data_folder_behind(tmp_path: Path) -> None:
    with (
        pytest.raises(BrokenSetting),
        open_local(tmp_path / "data", {"TAPEDECK_NONSENSE": "1"}),
    ):
        pass
    assert not (tmp_path / "data").exists()


def test_a_bound_process_dies_with_its_parent_however_that_ends() -> None:
    root = Path(__file__).parents[4]
    wait = [sys.executable, "-c", "import os, signal; print(os.getpid(), flush=True); signal.pause()"]
    parent = (
        "import signal, subprocess\n"
        "from adapters.platform.embedded.processes import bound\n"
        f"subprocess.Popen(bound({wait!r}, death_signal=signal.SIGTERM))\n"
        "signal.pause()"
    )
    with talking([sys.executable, "-c", parent], environment={"PYTHONPATH": str(root)}) as talker:
        child = int(talker.read_until(""))
        assert is_alive(child)
        talker.process.kill()
        until(lambda: not is_alive(child), "the child follows its parent")


def test_a_bound_command_that_is_not_there_says_so() -> None:
    command = bound(["no-such-program"], death_signal=signal.SIGTERM)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "no-such-program" in done.stderr
