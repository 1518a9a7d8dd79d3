"""Tells a history of awards by the names of its members, whose first letters were small and are capitals since 2023."""

from __future__ import annotations

from typing import Final

_FIRST: Final = frozenset({"transactions", "eventDate", "transactionDetails"})
_SECOND: Final = frozenset({"Transactions", "Action", "TransactionDetails"})


def recognises(members: frozenset[str]) -> bool:
    """Tell whether the document has transactions with details in either spelling."""
    return members >= _FIRST or members >= _SECOND
