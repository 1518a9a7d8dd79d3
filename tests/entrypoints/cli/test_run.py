"""`tapedeck run`, the real thing: every process, its own servers, and what may happen to them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.entrypoints.cli.house import CLEAN, CLI, PERSON, PROCESSES, ROOT, fails, free_port, house
from tests.processes import PATIENCE_S, is_alive, until


def test_everything_comes_up_survives_a_killed_supervisor_and_stops_within_five_seconds(tmp_path: Path) -> None:
    data, port = tmp_path / "my data", free_port()
    with house(data, port) as running:
        orphans = running.children()
        httpx.post(f"{running.url}/api/v1/auth/register", json=PERSON, timeout=PATIENCE_S).raise_for_status()
        assert "already runs" in fails("run", "--data-dir", str(data), "--port", str(free_port()))
        running.talker.process.kill()
        running.talker.process.wait()
        # at once, on the same port and folder, while the orphans may still be about to die
        with house(data, port) as again:
            assert not any(is_alive(pid) for pid in orphans)
            httpx.post(f"{again.url}/api/v1/auth/login", json=PERSON, timeout=PATIENCE_S).raise_for_status()
            children = again.children()
            assert again.talker.stop(signal.SIGINT) < 5
            assert again.talker.process.returncode == 0
            assert not any(is_alive(pid) for pid in children)


def test_whatever_is_killed_is_started_again(tmp_path: Path) -> None:
    with house(tmp_path / "data", free_port()) as running:
        for name in sorted({*PROCESSES}):
            hit = next(pid for pid, known_as in running.children().items() if known_as == name)
            os.kill(hit, signal.SIGKILL)
            # there are two workers, of which either may have been hit
            assert name in running.talker.read_until("was ended by SIGKILL")
            assert hit not in running.children()
            until(running.is_ready, f"the API serves after {name} was killed")


def test_the_demo_user_imports_a_tradebook_from_the_command_line_and_a_bad_row_costs_no_good_one(
    tmp_path: Path,
) -> None:
    tradebook = tmp_path / "my tradebook.csv"
    tradebook.write_text(
        "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
        "order_execution_time\n"
        "SBIN,INE062A01020,2026-01-05,NSE,EQ,EQ,buy,false,7,800.10,1,1,2026-01-05T09:20:00\n"
        "SBIN,INE062A01020,2026-01-06,NSE,EQ,EQ,given,false,7,800.10,2,2,2026-01-06T09:20:00\n"
    )
    with house(tmp_path / "data", free_port(), "--demo") as running:
        password = running.talker.said("Password").split()[-1]
        arguments = ["import", str(tradebook), "--account", "Demo", "--url", running.url, "--email", "demo@example.com"]
        for expected in ("1 new, 0 known already, 1 not usable", "0 new, 1 known already, 1 not usable"):
            done = subprocess.run(
                [*CLI, *arguments],
                env={**CLEAN, "PYTHONPATH": str(ROOT), "TAPEDECK_PASSWORD": password},
                capture_output=True,
                text=True,
                check=True,
                timeout=PATIENCE_S,
            )
            assert expected in done.stdout
            assert "line 3, column trade_type" in done.stdout
            assert "SBIN (NSE)" in done.stdout
            assert "INFY (NSE)" in done.stdout


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port}" in fails("run", "--data-dir", str(tmp_path / "data"), "--port", str(port))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"TAPEDECK_HTTP__PORT": "none"}, "http.port"),
        ({"TAPEDECK_HTTP__PORTS": "1"}, "ports"),
        ({"TAPEDECK_HTTP__HOST": "256.1.1.1"}, "http.host"),
        ({"TAPEDECK_CONFIG": "nowhere.toml"}, "nowhere.toml"),
        ({"DATABASE_URL": "postgresql://u:hush@127.0.0.1:9/d"}, "database"),
    ],
)
def test_a_broken_setting_is_told_in_one_line(tmp_path: Path, settings: dict[str, str], names: str) -> None:
    told = fails("run", "--data-dir", str(tmp_path / "data"), **{"TAPEDECK_HTTP__PORT": str(free_port()), **settings})
    assert names in told
    assert "hush" not in told


def test_a_data_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    assert "--data-dir" in fails("run", "--data-dir", str(place / "data"))


@pytest.mark.parametrize("arguments", [("run", "--port", "x"), ("run", "--port", "70000"), ("go",), ("run", "--fast")])
def test_a_command_that_is_not_one_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    assert "--help" in fails(*arguments)


@pytest.mark.parametrize("command", ["api", "worker", "scheduler", "ingest"])
def test_a_process_started_without_settings_says_which_is_missing(command: str) -> None:
    assert "database" in fails(command)


def test_help_names_every_command_without_loading_the_framework() -> None:
    code = "import sys; sys.argv[0] = 'tapedeck'\ntry:\n from entrypoints.cli.main import main; main()\nfinally:\n"
    code += " assert not {'litestar', 'sqlalchemy', 'bootstrap'} & sys.modules.keys()"
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for command in ("run", "api", "worker", "scheduler", "ingest", "migrate", "demo", "import"):
        assert f"  {command} " in done.stdout
