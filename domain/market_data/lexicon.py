"""The words by which a text about markets sounds good or bad to who holds what it is about, and how strongly.

Weights are from -3 to 3, of words in lower case and of phrases of up to three words. Words that mean something else in
finance than elsewhere, or many things (`share`, `liability`, `long`, `won`, `fine`, `debt`), are left out. Whoever
changes a weight raises VERSION: scores that are kept name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NAME: Final = "tapedeck-lexicon"
VERSION: Final = "1"
LONGEST_PHRASE: Final = 3

_WORDS: Final[Mapping[int, str]] = {
    3: """
        surge surges surged surging soar soars soared soaring skyrocket skyrockets skyrocketed skyrocketing
        breakthrough blockbuster stellar triumph triumphs
    """,
    2: """
        beat beats beating outperform outperforms outperformed outperforming upgrade upgrades upgraded rally rallies
        rallied rallying jump jumps jumped jumping profit profits profitable profitability bullish boom booms booming
        boost boosts boosted boosting strong stronger strongest strength robust rebound rebounds rebounded rebounding
        recover recovers recovered recovery win wins winning approve approves approved approval exceed exceeds
        exceeded exceeding excellent exceptional optimistic optimism thrive thrives thriving moon mooning undervalued
        accelerate accelerates accelerated accelerating success successful successfully
    """,
    1: """
        gain gains gained gaining rise rises rose risen rising climb climbs climbed climbing advance advances advanced
        grow grows grew growing growth improve improves improved improving improvement improvements positive good
        better best higher upside upbeat expand expands expanded expanding expansion momentum confident confidence
        buy buying buyback buybacks dividend overweight accumulate partnership partnerships innovation innovative
        leading leader opportunity opportunities attractive resilient resilience solid healthy stable
        stabilise stabilises stabilised stabilize stabilizes stabilized raise raises raised increase increases
        increased increasing launch launches launched win-win progress beneficial benefit benefits love great nice
        happy hodl
    """,
    -1: """
        fall falls fell fallen falling drop drops dropped dropping decline declines declined declining lower lose
        loses losing slip slips slipped slipping slide slides slid sliding dip dips dipped dipping
        weak weaker weakness weaken weakens weakened soft softer slow slows slowed slowing slowdown negative bad worse
        poor concern concerns concerned worry worries worried worrying uncertain uncertainty risk risks risky caution
        cautious cautions cautioned pressure pressures pressured delay delays delayed delaying sell selling cut cuts
        cutting reduce reduces reduced reducing decrease decreases decreased decreasing volatile volatility doubt
        doubts challenge challenges challenging headwind headwinds underweight overvalued expensive shorts
        strike strikes probe probes probed recall recalls recalled dispute disputes
        loss losses deficit shortage shortages complaint complaints fear fears
    """,
    -2: """
        miss misses missed missing downgrade downgrades downgraded underperform underperforms underperformed
        underperforming bearish tumble tumbles tumbled tumbling sink sinks sank sinking plunge plunges plunged plunging
        selloff selloffs slump slumps slumped slumping lawsuit lawsuits sue sues sued suing fined penalty
        penalties layoff layoffs fraud fraudulent scandal scandals recession crisis default defaults defaulted
        investigation investigations investigate investigates investigated warn warns warned warning warnings worst
        fail fails failed failing failure failures halt halts halted suspend suspends suspended suspension violate
        violates violated violation violations breach breaches breached terrible awful hate scam dump dumps dumped
        dumping toxic distress distressed insolvent delist delisted delisting
    """,
    -3: """
        crash crashes crashed crashing collapse collapses collapsed collapsing plummet plummets plummeted plummeting
        bankrupt bankruptcy bankruptcies catastrophe catastrophic disaster disastrous wipeout ponzi embezzlement
        rugpull
    """,
}
_PHRASES: Final[Mapping[str, int]] = {
    "record high": 3,
    "all time high": 3,
    "record profit": 3,
    "record revenue": 3,
    "record earnings": 3,
    "record quarterly earnings": 3,
    "beats estimates": 3,
    "beat estimates": 3,
    "beats expectations": 3,
    "beat expectations": 3,
    "tops estimates": 3,
    "topped estimates": 3,
    "tops expectations": 3,
    "raises guidance": 3,
    "raised guidance": 3,
    "raises outlook": 3,
    "raises forecast": 3,
    "raises dividend": 2,
    "raises price target": 2,
    "price target raised": 2,
    "strong buy": 3,
    "to the moon": 3,
    "better than expected": 2,
    "record low": -3,
    "all time low": -3,
    "misses estimates": -3,
    "missed estimates": -3,
    "misses expectations": -3,
    "cuts guidance": -3,
    "cut guidance": -3,
    "lowers guidance": -3,
    "lowered guidance": -3,
    "cuts outlook": -3,
    "cuts forecast": -3,
    "cuts dividend": -3,
    "profit warning": -3,
    "cuts price target": -2,
    "lowers price target": -2,
    "price target cut": -2,
    "worse than expected": -2,
    "chapter 11": -3,
    "going concern": -3,
    "short seller": -2,
    "cuts jobs": -2,
    "job cuts": -2,
    "rate cut": 1,
    "rate cuts": 1,
    "rate hike": -1,
    "rate hikes": -1,
    "cuts costs": 1,
    "cuts losses": 1,
    "narrows loss": 2,
    "narrower loss": 2,
    "wider loss": -2,
    "no longer": 0,
    "higher costs": -1,
    "lower costs": 1,
    "raises capital": 0,
    "raised capital": 0,
    "raises concerns": -2,
    "raised concerns": -2,
    "raises doubts": -2,
    "rising costs": -2,
    "rising debt": -2,
    "rising inflation": -2,
    "growing concerns": -2,
    "growing losses": -3,
    "bad debt": -2,
    "long term": 0,
    "short term": 0,
    "best known": 0,
    "leading to": 0,
}
WEIGHTS: Final[Mapping[tuple[str, ...], int]] = MappingProxyType(
    {(word,): weight for weight, words in _WORDS.items() for word in words.split()}
    | {tuple(phrase.split()): weight for phrase, weight in _PHRASES.items()}
)
"""The weight of each word and phrase, by its words."""
_NEGATIONS: Final = """
    not no never neither nor without hardly cannot can't won't don't doesn't didn't isn't aren't wasn't weren't
    couldn't wouldn't shouldn't hasn't haven't hadn't
"""
NEGATIONS: Final = frozenset(_NEGATIONS.split())
"""Words that turn the next few into half of their opposite."""
_STRESSES: Final[Mapping[int, str]] = {
    3: "sharply significantly strongly very extremely hugely massively dramatically record",
    1: "slightly somewhat modestly marginally little mildly",
}
STRESSES: Final[Mapping[str, int]] = MappingProxyType(
    {word: halves for halves, words in _STRESSES.items() for word in words.split()}
)
"""Words that make the next one worth so many halves of its weight."""
