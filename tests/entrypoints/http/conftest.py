"""The toy application and a client that is signed in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog

from tests.asgi import in_process
from tests.entrypoints.http.toys import AUTH, Toy


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """Nobody reads the log of these tests."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(*_: object) -> structlog.typing.EventDict:
    raise structlog.DropEvent


@pytest.fixture
def toy() -> Toy:
    """A toy application, empty."""
    return Toy()


@pytest.fixture
async def client(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of the toy application."""
    transport = in_process(toy.build())
    async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=AUTH) as client:
        yield client
