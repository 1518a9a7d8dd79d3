"""Who is asked, and who is asked instead when that fails: the order of providers for one kind of question.

Only a failure is a reason to ask the next one. That something does not exist is an answer, so a typing error costs one
call and not one for each provider, and nothing is ever put together from two providers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from application.market_data.ports import SourceFailed
from domain.market_data.asset_class import AssetClass
from domain.market_data.provenance import Fallback
from domain.shared.errors import Unavailable

S = TypeVar("S")
T = TypeVar("T")


class NoProviderAnswers(Unavailable):
    """Nobody who could tell can be asked now; `refused` are those who were, in order."""

    code: ClassVar[str] = "no_provider_answers"

    def __init__(self, refused: Sequence[Fallback], retry_after_s: int | None = None) -> None:
        who = ", ".join(f"{each.provider} ({each.refusal.value})" for each in refused)
        message = f"No provider answers: {who}. Try again later." if refused else "No provider is configured for this."
        super().__init__(
            message,
            providers=[each.provider for each in refused],
            reasons=[each.refusal.value for each in refused],
            **({} if retry_after_s is None else {"retry_after_s": retry_after_s}),
        )
        self.refused = tuple(refused)


@dataclass(frozen=True, slots=True)
class Link(Generic[S]):
    """One provider of a chain, and what it is asked through."""

    provider: str
    source: S


class Answer(NamedTuple, Generic[T]):
    """What a provider said, and which ones before it failed."""

    value: T
    provider: str
    instead_of: tuple[Fallback, ...]


@dataclass(frozen=True, slots=True)
class Chains(Generic[S]):
    """The providers for one capability by the kind of thing that is asked about; None for questions about none."""

    links: Mapping[AssetClass | None, Sequence[Link[S]]]

    async def ask(self, about: AssetClass | None, question: Callable[[S], Awaitable[T]]) -> Answer[T]:
        """Put the question to one after the other until one answers; raise NoProviderAnswers."""
        refused: list[Fallback] = []
        waits: list[int] = []
        for link in self.links.get(about, ()):
            try:
                return Answer(await question(link.source), link.provider, tuple(refused))
            except SourceFailed as failure:
                refused.append(Fallback(link.provider, failure.refusal))
                if failure.retry_after_s is not None:
                    waits.append(failure.retry_after_s)
        raise NoProviderAnswers(refused, min(waits, default=None))

    async def ask_another(
        self, about: AssetClass | None, than: str, question: Callable[[S], Awaitable[T]]
    ) -> Answer[T] | None:
        """Put the question to those who come after a provider until one answers; None if nobody does."""
        links = self.links.get(about, ())
        names = [link.provider for link in links]
        rest = Chains({about: links[names.index(than) + 1 :] if than in names else ()})
        try:
            return await rest.ask(about, question)
        except NoProviderAnswers:
            return None
