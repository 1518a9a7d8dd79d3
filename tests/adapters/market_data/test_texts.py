"""Strangers' texts become plain: what is shown of markup, on lines, without what would not print, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.texts import line, prose, web_address, without_markup
from domain.shared.text import check_line, check_prose

HOSTILE = "\x00\u202eevil\u2066\ud800\ufeff\x1b[31m"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>a</p><p>b &amp; c</p>", "\na\n\nb & c\n"),
        ("<script>alert(1)</script><style>p{}</style>a<!-- b -->", "a"),
        ("&lt;script&gt;", "<script>"),
        ("a < b and AT&T", "a < b and AT&T"),
        ("<script>never closed", ""),
        (None, ""),
    ],
)
def test_of_markup_what_is_shown_is_kept(markup: str | None, shown: str) -> None:
    """As text: what was escaped reads as it was meant, and is no markup to us."""
    assert without_markup(markup) == shown


def test_what_does_not_print_is_left_out() -> None:
    """Neither controls nor what reorders a line."""
    assert line(f"  good {HOSTILE}\nnews ", 99) == "good evil[31m news"
    assert prose(f"a{HOSTILE}\n\n\n b \r\n", 99) == "aevil[31m\n\nb"
    assert line("abcdef", 4) == "abc\u2026"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80), st.integers(2, 40))
def test_any_text_fits_its_place(text: str, longest: int) -> None:
    """Whatever comes, the rules of the domain are kept."""
    one = line(text, longest)
    if one:
        check_line(one, "title", longest)
    check_prose(prose(text, longest), "summary", longest)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.com/a",
        "https://user:secret@example.com/",
        "https://",
        "https://example.com/a b",
        "https://example.com/\u202ea",
        "https://example.com/" + "a" * 2_000,
        "http://[::1",
        "",
        None,
    ],
)
def test_only_plain_addresses_of_the_web_are_kept(url: str | None) -> None:
    """All others are none."""
    assert web_address(url) is None


def test_an_address_stays_as_it_is() -> None:
    """But for blanks around it."""
    assert web_address(" https://example.com/a?b=c#d\n") == "https://example.com/a?b=c#d"


def test_broken_markup_does_not_cost_the_square_of_its_length() -> None:
    """Twice as much takes about twice as long: all of these together are done before a test would be slow."""
    for text in ("<", "<!--", "<a ", "&", "<![CDATA[", "<script>", "<script></script", "</p>"):
        assert len(without_markup(text * 20_000)) <= 100_000
