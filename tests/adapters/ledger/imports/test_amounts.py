"""Amounts of statements are read to the last digit, whatever their sign."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.delimited.cells import Cell

LONG = "12345678901234567890.123456789012345678"


@pytest.mark.parametrize("text", [f"-{LONG}", f"({LONG})", f"-${LONG}"])
def test_a_negative_amount_keeps_every_digit(text: str) -> None:
    """A minus that is applied in Python's own context would round to 28 digits."""
    assert amount(Cell("Amount", text)) == Decimal(f"-{LONG}")
