"""Asks all sources of news and posts at once; one that fails, or is slow, keeps nobody else from answering."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from application.market_data.news.ports import Gathered, NewsDesk, Wanted
from application.market_data.ports import ArticleSource, SourceFailed
from domain.market_data.article import Article, ArticleKind
from domain.market_data.provenance import Fallback
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 16
# of one that has both kinds the newest may all be of the kind that is not wanted
_OF_BOTH_KINDS: Final = 200
_Answer: TypeAlias = Sequence[Article] | Fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """A source by its provider's name. All that it has is of one kind, or of both with None."""

    name: str
    kind: ArticleKind | None
    source: ArticleSource


@final
class SourcesDesk(NewsDesk):
    """Asks each source about each ticker, a few calls at a time."""

    def __init__(self, sources: Sequence[NamedSource], *, simulated: bool) -> None:
        self._sources = sources
        self._simulated = simulated

    @property
    def is_simulated(self) -> bool:
        """Whether the sources make things up."""
        return self._simulated

    async def gather(self, wanted: Wanted) -> Gathered:
        """Return what they say of the kind that is wanted; a source is missing if it failed for any ticker."""
        asked = [each for each in self._sources if wanted.kind is None or each.kind in {wanted.kind, None}]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def ask(named: NamedSource, about: Ticker | None) -> _Answer:
            limit = _OF_BOTH_KINDS if named.kind is None and wanted.kind is not None else wanted.limit
            async with turns:
                try:
                    return await named.source.articles(about, wanted.words, limit)
                except SourceFailed as failed:
                    return Fallback(named.name, failed.refusal)

        abouts = wanted.about or (None,)
        answers = await asyncio.gather(*(ask(named, about) for named in asked for about in abouts))
        articles = [article for answer in answers if not isinstance(answer, Fallback) for article in answer]
        refusals = [answer for answer in answers if isinstance(answer, Fallback)]
        return Gathered(
            articles=[each for each in articles if wanted.kind is None or each.kind is wanted.kind],
            refusals=tuple({refusal.provider: refusal for refusal in refusals}.values()),
            asked=len(asked),
        )
