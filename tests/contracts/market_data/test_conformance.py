"""What every provider promises, whatever it is asked for: an answer, no such thing, or a refusal, soon."""

from __future__ import annotations

import logging
import ssl
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from adapters.market_data.failing import REFUSALS
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.resilience.failures import Reason
from adapters.platform.resilience.policy import Terms
from application.market_data.ports import SourceFailed
from domain.market_data.provenance import Refusal
from tests.adapters.market_data.mutations import decimals, mutations, told_otherwise
from tests.contracts.market_data.subjects import SUBJECTS, Subject
from tests.profiles import is_deep
from tests.provider_server import (
    Behaviour,
    FakeProvider,
    answer,
    bomb,
    cut_off,
    drip,
    flood,
    hang,
    hang_up,
    providing,
    reset,
)

pytestmark = pytest.mark.anyio

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
# one try shows a failure; who answers is waited for, who does not is soon given up
PATIENT = Terms(deadline_s=60, attempt_timeout_s=60, attempts=1, failures_to_open=1_000)
HURRIED = Terms(deadline_s=60, attempt_timeout_s=0.3, attempts=1, failures_to_open=1_000)
MARKER = "words-of-the-vendor"
FAULTS: dict[str, tuple[Behaviour, Refusal]] = {
    "key refused": (answer(401, MARKER.encode()), Refusal.NOT_ALLOWED),
    "not in the plan": (answer(403, MARKER.encode()), Refusal.NOT_ALLOWED),
    "limited": (answer(429, b"{}", retry_after="7"), Refusal.LIMITED),
    "broken": (answer(500, MARKER.encode()), Refusal.UNREACHABLE),
    "away": (answer(503, b"{}"), Refusal.UNREACHABLE),
    "silent": (hang, Refusal.UNREACHABLE),
    "slow": (drip, Refusal.UNREACHABLE),
    "reset": (reset, Refusal.UNREACHABLE),
    "hangs up": (hang_up, Refusal.UNREACHABLE),
    "cut off": (cut_off(b'{"a": 1'), Refusal.UNREACHABLE),
    "half of it": (answer(200, b'{"chart": {"result": [{'), Refusal.UNREADABLE),
    "a web page": (answer(200, b"<html>Will be right back</html>", content_type="text/html"), Refusal.UNREADABLE),
    "nothing": (answer(200, b""), Refusal.UNREADABLE),
    "other types": (answer(200, b'"' + MARKER.encode() + b'"'), Refusal.UNREADABLE),
    "endless": (flood(100_000_000), Refusal.UNREADABLE),
    "a bomb": (answer(200, bomb(100_000_000), content_encoding="gzip"), Refusal.UNREADABLE),
    "elsewhere": (answer(302, b"", location="http://127.0.0.1/"), Refusal.UNREADABLE),
}
# these take time, and are told by the client that all providers share: one subject of each provider shows it
SLOW_FAULTS = {"silent", "slow", "endless", "a bomb"}
FIRSTS = list({subject.provider: subject.name for subject in reversed(SUBJECTS)}.values())
CASES = [
    pytest.param(subject, fault, id=f"{subject.name}, {fault}")
    for subject in SUBJECTS
    for fault in FAULTS
    if fault not in SLOW_FAULTS or subject.name in FIRSTS
]


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    """A provider that listens."""
    async with providing() as fake:
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    """A client for what the settings name."""
    # trusts nobody, which is soon made, and is asked for nothing by http
    client = HttpClient(Reach.CONFIGURED, timeout_s=60, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield client
    await client.aclose()


class _Lines(logging.Handler):
    """Collects what is logged, but for the libraries' own lines, which `configure_logging` silences."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] not in {"httpx", "httpcore"}:
            self.found.append(record.getMessage())


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every line that is logged, whatever its level."""
    root, handler = logging.getLogger(), _Lines()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.found
    root.setLevel(before)
    root.removeHandler(handler)


@every_subject
async def test_what_exists_is_answered(subject: Subject, fake: FakeProvider, client: HttpClient) -> None:
    """With something."""
    fake.will(*subject.before, subject.known)
    assert await subject.ask(fake.url, client, PATIENT) not in ({}, [], None)


@every_subject
async def test_what_does_not_exist_is_an_answer(subject: Subject, fake: FakeProvider, client: HttpClient) -> None:
    """And no failure, so that nobody else is asked in its place."""
    fake.will(*subject.before, subject.unknown)
    assert await subject.ask(fake.url, client, PATIENT) == subject.nothing


@pytest.mark.parametrize(("subject", "fault"), CASES)
async def test_each_fault_is_a_refusal(
    subject: Subject, fault: str, fake: FakeProvider, client: HttpClient, lines: list[str]
) -> None:
    """Of its kind, in our words: theirs, and the address, are in no message, cause or log."""
    behaviour, refusal = FAULTS[fault]
    fake.will(*subject.before, behaviour)
    with pytest.raises(SourceFailed) as raised:
        await subject.ask(fake.url, client, HURRIED if behaviour in {hang, drip} else PATIENT)
    assert raised.value.refusal is refusal
    assert raised.value.retry_after_s == (7 if fault == "limited" else None)
    told = "".join(traceback.format_exception(raised.value)) + "\n".join(lines)
    assert MARKER not in told
    assert fake.url not in told


@every_subject
async def test_an_answer_means_the_same_told_otherwise(
    subject: Subject, fake: FakeProvider, client: HttpClient
) -> None:
    """With the members of its objects in another order, and with more of them than were ever heard of."""
    if subject.known.body[:1] not in {b"{", b"["}:
        return
    fake.will(*subject.before, subject.known)
    plain = await subject.ask(fake.url, client, PATIENT)
    fake.will(*subject.before, replace(subject.known, body=told_otherwise(subject.known.body)))
    assert await subject.ask(fake.url, client, PATIENT) == plain


@every_subject
async def test_a_mutated_answer_is_right_or_refused(subject: Subject, fake: FakeProvider, client: HttpClient) -> None:
    """Whatever is dropped from it, put into it or broken: what comes of it is finite, or refused in our terms."""
    for body in mutations(subject.known.body, 2_000 if is_deep() else 40):
        fake.will(*subject.before, replace(subject.known, body=body))
        try:
            found = await subject.ask(fake.url, client, PATIENT)
        except SourceFailed:
            continue
        assert all(value.is_finite() for value in decimals(found)), body


def test_every_reason_is_a_refusal() -> None:
    """Whatever a call fails with, whoever wanted data is told in their terms."""
    assert set(REFUSALS) == set(Reason)
