"""The last digit of an identifier catches what was mistyped."""

from __future__ import annotations

import pytest

from domain.market_data.identifier import is_figi, is_isin

ISINS = ["US0378331005", "INE009A01021", "GB00B03MLX29", "DE0007164600", "JP3633400001"]
FIGIS = ["BBG000B9XRY4", "BBG000BLNNH6", "BBG000BPH459"]


@pytest.mark.parametrize("text", ISINS)
def test_isins_in_use_are_right(text: str) -> None:
    """Of five countries."""
    assert is_isin(text)


@pytest.mark.parametrize("text", FIGIS)
def test_figis_in_use_are_right(text: str) -> None:
    """Of Apple, IBM and Microsoft."""
    assert is_figi(text)


@pytest.mark.parametrize("text", [*ISINS, *FIGIS])
def test_no_single_wrong_digit_passes(text: str) -> None:
    """Every digit replaced by every other, in each place."""
    is_right = is_isin if text in ISINS else is_figi
    for place, character in enumerate(text):
        for other in "0123456789":
            if character.isdigit() and other != character:
                assert not is_right(text[:place] + other + text[place + 1 :]), (place, other)


@pytest.mark.parametrize("text", ["", "US037833100", "us0378331005", "US03783310055", "٣S0378331005", "BBG000B9XRY"])
def test_other_forms_are_none(text: str) -> None:
    """Neither of the two."""
    assert not is_isin(text)
    assert not is_figi(text)
