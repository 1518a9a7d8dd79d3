"""The drill: a backup of an installation that runs, restored elsewhere, started, and found to hold the same books."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.entrypoints.cli.house import CLEAN, CLI, PERSON, ROOT, House, fails, free_port, house
from tests.processes import PATIENCE_S

ACCOUNT = {"broker": "Zerodha", "label": "Main", "currency": "INR", "timeZone": "Asia/Kolkata"}
TRADE = {
    "instrument": {"symbol": "INFY", "exchange": "NSE", "segment": "equity", "currency": "INR"},
    "side": "buy",
    "quantity": "7.5",
    "price": "1500.25",
    "executedAt": "2026-01-05T03:45:00Z",
}


def _command(*arguments: str) -> str:
    done = subprocess.run(
        [*CLI, *arguments], env={**CLEAN, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _signed_in(running: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{running.url}/api/v1", timeout=PATIENCE_S) as client:
        token = client.post("/auth/login", json=PERSON).raise_for_status().json()["data"]["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_a_running_installation_is_backed_up_restored_elsewhere_and_started_with_the_same_books(tmp_path: Path) -> None:
    data, elsewhere, file = tmp_path / "data", tmp_path / "elsewhere", tmp_path / "monday.backup"
    with house(data, free_port()) as running:
        httpx.post(f"{running.url}/api/v1/auth/register", json=PERSON, timeout=PATIENCE_S).raise_for_status()
        with _signed_in(running) as client:
            account = client.post("/accounts", json=ACCOUNT).raise_for_status().json()["data"]["id"]
            client.post("/trades", json=TRADE | {"accountId": account}).raise_for_status()
            books = client.get("/positions").json()["data"]
        assert "Backed up" in _command("backup", str(file), "--data-dir", str(data))
    said = _command("restore", str(file), "--verify", "--data-dir", str(elsewhere))
    assert "trades                                      1 rows  equal" in said
    assert "everybody signs in again" in said
    assert "not empty" in fails("restore", str(file), "--data-dir", str(elsewhere))
    with house(elsewhere, free_port()) as running, _signed_in(running) as client:
        assert client.get("/positions").json()["data"] == books
        assert books
