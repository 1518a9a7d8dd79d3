"""News and social posts: texts by strangers, about things with a price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.text import check_line, check_prose

LONGEST_TITLE: Final = 300
LONGEST_SUMMARY: Final = 4_000
LONGEST_NAME: Final = 200
LONGEST_URL: Final = 2_000


class ArticleKind(StrEnum):
    """Where it was said: by an editorial office, or by anybody."""

    NEWS = "news"
    SOCIAL = "social"


class Sentiment(NamedTuple):
    """How good a text sounds for who holds what it is about, from -1 to 1, and which model says so."""

    score: Decimal
    model: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A text as it was published: title and summary are plain text, never to be rendered as anything else.

    `source` is the paper or the author, `provider_id` the provider's own id of it. `tickers` are those the provider
    names. `author_sentiment` is what the author declared, where a network lets them: from -1 to 1.
    """

    kind: ArticleKind
    provider_id: str
    title: str
    summary: str
    url: str | None
    source: str
    published_at: datetime
    tickers: tuple[Ticker, ...]
    provenance: Provenance
    author_sentiment: Decimal | None = None

    def __post_init__(self) -> None:
        check_line(self.provider_id, "provider_id", LONGEST_NAME)
        check_line(self.title, "title", LONGEST_TITLE)
        check_prose(self.summary, "summary", LONGEST_SUMMARY)
        check_line(self.source, "source", LONGEST_NAME)
        if self.url is not None:
            check_line(self.url, "url", LONGEST_URL)
            if not self.url.startswith(("https://", "http://")):
                raise Invalid("An article's url is one of the web.", field="url")
        if self.author_sentiment is not None and not -1 <= self.author_sentiment <= 1:
            raise Invalid(f"A sentiment is from -1 to 1; got {self.author_sentiment}.", field="author_sentiment")
