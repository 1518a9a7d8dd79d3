"""Which passwords may guard an account: long ones that are not what a guesser tries first."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.email import EmailAddress
from domain.identity.errors import GuessablePassword
from domain.identity.password_policy import check_new_password
from domain.identity.secrets import Password
from domain.shared.errors import Invalid

EMAIL = EmailAddress.parse("asha.rao@example-mail.com")


@pytest.mark.parametrize(
    "text",
    [
        "violet kettle runs north",
        "my dog eats three shoes",
        "a long and winding road",
        "q7#fLz9!pWx2&Kd",
        "x9-blue-mango-tractor",
        "\u0938\u0942\u0930\u091c \u0906\u091c \u0926\u0947\u0930 \u0938\u0947 \u0928\u093f\u0915\u0932\u093e",
        "\u96e8\u306e\u65e5\u306b\u5c0f\u3055\u306a\u7321\u304c\u5c4b\u6839\u3067\u6b4c\u3046",
        "Gr\u00fc\u00dfe aus dem Allg\u00e4u 7",
        "fog horn " * 14,
    ],
)
def test_a_phrase_of_ones_own_is_accepted(text: str) -> None:
    check_new_password(Password(text[:128].strip() + "x"), EMAIL)


@pytest.mark.parametrize(
    "text",
    [
        "000000000000000",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababab",
        "abcabcabcabcabcabc",
        "kazoo7kazoo7kazoo7",
        "violetkettle7violetkettle7",
        "123456789012345",
        "987654321098765",
        "abcdefghijklmnopqrst",
        "qwertyuiopasdfghjkl",
        "QWERTYUIOP123456",
        "1qaz2wsx3edc4rfv",
        "qazwsxedcrfv1234",
        "passwordpassword",
        "Password123456789",
        "P@ssw0rd12345678",
        "p4ssw0rd!p4ssw0rd!2",
        "thisismypassword1",
        "iloveyouforever123",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "maytheforcebewithyou",
        "Welcome2026Welcome2027",
        "summer2025winter2026",
        "tapedeck-tapedeck-1",
        "Tapedeck password 1",
        "asha.rao@example-mail.com",
        "asharao19851985!",
        "example-mail asha rao",
        "zerodha trading 2026",
        "admin administrator",
        "...............",
        "               ",
    ],
)
def test_what_guessers_try_first_is_refused(text: str) -> None:
    with pytest.raises(GuessablePassword) as refused:
        check_new_password(Password(text), EMAIL)
    assert text not in refused.value.message


def test_length_is_counted_in_characters_after_normalisation() -> None:
    with pytest.raises(Invalid, match="14 characters"):
        check_new_password(Password("kettle runs no"), EMAIL)
    # fourteen letters with an accent each, typed as two characters
    with pytest.raises(Invalid, match="14 characters"):
        check_new_password(Password("e\u0301o\u0301a\u0301i\u0301u\u0301n\u0303c\u0301" * 2), EMAIL)
    check_new_password(Password("kettle runs nor"), EMAIL)
    with pytest.raises(Invalid, match="more than 128"):
        check_new_password(Password("kettle runs north " * 8), EMAIL)


def test_a_second_factor_allows_shorter_ones_but_not_guessable_ones() -> None:
    check_new_password(Password("ketTle7!"), EMAIL, has_second_factor=True)
    with pytest.raises(Invalid, match="at least 8"):
        check_new_password(Password("ketTle7"), EMAIL, has_second_factor=True)
    with pytest.raises(GuessablePassword):
        check_new_password(Password("Passw0rd1"), EMAIL, has_second_factor=True)


@given(st.text(max_size=40))
def test_any_text_gets_a_verdict(text: str) -> None:
    """Whatever is typed is accepted or refused with a reason; nothing else happens."""
    with contextlib.suppress(GuessablePassword, Invalid):
        check_new_password(Password(text), EMAIL)


def test_what_a_password_manager_makes_is_accepted() -> None:
    """No random password is taken for a guess: a thousand of each length, always the same thousand."""
    alphabet = "abcdefghijkmnopqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ!?&%-"
    dice = random.Random(4711)  # noqa: S311 - the same passwords in every run
    for length in (15, 20, 32):
        for _ in range(1000):
            check_new_password(Password("".join(dice.choices(alphabet, k=length))), EMAIL)
