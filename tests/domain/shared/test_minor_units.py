"""Prices in pence, agorot and cents become prices in pounds, shekels and rand, and no money is ever held in them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import Invalid
from domain.shared.minor_units import MINOR_CODES, currency_of, major, unit
from domain.shared.money import Currency, plain


@pytest.mark.parametrize(
    ("code", "currency"), [("GBX", "GBP"), ("GBp", "GBP"), ("ILA", "ILS"), ("ZAC", "ZAR"), ("ZAc", "ZAR")]
)
def test_a_minor_unit_is_a_hundredth_of_its_currency(code: str, currency: str) -> None:
    assert major(code, Decimal(250)) == (Currency(currency), Decimal("2.5"))


def test_only_the_case_tells_pence_from_pounds() -> None:
    assert major("GBp", Decimal(100)) == (Currency("GBP"), Decimal(1))
    assert major("GBP", Decimal(100)) == (Currency("GBP"), Decimal(100))
    assert major("gbp", Decimal(100)) == (Currency("GBP"), Decimal(100))
    assert major("ZAR", Decimal(100)) == (Currency("ZAR"), Decimal(100))
    assert major("gbx", Decimal(100)) == (Currency("GBP"), Decimal(1))


@given(
    code=st.sampled_from(MINOR_CODES),
    amount=st.decimals(min_value=-(10**19), max_value=10**19, allow_nan=False, allow_infinity=False, places=16),
)
def test_nothing_is_lost_on_the_way(code: str, amount: Decimal) -> None:
    assert Fraction(major(code, amount)[1]) * 100 == Fraction(amount)


def test_a_price_that_has_no_place_for_two_more_digits_is_refused_and_zeros_are_none() -> None:
    assert plain(major("GBX", Decimal("1.2500000000000000"))[1]) == "0.0125"
    assert plain(major("GBX", Decimal("1.000000000000000000"))[1]) == "0.01"
    with pytest.raises(Invalid) as refused:
        major("GBX", Decimal("0.00000000000000001"), "tickSize")
    assert refused.value.details["field"] == "tickSize"
    assert "GBP" in refused.value.message


@pytest.mark.parametrize("code", MINOR_CODES)
def test_a_minor_unit_is_no_currency(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        currency_of(code)
    assert major(code, Decimal(1))[0].code in refused.value.message


def test_every_other_code_is_what_it_says() -> None:
    assert currency_of("GBP") == unit("GBP") == Currency("GBP")
    assert major("USDT", Decimal("0.1")) == (Currency("USDT"), Decimal("0.1"))
    for wrong in ("", "G", "£", "gbp"):
        with pytest.raises(Invalid):
            currency_of(wrong)
