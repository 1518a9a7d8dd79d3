"""Makes articles of what providers of news and posts say: plain, within bounds, and not of the future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

from adapters.market_data.numbers import unreadable
from adapters.market_data.texts import line, prose, web_address, without_markup
from domain.market_data.article import LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TITLE, LONGEST_URL, Article, ArticleKind
from domain.market_data.cashtag import MOST, cashtags
from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a provider says of a text: title and summary may hold markup if `is_markup`.

    A post without a title has its text in `summary`.
    """

    kind: ArticleKind
    provider: str
    provider_id: str
    title: str | None
    summary: str | None
    url: str | None
    source: str | None
    published_at: datetime
    received_at: datetime
    tickers: Iterable[Ticker] = ()
    is_markup: bool = True
    author_sentiment: Decimal | None = None


def article(draft: Draft) -> Article | None:
    """Return the article, about the tickers that are named and those that its text marks; None if it says nothing.

    What is dated in the future is of now, so that it does not stay the newest.
    """
    plain = without_markup if draft.is_markup else str
    summary = prose(plain(draft.summary or ""), LONGEST_SUMMARY)
    title = line(plain(draft.title or ""), LONGEST_TITLE)
    provider_id = _short(line(draft.provider_id, LONGEST_URL))
    if not title:
        title = line(summary, LONGEST_TITLE)
        summary = "" if title == summary else summary
    if not title or not provider_id:
        return None
    at = min(max(draft.published_at, _EARLIEST), draft.received_at)
    named = dict.fromkeys([*draft.tickers, *cashtags(title), *cashtags(summary)])
    return Article(
        kind=draft.kind,
        provider_id=provider_id,
        title=title,
        summary=summary,
        url=web_address(draft.url),
        source=line(draft.source, LONGEST_NAME) or draft.provider,
        published_at=at,
        tickers=tuple(named)[:MOST],
        provenance=Provenance(provider=draft.provider, as_of=at, received_at=draft.received_at),
        author_sentiment=draft.author_sentiment,
    )


def _short(provider_id: str) -> str:
    # an address that serves as an id may be long
    return provider_id if len(provider_id) <= LONGEST_NAME else sha256(provider_id.encode()).hexdigest()


def holding(found: Iterable[Article | None], words: str | None) -> Iterator[Article]:
    """Yield the articles that hold all of the words, or any if there are none."""
    wanted = (words or "").casefold().split()
    for each in found:
        if each is not None and all(word in f"{each.title} {each.summary}".casefold() for word in wanted):
            yield each


def tickers_of(symbols: Iterable[str]) -> list[Ticker]:
    """Return what can be read of symbols; the others are left out."""
    found: list[Ticker] = []
    for symbol in symbols:
        try:
            found.append(Ticker.parse(symbol))
        except Invalid:
            continue
    return found


def moment(text: str) -> datetime:
    """Return the instant that a text tells, as ISO 8601 or as mails do, in UTC where it names no zone.

    Raises Unknown with `unreadable` for any other text.
    """
    try:
        at = datetime.fromisoformat(text.strip()) if text.strip()[:4].isdigit() else parsedate_to_datetime(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise unreadable("a time is not written as one") from None


def newest_first(articles: Iterable[Article | None], limit: int) -> list[Article]:
    """Return so many of those that say something, the newest first and none twice."""
    by_id = {each.provider_id: each for each in articles if each is not None}
    return sorted(by_id.values(), key=lambda each: (each.published_at, each.provider_id), reverse=True)[:limit]
