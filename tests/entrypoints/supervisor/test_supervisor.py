"""The supervisor with small stand-ins for its children, all of them real processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import PATIENCE_S, Talker, is_alive, talking, until

STAND_IN = Path(__file__).with_name("stand_in.py")
ROOT = Path(__file__).parents[3]

# a child that writes its number into its ready file, waits for signals, and ends on SIGTERM
GOOD = "import os, signal, sys; open(sys.argv[1], 'w').write(str(os.getpid())); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{GOOD}\nsignal.pause()"
SLOW = "import signal; signal.pause()"
BROKEN = "raise SystemExit('no space left')"


@contextmanager
def _house(folder: Path, *children: str) -> Iterator[Talker]:
    command = [sys.executable, str(STAND_IN), str(folder), *children]
    with talking(command, environment={"PYTHONPATH": str(ROOT)}) as house:
        yield house


def _pid(folder: Path, number: int) -> int:
    ready = folder / f"{number}.ready"
    until(lambda: ready.exists() and ready.read_text() != "", f"child {number} runs")
    return int(ready.read_text())


def test_interrupting_it_stops_every_child_within_five_seconds_even_a_stubborn_one(tmp_path: Path) -> None:
    with _house(tmp_path, f"server:{GOOD}", f"worker:{GOOD}", f"worker:{STUBBORN}") as house:
        house.read_until("all up")
        pids = [_pid(tmp_path, number) for number in range(3)]
        took = house.stop(signal.SIGINT)
        assert house.process.returncode == 0
        assert took < 5
        assert not any(is_alive(pid) for pid in pids)


def test_asking_twice_stops_at_once(tmp_path: Path) -> None:
    with _house(tmp_path, f"worker:{STUBBORN}") as house:
        house.read_until("all up")
        house.process.send_signal(signal.SIGINT)
        assert house.stop(signal.SIGTERM) < 2


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with _house(tmp_path, f"server:{GOOD}", f"worker:{GOOD}") as house:
        house.read_until("all up")
        for number in (0, 1):
            before = _pid(tmp_path, number)
            (tmp_path / f"{number}.ready").unlink()
            os.kill(before, signal.SIGKILL)
            house.read_until("SIGKILL")
            assert _pid(tmp_path, number) != before


def test_a_child_that_ends_during_the_start_fails_the_start_with_its_last_words(tmp_path: Path) -> None:
    with _house(tmp_path, f"server:{GOOD}", f"worker:{BROKEN}") as house:
        assert house.read_until("failed") == "failed: worker1 ended with code 1: no space left"
        house.process.wait(PATIENCE_S)
        assert not is_alive(_pid(tmp_path, 0))


def test_it_can_be_stopped_while_it_still_starts(tmp_path: Path) -> None:
    with _house(tmp_path, f"server:{GOOD}", f"worker:{SLOW}") as house:
        server = _pid(tmp_path, 0)
        assert house.stop(signal.SIGTERM) < 5
        house.read_until("stopped early")
        assert not is_alive(server)
