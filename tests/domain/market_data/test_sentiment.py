"""How good texts sound: the signs of headlines whose meaning nobody doubts, and what words in between do to them."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.lexicon import LONGEST_PHRASE, NAME, NEGATIONS, STRESSES, VERSION, WEIGHTS
from domain.market_data.sentiment import Mood, by_lexicon, mean

GOOD = (
    "Apple reports record quarterly earnings, beats estimates",
    "Nvidia shares surge after blockbuster results",
    "Goldman upgrades Tesla, raises price target",
    "Pfizer wins approval for new drug",
    "Infosys raises guidance on strong demand",
    "Bitcoin hits all-time high as rally accelerates",
    "Retailer narrows loss, cuts costs",
    "Stocks rebound on rate cut hopes",
)
BAD = (
    "Boeing misses estimates, shares tumble",
    "Crypto exchange files for bankruptcy",
    "Bank fined over money laundering, faces investigation",
    "Intel cuts guidance, warns of weak demand",
    "Carmaker to cut jobs as profit warning sinks stock",
    "Analysts downgrade retailer on rising debt",
    "SEC sues founder over fraud",
    "The outlook is not good, says chief executive",
)
PLAIN = (
    "Company to hold its annual meeting on Tuesday",
    "Microsoft names new head of cloud unit",
    "What to know about index funds for the long term",
    "",
)


@pytest.mark.parametrize("headline", GOOD)
def test_good_news_sounds_good(headline: str) -> None:
    """Clearly so."""
    assert Mood.of(by_lexicon(headline, "").score) is Mood.POSITIVE


@pytest.mark.parametrize("headline", BAD)
def test_bad_news_sounds_bad(headline: str) -> None:
    """Clearly so."""
    assert Mood.of(by_lexicon(headline, "").score) is Mood.NEGATIVE


@pytest.mark.parametrize("headline", PLAIN)
def test_what_says_neither_is_neutral(headline: str) -> None:
    """Exactly nought: no word of it is in the lexicon."""
    assert by_lexicon(headline, "").score == 0


def test_the_formula_by_hand() -> None:
    """Worked out beside the lines."""
    assert by_lexicon("", "Shares fall").score == Decimal("-0.2000")  # -1 / (1 + 4)
    assert by_lexicon("Shares fall", "").score == Decimal("-0.3333")  # twice in a title
    assert by_lexicon("", "Shares fall sharply. Shares rise").score == 0  # the word behind stresses nothing
    assert by_lexicon("", "Shares sharply fall").score == Decimal("-0.2727")  # -1.5 / 5.5
    assert by_lexicon("", "Shares slightly fall").score == Decimal("-0.1111")  # -0.5 / 4.5
    assert by_lexicon("", "Shares did not fall").score == Decimal("0.1111")  # half of the opposite
    assert by_lexicon("", "It was not. Shares fall").score == Decimal("-0.2000")  # another sentence
    assert by_lexicon("", "It doesn\u2019t look strong").score == Decimal("-0.2000")  # -(2 / 2) / 5
    assert by_lexicon("", "A profit warning").score == Decimal("-0.4286")  # -3 / 7: the phrase, not its words


words = st.sampled_from(sorted({word for phrase in WEIGHTS for word in phrase} | NEGATIONS | set(STRESSES)))


@given(st.lists(words | st.text(max_size=8), max_size=40).map(" ".join), st.text(max_size=40))
def test_a_score_is_between_the_ends(title: str, summary: str) -> None:
    """Whatever the text, with four places, the same each time, and it says who says so."""
    scored = by_lexicon(title, summary)
    assert -1 < scored.score < 1
    assert scored.score.as_tuple().exponent == -4
    assert (scored.model, scored.version) == (NAME, VERSION)
    assert by_lexicon(title, summary) == scored


def test_the_version_stands_for_the_words() -> None:
    """Who changes the lexicon gives it a new version, and this its new fingerprint."""
    lines = [f"{' '.join(phrase)}={weight}" for phrase, weight in sorted(WEIGHTS.items())]
    lines += sorted(NEGATIONS) + [f"{word}={halves}" for word, halves in sorted(STRESSES.items())]
    fingerprint = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    assert (VERSION, fingerprint) == ("1", "17b2bddd886b")
    assert max(map(len, WEIGHTS)) <= LONGEST_PHRASE


def test_the_mean_of_scores() -> None:
    """To four places; of nothing there is none."""
    assert mean([Decimal("0.5"), Decimal("-0.2"), Decimal(0)]) == Decimal("0.1000")
    assert mean([]) is None
