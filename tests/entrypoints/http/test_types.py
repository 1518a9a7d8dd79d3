"""Texts on the wire become domain values, or are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import Invalid
from domain.shared.text import check_line, check_prose
from entrypoints.http.types import (
    DATE_PATTERN,
    DECIMAL_PATTERN,
    INSTANT_PATTERN,
    LINE_PATTERN,
    POSITIVE_PATTERN,
    PROSE_PATTERN,
    decimal_text,
    to_currency,
    to_date,
    to_decimal,
    to_instant,
    to_zone,
)


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)))
def test_every_day_of_the_years_matches_and_comes_back(day: date) -> None:
    assert re.fullmatch(DATE_PATTERN, day.isoformat())
    assert to_date(day.isoformat(), "day") == day


@given(st.from_regex(DATE_PATTERN, fullmatch=True))
def test_whatever_matches_is_a_day(text: str) -> None:
    assert to_date(text, "day").isoformat() == text


@given(st.from_regex(INSTANT_PATTERN, fullmatch=True))
def test_whatever_matches_is_an_instant_in_utc(text: str) -> None:
    assert to_instant(text, "at").tzinfo is UTC


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001 - the offset is drawn apart
    st.integers(-13 * 60, 13 * 60),
)
def test_an_instant_keeps_its_moment_whatever_its_offset(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert to_instant(moment.isoformat(), "at") == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-30T09:15:00",
        "2026-01-30",
        "2026-02-29T00:00:00Z",
        "2026-01-30T24:00:00Z",
        "2026-01-30T09:15:60Z",
        "2026-01-30 09:15:00Z",
        "2026-01-30T09:15:00z",
        "0001-01-01T00:00:00Z",
        "2026-01-30T09:15:00Z\n",
        "",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="at must be an instant"):
        to_instant(text, "at")


@given(st.from_regex(DECIMAL_PATTERN, fullmatch=True))
def test_whatever_matches_is_a_decimal_and_equal_ones_read_alike(text: str) -> None:
    value = to_decimal(text, "amount")
    assert Decimal(decimal_text(value)) == value
    assert decimal_text(value) == decimal_text(Decimal(f"{text}000" if "." in text else f"{text}.000"))


@given(st.from_regex(POSITIVE_PATTERN, fullmatch=True))
def test_whatever_matches_as_positive_is(text: str) -> None:
    assert to_decimal(text, "quantity") > 0


def test_names_of_currencies_and_zones_are_checked() -> None:
    assert to_currency("INR").code == "INR"
    assert to_zone("Asia/Kolkata").key == "Asia/Kolkata"
    for wrong in ("inr", "RUPEE!", ""):
        with pytest.raises(Invalid):
            to_currency(wrong)
    for wrong in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(Invalid):
            to_zone(wrong)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=12))
def test_the_pattern_of_a_line_is_the_domains_rule(text: str) -> None:
    try:
        check_line(text, "label", 100)
    except Invalid:
        assert re.fullmatch(LINE_PATTERN, text) is None
    else:
        assert re.fullmatch(LINE_PATTERN, text) is not None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=12))
def test_the_pattern_of_prose_is_the_domains_rule(text: str) -> None:
    try:
        check_prose(text, "notes", 100)
    except Invalid:
        assert re.fullmatch(PROSE_PATTERN, text) is None
    else:
        assert re.fullmatch(PROSE_PATTERN, text) is not None


def test_the_patterns_agree_with_the_domain_on_every_character() -> None:
    characters = [chr(code) for code in range(0x11_0000) if not 0xD800 <= code <= 0xDFFF]
    line, prose = re.compile(LINE_PATTERN), re.compile(PROSE_PATTERN)
    for character in characters:
        assert (line.fullmatch(character) is not None) == accepts(check_line, character), ascii(character)
        assert (prose.fullmatch(character) is not None) == accepts(check_prose, character), ascii(character)


def accepts(check: Callable[[str, str, int], str], text: str) -> bool:
    try:
        check(text, "field", 10)
    except Invalid:
        return False
    return True
