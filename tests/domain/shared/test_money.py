"""Numbers come in plain and bounded, are added exactly, and are rounded in one place only."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.shared.errors import Invalid
from domain.shared.money import EXACT, Currency, Money, Price, Quantity, check_number, parse_decimal, plain, round_share

USD, INR = Currency("USD"), Currency("INR")
LARGEST = 10**38 - 1
MALFORMED = [
    "",
    " 1",
    "1 ",
    "+1",
    "1.",
    ".5",
    "1,000",
    "1_000",
    "1e3",
    "1E+3",
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "--1",
    "1\n",
    "1\x00",
    "\u0661\u0662",
    "\uff11",
    "1e999999",
    "100000000000000000000",
    "0.0000000000000000001",
    "9" * 1_000_000,
]


def scaled(units: int, places: int = 18) -> Decimal:
    return Decimal(units).scaleb(-places, EXACT)


numbers = st.integers(-LARGEST, LARGEST).map(scaled)


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: repr(text[:24]))
def test_only_plain_bounded_decimals_are_read(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_decimal(text, "price")
    assert refused.value.details["field"] == "price"
    assert len(refused.value.message) < 250


@given(numbers)
def test_a_number_is_read_back_from_its_plain_text(number: Decimal) -> None:
    assert parse_decimal(plain(number), "price") == number
    assert check_number(number, "price") is number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("-0.00", "0"),
        ("0E-18", "0"),
        ("-2.10", "-2.1"),
    ],
)
def test_equal_numbers_read_alike(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1e20", "1e999999", "1e-19", "1e-999999"])
def test_numbers_beyond_the_limits_are_refused_at_once(number: str) -> None:
    with pytest.raises(Invalid):
        check_number(Decimal(number), "quantity")


def test_the_largest_and_the_smallest_number_are_kept() -> None:
    for units in (LARGEST, -LARGEST, 1, -1, 0):
        assert check_number(scaled(units), "quantity") == scaled(units)


def half_even(value: Fraction) -> Fraction:
    """Fractions round half to even by definition of the language."""
    return Fraction(round(value * 10**18), 10**18)


@given(
    total=st.integers(-LARGEST, LARGEST).map(scaled),
    part=st.integers(0, LARGEST).map(scaled),
    whole=st.integers(1, LARGEST).map(scaled),
)
def test_a_share_is_rounded_half_even_to_eighteen_places(total: Decimal, part: Decimal, whole: Decimal) -> None:
    assume(part != whole)
    expected = half_even(Fraction(total) * Fraction(part) / Fraction(whole))
    assert Fraction(round_share(total, part, whole)) == expected


@pytest.mark.parametrize(
    ("units", "part", "whole", "expected"), [(1, 1, 2, 0), (3, 1, 2, 2), (5, 1, 2, 2), (-1, 1, 2, 0), (-3, 1, 2, -2)]
)
def test_a_tie_goes_to_the_even_neighbour(units: int, part: int, whole: int, expected: int) -> None:
    assert round_share(scaled(units), Decimal(part), Decimal(whole)) == scaled(expected)


def test_a_quotient_just_beside_a_tie_is_not_taken_for_one() -> None:
    tie = Decimal("3.5e-18")
    beside = EXACT.add(tie, Decimal("1e-120"))
    assert round_share(tie, Decimal(1), Decimal(7)) == 0
    assert round_share(beside, Decimal(1), Decimal(7)) == scaled(1)


def test_the_part_that_is_the_whole_gets_everything_unrounded() -> None:
    assert round_share(Decimal("0.1234567890123456789"), Decimal("3.0"), Decimal(3)) == Decimal("0.1234567890123456789")


@given(st.integers(0, LARGEST).map(scaled), st.lists(st.integers(1, 10**20).map(scaled), min_size=1, max_size=8))
def test_shares_of_what_is_left_add_up_and_keep_their_sign(total: Decimal, parts: list[Decimal]) -> None:
    """Dealing from what is left leaves nothing over and takes nothing back."""
    left, whole = total, Decimal(0)
    for part in parts:
        whole = EXACT.add(whole, part)
    shares: list[Decimal] = []
    for part in parts:
        shares.append(round_share(left, part, whole))
        left, whole = EXACT.subtract(left, shares[-1]), EXACT.subtract(whole, part)
    assert left == 0
    assert all(share >= 0 for share in shares)


def test_money_is_added_within_one_currency_only() -> None:
    assert Money(Decimal("0.1"), USD) + Money(Decimal("0.2"), USD) == Money(Decimal("0.3"), USD)
    assert Money(Decimal(1), USD) - Money(Decimal(3), USD) == -Money(Decimal(2), USD)
    assert Money.zero(INR).amount == 0
    with pytest.raises(Invalid) as refused:
        _ = Money.zero(USD) + Money.zero(INR)
    assert (refused.value.details["left"], refused.value.details["right"]) == ("USD", "INR")
    with pytest.raises(Invalid):
        _ = Money.zero(USD) - Money.zero(INR)


def test_price_times_quantity_is_money_to_the_last_digit_in_any_context() -> None:
    with localcontext() as context:
        context.prec = 3
        money = Price(Decimal("12345.678901234567890123"), USD) * Quantity(Decimal("98765.432109876543210987"))
    expected = Fraction("12345.678901234567890123") * Fraction("98765.432109876543210987")
    assert Fraction(money.amount) == expected
    assert money.currency == USD


def test_what_is_no_finite_number_is_no_money_price_or_quantity() -> None:
    nan = Decimal("NaN")
    with pytest.raises(Invalid):
        Money(nan, USD)
    with pytest.raises(Invalid):
        Price(nan, USD)
    with pytest.raises(Invalid):
        Quantity(nan)


@pytest.mark.parametrize("code", ["USD", "INR", "USDT", "BTC2"])
def test_currency_codes_are_upper_case(code: str) -> None:
    assert str(Currency(code)) == code


@pytest.mark.parametrize("code", ["", "US", "usd", "USD ", "USD\n", "12USD", "ABCDEFGHIJK", "\u00c5\u00c5\u00c5"])
def test_what_is_no_currency_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        Currency(code)
