"""Whoever scores texts does it the same each time, names itself, and tells good from bad."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.market_data.sentiment.finbert import FinBert
from adapters.market_data.sentiment.models import sentiment_model
from adapters.market_data.sentiment.settings import FinBertSettings, LexiconSettings, SentimentSettings
from adapters.market_data.settings import MarketDataSettings
from application.market_data.news.ports import Said, SentimentModel
from bootstrap import build
from domain.shared.errors import Unavailable
from tests.contracts.market_data.tiny_finbert import WORDS, write_weights
from tests.served import settings_for

pytestmark = pytest.mark.anyio

GOOD = Said("Record profit", "A rally.")
BAD = Said("Fraud", "It ends in bankruptcy.")
PLAIN = Said("A meeting", "")


@pytest.fixture(params=["lexicon", "finbert"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> SentimentModel:
    if request.param == "lexicon":
        return sentiment_model(LexiconSettings())
    write_weights(tmp_path)
    return sentiment_model(FinBertSettings(folder=str(tmp_path)))


async def scores(model: SentimentModel, texts: Sequence[Said]) -> list[Decimal]:
    return [found.score for found in await model.score(texts)]


async def test_good_is_told_from_bad(model: SentimentModel) -> None:
    """In the order of the texts."""
    good, bad, plain = await scores(model, [GOOD, BAD, PLAIN])
    assert bad < Decimal("-0.15") < plain < Decimal("0.15") < good


async def test_a_score_is_from_minus_one_to_one_to_four_places(model: SentimentModel) -> None:
    """Whatever the text."""
    texts = [GOOD, BAD, Said("", ""), Said("fraud " * 4_000, "x" * 4_000), Said("\u202e\U0001f4a5 M&M's", "\n\n")]
    for score in await scores(model, texts):
        assert -1 <= score <= 1
        assert score == round(score, 4)


async def test_a_text_sounds_the_same_whatever_is_scored_with_it(model: SentimentModel) -> None:
    """Also when many ask at once."""
    alone = [(await model.score([text]))[0] for text in (GOOD, BAD, PLAIN)]
    together = await asyncio.gather(*(model.score([GOOD, BAD, PLAIN]) for _ in range(4)))
    assert all([*found] == alone for found in together)


async def test_each_score_names_its_model_and_version(model: SentimentModel) -> None:
    """One for all texts."""
    named = {(found.model, found.version) for found in await model.score([GOOD, BAD])}
    assert len(named) == 1
    assert all(map(bool, named.pop()))


async def test_of_no_texts_there_are_no_scores(model: SentimentModel) -> None:
    """Nothing is read for them."""
    assert [*await model.score([])] == []


async def test_finberts_score_by_hand(tmp_path: Path) -> None:
    """Positive less negative of the softmax: (e^4 - 1) / (e^4 + 2), and (1 - e^6) / (e^6 + 2)."""
    write_weights(tmp_path)
    finbert = FinBert(FinBertSettings(folder=str(tmp_path)))
    assert await scores(finbert, [GOOD, BAD]) == [Decimal("0.9470"), Decimal("-0.9926")]


async def test_other_weights_are_another_version(tmp_path: Path) -> None:
    """Whatever the folder is called."""
    write_weights(tmp_path)
    before = (await FinBert(FinBertSettings(folder=str(tmp_path))).score([GOOD]))[0]
    write_weights(tmp_path, {**WORDS, "record": (1.5, 0.0, 0.0)})
    after = (await FinBert(FinBertSettings(folder=str(tmp_path))).score([GOOD]))[0]
    assert (before.model, before.version != after.version) == (after.model, True)


@pytest.mark.parametrize(("name", "content"), [("model.onnx", "no"), ("tokenizer.json", "{}"), ("config.json", "{}")])
async def test_weights_that_cannot_be_read_are_a_failure_for_now(tmp_path: Path, name: str, content: str) -> None:
    """News cannot be told then, and nothing else is the matter."""
    write_weights(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(Unavailable):
        await FinBert(FinBertSettings(folder=str(tmp_path))).score([GOOD])


def test_texts_wait_in_no_thread_that_others_need(tmp_path: Path) -> None:
    """Nor for one of those: while all of them are busy, texts are scored."""
    write_weights(tmp_path)
    finbert = FinBert(FinBertSettings(folder=str(tmp_path)))

    async def ask() -> list[Decimal]:
        is_over, loop = threading.Event(), asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, is_over.wait)
        try:
            async with asyncio.timeout(60):
                return await scores(finbert, [GOOD])
        finally:
            is_over.set()
            await busy

    assert asyncio.run(ask()) == [Decimal("0.9470")]


async def test_the_thread_ends_with_the_application(tmp_path: Path) -> None:
    """And whoever opens it again has another."""
    write_weights(tmp_path)
    market = MarketDataSettings(sentiment=FinBertSettings(folder=str(tmp_path)))
    app = build(msgspec.structs.replace(settings_for("postgresql://nowhere", "redis://nowhere"), market_data=market))
    others = set(threading.enumerate())
    for _ in range(2):
        async with app.lifespan():
            await scores(app.market_data.sentiment_model(), [GOOD])
            started = set(threading.enumerate()) - others
            assert [thread.name for thread in started if thread.name.startswith("finbert")] == ["finbert_0"]
        assert not any(thread.name.startswith("finbert") for thread in set(threading.enumerate()) - others)


async def test_weights_that_are_mended_are_used(tmp_path: Path) -> None:
    """Nobody has to start again."""
    write_weights(tmp_path)
    finbert = FinBert(FinBertSettings(folder=str(tmp_path)))
    weights = (tmp_path / "model.onnx").read_bytes()
    (tmp_path / "model.onnx").write_bytes(b"no")
    with pytest.raises(Unavailable):
        await finbert.score([GOOD])
    (tmp_path / "model.onnx").write_bytes(weights)
    assert await scores(finbert, [GOOD]) == [Decimal("0.9470")]


def test_the_settings_choose_the_model(tmp_path: Path) -> None:
    """The lexicon, if they say nothing; a folder that lacks a file stops the start with its name."""
    assert MarketDataSettings().sentiment == LexiconSettings()
    write_weights(tmp_path)
    said = {"model": "finbert", "folder": str(tmp_path), "threads": 2}
    assert isinstance(msgspec.convert(said, SentimentSettings), FinBertSettings)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(msgspec.ValidationError, match=r"folder has no tokenizer\.json"):
        msgspec.convert(said, SentimentSettings)


def test_without_the_extra_the_start_says_what_to_install(tmp_path: Path) -> None:
    """In a process whose Python has no ONNX Runtime."""
    write_weights(tmp_path)
    program = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from adapters.market_data.sentiment.settings import FinBertSettings\n"
        f"FinBertSettings(folder={str(tmp_path)!r})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "onnxruntime and tokenizers" in done.stderr) == (1, True)
