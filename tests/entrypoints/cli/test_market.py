"""`tapedeck quote` and `tapedeck history` show what the API tells, and draw it.

What the real application answers is played back over a socket to the command, which runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from entrypoints.cli.chart import drawn, picture
from entrypoints.cli.failures import Failure
from entrypoints.cli.market import save_history
from tests.provider_server import answer, providing
from tests.served import RegisterUser, client, register_user, served

__all__ = ["client", "register_user", "served"]

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]


async def said(client: httpx.AsyncClient, path: str, *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run the command on the application's answer to the path, and return what it printed, and to whom."""
    body = (await client.get(f"/api/v1{path}")).content
    return await heard(path, [body], *arguments, code=code)


async def heard(path: str, bodies: Sequence[bytes], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run the command on these answers, of which the first is to the path; return what it printed, and to whom."""
    async with providing() as fake:
        for body in bodies:
            fake.will(answer(200, body))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "entrypoints.cli", *arguments, "--url", fake.url),
            cwd=ROOT,
            env=os.environ | {"TAPEDECK_TOKEN": "of-the-user"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == code, err.decode()
        assert fake.received[0].target.partition("?")[0] == f"/api/v1{path}".partition("?")[0]
        assert fake.received[0].headers["authorization"] == "Bearer of-the-user"
    return out.decode(), err.decode()


async def test_quotes_are_a_table_and_what_is_missing_is_said(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    client.headers.update(await register_user(client))
    out, err = await said(client, "/quotes?symbols=AAPL,APPL", "quote", "AAPL", "APPL")
    assert "AAPL" in out
    assert "simulator (made up)" in out
    assert "Did you mean NASDAQ:AAPL" in err
    _, err = await said(client, "/quotes?symbols=APPL", "quote", "APPL", code=2)
    assert "There is nothing to show." in err


async def test_a_history_is_a_table_a_chart_or_a_picture(
    client: httpx.AsyncClient, register_user: RegisterUser, tmp_path: Path
) -> None:
    client.headers.update(await register_user(client))
    path = "/history/AAPL?range=1y"
    out, _ = await said(client, path, "history", "AAPL")
    assert "adjusted for splits, says simulator (made up)" in out
    out, _ = await said(client, path, "history", "AAPL", "--range", "1y", "--plot")
    assert any("\u2800" < character <= "\u28ff" for character in out)
    file = tmp_path / "aapl.png"
    await said(client, path, "history", "AAPL", "--plot", str(file))
    assert file.read_bytes().startswith(b"\x89PNG")


async def test_a_history_is_written_into_a_file(
    client: httpx.AsyncClient, register_user: RegisterUser, tmp_path: Path
) -> None:
    """As the server sends it; what the file is to be is told by its name."""
    client.headers.update(await register_user(client))
    file = tmp_path / "aapl.csv"
    await said(client, "/history/AAPL/file?range=1mo", "history", "AAPL", "--range", "1mo", "--file", str(file))
    head, *rows = file.read_text().splitlines()
    assert (head, len(rows) > 15) == ("start,open,high,low,close,volume", True)
    with pytest.raises(Failure, match="neither"):
        save_history("AAPL", tmp_path / "aapl.xlsx", reach="1mo", interval="1d", url="http://127.0.0.1:9", email=None)


async def test_gaps_are_listed(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    client.headers.update(await register_user(client))
    out, _ = await said(client, "/market/stocks/AAPL/gaps?range=1mo", "gaps", "AAPL", "--range", "1mo")
    assert "AAPL: 0 of " in out


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        ({"state": "done", "progress": {"done": 2, "total": 2}}, 0, "2 symbols are there."),
        ({"state": "done", "progress": {"done": 1, "total": 2}}, 2, "1 are known to nobody"),
        ({"state": "waiting", "attempts": 1, "error": "No provider tells of MSFT now."}, 2, "tells of MSFT now"),
        ({"state": "cancelled"}, 2, "The job is cancelled."),
    ],
)
async def test_a_backfill_is_waited_for(end: dict[str, object], code: int, words: str) -> None:
    jobs: list[dict[str, object]] = [
        {"state": "waiting"},
        {"state": "running", "progress": {"done": 1, "total": 2}},
        end,
    ]
    bodies = [json.dumps({"data": {"id": "7", **job}}).encode() for job in jobs]
    out, err = await heard("/market/backfills", bodies, "backfill", "AAPL", "MSFT", code=code)
    assert words in out + err


def test_a_chart_has_its_highest_value_at_the_top_and_its_lowest_at_the_bottom() -> None:
    lines = drawn([1.0, 5.0, 2.0], "then", "now", width=40)
    assert lines[0].startswith("5.00")
    assert lines[-2].startswith("1.00")
    assert lines[-1].split() == ["then", "now"]
    assert any(character > "\u2800" for character in lines[0][5:])
    assert lines[-2][5] > "\u2800"


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [1.0, 3.0, 2.0] * 2_000])
def test_a_picture_is_a_png_whatever_is_drawn(values: list[float]) -> None:
    """Its chunks are whole, and it has as many pixels as it says."""
    content = picture(values)
    place, chunks = 8, dict[bytes, bytes]()
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", content[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(name + data)
        chunks[name] = data
        place += 12 + length
    wide, high = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == high * (wide + 1)
