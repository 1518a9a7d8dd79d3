"""A classifier of the FinBERT family, run by ONNX Runtime on weights that the user supplies.

The family is that of Araci, "FinBERT: financial sentiment analysis with pre-trained language models" (2019).
The score is the probability that a text is positive less that it is negative, rounded to four places. Its version is
the beginning of the digest of weights and words, so that whatever lies in the folder cannot pass for something else.
Texts go through one at a time: a batch would be padded, and how a text sounds must not depend on its neighbours.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, final

import msgspec
import structlog
from msgspec import Struct

from adapters.market_data.sentiment.settings import CONFIG_FILE, MODEL_FILE, TOKENIZER_FILE, FinBertSettings
from application.market_data.news.ports import Said, SentimentModel
from domain.market_data.article import Sentiment
from domain.shared.errors import Unavailable

NAME: Final = "finbert"
_LONGEST: Final = 512
_PLACES: Final = 10_000
_DIGITS: Final = 12
_LABELS: Final = frozenset({"positive", "negative", "neutral"})


class _Config(Struct):
    """Of the file with the configuration only which place of an answer is what."""

    id2label: dict[int, str]


class _Encoding(Protocol):
    @property
    def ids(self) -> Sequence[int]: ...
    @property
    def attention_mask(self) -> Sequence[int]: ...
    @property
    def type_ids(self) -> Sequence[int]: ...


class _Tokenizer(Protocol):
    def enable_truncation(self, max_length: int) -> None: ...
    def no_padding(self) -> None: ...
    def encode(self, sequence: str) -> _Encoding: ...


class _Input(Protocol):
    @property
    def name(self) -> str: ...


class _Array(Protocol):
    def tolist(self) -> list[list[float]]: ...


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Input]: ...
    def run(self, output_names: None, input_feed: Mapping[str, object]) -> Sequence[_Array]: ...


@final
class FinBert(SentimentModel):
    """Computes in a thread of its own; the weights are read at the first text, once in a process."""

    def __init__(self, settings: FinBertSettings) -> None:
        self._settings = settings
        self._pool = _one_thread()
        self._classifier: _Classifier | None = None
        self._is_usable = True
        self._log = structlog.stdlib.get_logger("tapedeck.sentiment").bind(model=NAME, folder=settings.folder)

    async def score(self, texts: Sequence[Said]) -> Sequence[Sentiment]:
        """Score each by its title and summary, of which the first 512 tokens count; log a failure when it begins."""
        if not texts:
            return []
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._pool, self._score, texts)
        except Exception as error:
            # both libraries raise errors of no common kind
            if self._is_usable:
                self._log.error("weights cannot be used", exc_info=error)
            self._is_usable = False
            raise Unavailable("The weights of the model of sentiment cannot be used.") from error
        if not self._is_usable:
            self._log.info("weights can be used again")
        self._is_usable = True
        return found

    async def aclose(self) -> None:
        """End the thread with the texts that it is at; whoever scores after this has another."""
        pool, self._pool = self._pool, _one_thread()
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def _score(self, texts: Sequence[Said]) -> Sequence[Sentiment]:
        if self._classifier is None:
            self._classifier = _Classifier(self._settings)
        return [self._classifier.score(f"{text.title}\n{text.summary}".strip()) for text in texts]


def _one_thread() -> ThreadPoolExecutor:
    # two texts at once would share the threads that the model was given; and whoever waits here does so in a queue, and
    # not in a thread that others need
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=NAME)


class _Classifier:
    def __init__(self, settings: FinBertSettings) -> None:
        folder = Path(settings.folder)
        labels = msgspec.json.decode(folder.joinpath(CONFIG_FILE).read_bytes(), type=_Config).id2label
        self._places = {label.lower(): place for place, label in labels.items()}
        if self._places.keys() != _LABELS:
            raise ValueError(f"the labels are {sorted(self._places)}")
        self._version = _digest(folder / MODEL_FILE, folder / TOKENIZER_FILE)[:_DIGITS]
        self._tokenizer: _Tokenizer = import_module("tokenizers").Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(max_length=_LONGEST)
        self._tokenizer.no_padding()
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        self._session: _Session = runtime.InferenceSession(
            str(folder / MODEL_FILE), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [each.name for each in self._session.get_inputs()]
        self._numpy = import_module("numpy")

    def score(self, text: str) -> Sentiment:
        """Return the share of positive less that of negative."""
        told = self._tokenizer.encode(text)
        columns = {"input_ids": told.ids, "attention_mask": told.attention_mask, "token_type_ids": told.type_ids}
        feed = {name: self._numpy.array([columns[name]], dtype="int64") for name in self._inputs}
        logits = self._session.run(None, feed)[0].tolist()[0]
        most = max(logits)
        weights = [math.exp(logit - most) for logit in logits]
        difference = weights[self._places["positive"]] - weights[self._places["negative"]]
        score = Decimal(round(difference / sum(weights) * _PLACES)) / _PLACES
        return Sentiment(score, NAME, self._version)


def _digest(*paths: Path) -> str:
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()
