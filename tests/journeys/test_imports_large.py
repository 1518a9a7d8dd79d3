"""A large file streams: what the server holds of it in memory does not grow with its size."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from domain.ledger.imports.tradebook_import import MAX_FILE_BYTES
from tests.contracts.imports.desk import HEADER, fill
from tests.journeys.imports_api import CSV, Importer, work
from tests.journeys.ledger_api import open_ledger
from tests.profiles import DEEP
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
SIZE = 50 * MEGABYTE if os.environ.get("TAPEDECK_TEST_PROFILE") == DEEP else 16 * MEGABYTE
MOST_GROWTH = 12 * MEGABYTE
# the first rows are good, the rest is one line that never ends: quick to read, and as large as a file may be
HEAD = f"{HEADER}\n{fill(1)}\n{fill(2)}\n".encode()


def resident() -> int:
    """The bytes of memory that this process has now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Watched:
    """A body that looks at the process's memory while it is sent."""

    def __init__(self, size: int) -> None:
        self.start = resident()
        self.peak = self.start
        self._size = size

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its content in pieces."""
        yield HEAD
        piece = b"x" * 65_536
        for _ in range((self._size - len(HEAD)) // len(piece)):
            self.look()
            yield piece

    def look(self) -> None:
        """Remember the most memory that was seen."""
        self.peak = max(self.peak, resident())

    @property
    def growth(self) -> int:
        """How much memory was taken at most."""
        return self.peak - self.start


@pytest.fixture
async def importer(client: httpx.AsyncClient, served: Served, register_user: RegisterUser) -> Importer:
    """A trader who has imported something before, so that nothing is loaded for the first time."""
    importer = Importer(await open_ledger(client, await register_user(client)), served.app)
    await importer.bring_in(f"{HEADER}\n{fill(3)}\n".encode())
    return importer


async def upload(importer: Importer, body: Watched) -> httpx.Response:
    """Send the body without a length, piece by piece."""
    return await importer.ledger.client.post(
        f"/api/v1/imports?accountId={importer.ledger.account_id}",
        content=body.pieces(),
        headers={**importer.ledger.headers, **CSV},
    )


async def test_a_large_file_is_taken_in_and_read_in_bounded_memory(importer: Importer) -> None:
    """Its good rows are there, and its endless line is one bad row."""
    body = Watched(SIZE)
    response = await upload(importer, body)
    body.look()
    assert response.status_code == 202, response.text
    await work(importer.app)
    body.look()
    done = await importer.read(response.json()["data"]["id"])
    assert done["state"] == "previewed"
    assert (done["counts"]["ready"], done["counts"]["bad"]) == (2, 1)
    assert body.growth < MOST_GROWTH


async def test_a_file_beyond_the_limit_is_refused_while_it_comes(importer: Importer) -> None:
    """Whatever it says about its length."""
    body = Watched(MAX_FILE_BYTES + 2 * MEGABYTE)
    assert (await upload(importer, body)).status_code == 413
    assert body.growth < MOST_GROWTH
    assert len(await importer.ledger.get("/imports")) == 1
