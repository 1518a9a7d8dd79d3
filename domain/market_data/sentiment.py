"""How good a text sounds for who holds what it is about, by the words in it: known, offline, and the same each time.

The formula, named by the lexicon and its version: each longest phrase of the lexicon counts with its weight; with half
of the opposite if a negation stands among the three words before it in its sentence, and with one and a half or a half
of it if the word before stresses or plays it down. What a title says counts twice. Of the sum s, the score is
s / (|s| + 4), rounded to four places: between -1 and 1, and less is gained by each further word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from domain.market_data.article import Sentiment
from domain.market_data.lexicon import LONGEST_PHRASE, NAME, NEGATIONS, STRESSES, VERSION, WEIGHTS

_TITLE: Final = 2
_DAMPING: Final = 4
_REACH: Final = 3
_PLACES: Final = 4
_NEGATED: Final = Fraction(-1, 2)
_SENTENCE: Final = re.compile(r"[.!?;:]+(?:\s+|$)|\n+")
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_CLEAR: Final = Decimal("0.15")


class Mood(StrEnum):
    """What a score means in a word: it is neutral up to 0.15 either way."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"

    @classmethod
    def of(cls, score: Decimal) -> Mood:
        """Return the word for a score."""
        if abs(score) <= _CLEAR:
            return cls.NEUTRAL
        return cls.POSITIVE if score > 0 else cls.NEGATIVE


def by_lexicon(title: str, summary: str) -> Sentiment:
    """Score a text by the lexicon."""
    total = _TITLE * _sum(title) + _sum(summary)
    return Sentiment(_rounded(total / (abs(total) + _DAMPING)), NAME, VERSION)


def mean(scores: Sequence[Decimal]) -> Decimal | None:
    """Return the mean of scores to four places; None of none."""
    return _rounded(sum(map(Fraction, scores), Fraction()) / len(scores)) if scores else None


def _sum(text: str) -> Fraction:
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
    return sum((_weights(_WORD.findall(sentence)) for sentence in _SENTENCE.split(plain)), Fraction())


def _weights(words: Sequence[str]) -> Fraction:
    return sum((_weight(words, start, end) for start, end in _phrases(words)), Fraction())


def _phrases(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The longest phrases of the lexicon from left to right, none within another."""
    start = 0
    while start < len(words):
        longest = min(LONGEST_PHRASE, len(words) - start)
        size = next((size for size in range(longest, 0, -1) if tuple(words[start : start + size]) in WEIGHTS), 0)
        if size:
            yield start, start + size
        start += size or 1


def _weight(words: Sequence[str], start: int, end: int) -> Fraction:
    weight = Fraction(WEIGHTS[tuple(words[start:end])])
    if start:
        weight *= Fraction(STRESSES.get(words[start - 1], 2), 2)
    is_negated = any(word in NEGATIONS for word in words[max(0, start - _REACH) : start])
    return weight * _NEGATED if is_negated else weight


def _rounded(value: Fraction) -> Decimal:
    # round() of a fraction is exact, to the even neighbour
    return Decimal(round(value * 10**_PLACES)).scaleb(-_PLACES)
