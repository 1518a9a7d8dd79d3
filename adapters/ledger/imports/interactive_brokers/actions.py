"""Corporate actions from the sentences in which Interactive Brokers describes them.

An action is a sentence about one paper, such as `GCM(CA38501D2041) SPLIT 1 FOR 25 (GCM, GRAN COLOMBIA, CA38501D5010)`,
and one row for each paper that came or went, told apart by the bracket at its end. The rows of one sentence and time
are one action: the first makes the entry, the others are parts of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from adapters.ledger.imports.delimited.cells import BadCell
from domain.ledger.action_terms import (
    ActionTerms,
    Bonus,
    CashMerger,
    CostShare,
    Delisting,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
)
from domain.ledger.imports.entry import UNRESOLVED, ActionEntry
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored, RowProblem, part_of
from domain.shared.errors import Invalid
from domain.shared.instrument import InstrumentKey
from domain.shared.money import ZERO

_SENTENCE: Final = re.compile(
    r"(?P<symbol>[^()]{1,64}?) ?\((?P<isin>[^()]{0,20})\) +(?P<what>.+?)"
    r"(?: *\((?P<leg>[^,()]{1,64}), (?P<name>.*), (?P<leg_isin>[^,()]{0,20})\))?"
)
_RATIO: Final = r"(?P<new>[0-9]+(?:\.[0-9]+)?) +FOR +(?P<old>[0-9]+(?:\.[0-9]+)?)"
_CASH: Final = r"[A-Z]{3} +(?P<cash>[0-9]+(?:\.[0-9]+)?)"
_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("split", re.compile(rf"(?:REVERSE )?SPLIT +{_RATIO}", re.IGNORECASE)),
    ("spin_off", re.compile(rf"SPIN-?OFF +{_RATIO}", re.IGNORECASE)),
    ("stock_dividend", re.compile(rf"STOCK DIVIDEND +\S+ +{_RATIO}", re.IGNORECASE)),
    ("merger", re.compile(rf"TENDERED TO +\S+ +{_RATIO}", re.IGNORECASE)),
    ("merger", re.compile(rf"CASH AND STOCK MERGER.*? {_RATIO} +AND +{_CASH}", re.IGNORECASE)),
    ("merger", re.compile(rf"MERGED ?\(.*?\) +WITH +\S+ +{_RATIO}", re.IGNORECASE)),
    ("cash_merger", re.compile(rf"MERGED ?\(.*?\) +FOR +{_CASH} +PER SHARE", re.IGNORECASE)),
    ("return", re.compile(rf"RETURN OF CAPITAL +{_CASH} +PER SHARE", re.IGNORECASE)),
    ("symbol", re.compile(r"(?:CUSIP/ISIN|SYMBOL|NAME) CHANGE", re.IGNORECASE)),
    ("delisting", re.compile(r"DELISTED|WORTHLESS|REMOVED FROM", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A row of an action: what came or went; `name` is the broker's own id of the action, if it has one."""

    line: int
    description: str
    key: InstrumentKey
    isin: str | None
    quantity: Decimal
    at: datetime
    name: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """The paper that an action is about, what happened to it, and the paper of the row."""

    symbol: str
    isin: str | None
    what: str
    leg_symbol: str | None
    leg_isin: str | None


def sentence(description: str) -> Sentence | None:
    """Return what a description says, None if it is not about a paper."""
    match = _SENTENCE.fullmatch(" ".join(description.split()))
    if match is None:
        return None
    return Sentence(
        match["symbol"], match["isin"] or None, match["what"], match["leg"] or None, match["leg_isin"] or None
    )


def action_rows(legs: Iterable[Leg]) -> Iterator[ReadRow]:
    """Yield the rows of actions: one entry for each, and the reason why its other rows make none."""
    groups: dict[tuple[object, ...], list[Leg]] = {}
    for leg in legs:
        said = sentence(leg.description)
        about = leg.description if said is None else (said.symbol, said.isin, said.what)
        groups.setdefault((about, leg.at), []).append(leg)
    for group in groups.values():
        first, *others = sorted(group, key=lambda leg: leg.line)
        yield ReadRow(first.line, _content(group))
        yield from (ReadRow(leg.line, part_of(first.line)) for leg in others)


def _content(legs: Sequence[Leg]) -> Content:
    try:
        return _entry(legs)
    except BadCell as error:
        return error.problem
    except Invalid as error:
        return RowProblem(None, error.message)


def _entry(legs: Sequence[Leg]) -> Content:
    description = legs[0].description
    said = sentence(description)
    if said is None:
        raise BadCell(None, f"The corporate action {description[:100]!r} is not understood; enter it by hand.")
    kind, match = _kind(said)
    about = next((leg for leg in legs if leg.isin is not None and leg.isin == said.isin), legs[0])
    key = InstrumentKey(said.symbol, about.key.exchange, about.key.segment, about.key.currency)
    into = _into(legs, said)
    if kind == "symbol" and (into is None or into.key.symbol == said.symbol):
        return Ignored("Only the paper's number changed, not its symbol.")
    if kind == "stock_dividend" and into is not None and into.key.symbol != said.symbol:
        raise BadCell(None, "The dividend was paid in another paper; enter it as a spin-off.")
    terms = _terms(kind, match)
    leads_on = isinstance(terms, (Merger, SpinOff, SymbolChange))
    if leads_on and into is None:
        raise BadCell(None, "The file does not say what came of the paper; enter the action by hand.")
    return ActionEntry(
        instrument=key,
        isin=said.isin,
        terms=terms,
        effective_at=legs[0].at,
        into=into.key if leads_on and into is not None else None,
        into_isin=into.isin if leads_on and into is not None else None,
        entry_id=next((leg.name for leg in legs if leg.name is not None), None),
        notes=description[:500],
    )


def _kind(said: Sentence) -> tuple[str, re.Match[str]]:
    for kind, pattern in _KINDS:
        match = pattern.search(said.what)
        if match is not None:
            return kind, match
    raise BadCell(
        None, f"The corporate action {said.what[:100]!r} is of a kind that is not understood; enter it by hand."
    )


def _into(legs: Sequence[Leg], said: Sentence) -> Leg | None:
    """Return the row of the paper that came, if it is another than the one that the action is about."""
    came = [leg for leg in legs if leg.quantity > ZERO]
    others = [leg for leg in came if leg.isin != said.isin or leg.key.symbol != said.symbol]
    # a short position gets a debt in the new paper
    return next(iter(others), None) or next((leg for leg in legs if leg.isin != said.isin), None)


def _terms(kind: str, match: re.Match[str]) -> ActionTerms:  # noqa: PLR0911 - a return for each kind
    groups = match.groupdict()
    new, old = _ratio(groups.get("new") or "1", groups.get("old") or "1")
    cash = None if groups.get("cash") is None else Decimal(str(groups["cash"]))
    match kind:
        case "split":
            return Split(new=new, old=old)
        case "stock_dividend":
            return Bonus(new=new, held=old)
        case "spin_off":
            # the statement does not say how the cost is divided: all of it stays until the owner says so
            return SpinOff(into=UNRESOLVED, new=new, old=old, cost_share=CostShare(0, 1))
        case "merger":
            if cash is not None:
                raise BadCell(
                    None,
                    f"The merger paid {cash} a share beside {new} new for {old}, and the file does not say for which "
                    "part of the cost; enter the action by hand.",
                )
            return Merger(into=UNRESOLVED, new=new, old=old)
        case "symbol":
            return SymbolChange(into=UNRESOLVED)
        case "cash_merger":
            return CashMerger(cash_per_unit=cash or ZERO)
        case "return":
            return ReturnOfCapital(per_unit=cash or ZERO)
        case _:
            return Delisting()


def _ratio(new: str, old: str) -> tuple[int, int]:
    """Return a ratio of decimals in the smallest integers."""
    if not Decimal(old) or not Decimal(new):
        raise BadCell(None, f"The ratio {new} for {old} is none.")
    ratio = Fraction(new) / Fraction(old)
    return ratio.numerator, ratio.denominator
