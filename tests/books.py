"""Journals as Beancount reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from beancount import loader
from beancount.core.data import Directive, Transaction
from beancount.core.position import Cost


def load(journal: str) -> Sequence[Directive]:
    """The directives of a journal, in which there is no error."""
    directives, errors, _ = loader.load_string(journal)  # pyright: ignore[reportUnknownMemberType] - untyped arguments
    assert [error.message for error in errors] == []
    return directives


def balances(directives: Sequence[Directive]) -> Mapping[tuple[str, str], tuple[Decimal, Decimal]]:
    """Units and total cost of each commodity in each account; none where nothing is left. Money costs itself."""
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for entry in directives:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            assert posting.units is not None
            number = posting.units.number
            price = posting.cost.number if isinstance(posting.cost, Cost) else Decimal(1)
            assert number is not None
            units, cost = found[posting.account, posting.units.currency]
            found[posting.account, posting.units.currency] = (units + number, cost + number * price)
    return {name: (units, cost) for name, (units, cost) in found.items() if units}
