"""`tapedeck rebuild` mends what is not what was recorded, and says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.journeys.ledger_api import open_ledger
from tests.served import RegisterUser, client, register_user, served

__all__ = ["client", "register_user", "served"]

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]


async def test_books_are_computed_anew_for_everybody_or_one_account(
    client: httpx.AsyncClient, register_user: RegisterUser, database_url: str
) -> None:
    ledger = await open_ledger(client, await register_user(client))
    await ledger.record("buy", "10", "100")
    right = await ledger.get("/positions")
    organisation = (await client.get("/api/v1/users/me", headers=ledger.headers)).json()["data"]["organisationId"]
    options = f"-c role=tapedeck_app -c app.organisation_id={organisation}"
    with psycopg.connect(database_url, options=options) as connection:
        connection.execute("UPDATE positions SET cash_out = cash_out + 1")

    def rebuild(*arguments: str) -> str:
        command = [sys.executable, "-m", "entrypoints.cli", "rebuild", *arguments]
        environment = os.environ | {"DATABASE_URL": database_url}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Replayed 0 positions" in rebuild("--account", organisation)
    said = rebuild("--account", ledger.account_id)
    assert f"mended: account {ledger.account_id}" in said
    assert "Replayed 1 positions; 1 were not" in said
    assert (await ledger.get("/positions"))[0]["quantity"] == right[0]["quantity"]
    assert [issue["kind"] for issue in await ledger.get("/ledger/issues", kind="mended_position")] == [
        "mended_position"
    ]
    assert "Replayed 1 positions; 0 were not" in rebuild()
