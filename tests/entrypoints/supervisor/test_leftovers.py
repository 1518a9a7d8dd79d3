"""What a killed supervisor left behind, and nothing else, is ended at the next start."""

from __future__ import annotations

import sys
from pathlib import Path

from entrypoints.supervisor.leftovers import MARK, end_leftovers
from tests.processes import PATIENCE_S, talking

WAIT = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]


def test_processes_of_the_same_data_folder_are_ended_and_others_live_on(tmp_path: Path) -> None:
    ours, other = tmp_path / "a", tmp_path / "a b"
    with (
        talking(WAIT, environment={MARK: str(ours)}) as left,
        talking(WAIT, environment={MARK: str(other)}) as foreign,
        talking(WAIT, environment={"TAPEDECK_DATA_DIR": str(ours)}) as shell,
    ):
        for process in (left, foreign, shell):
            process.read_until("up")
        end_leftovers(ours)
        assert left.process.wait(PATIENCE_S) == -9
        assert foreign.process.poll() is None
        assert shell.process.poll() is None
