"""Passwords and tokens show nothing of themselves, and a refresh token's child is its own."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.secrets import AccessToken, Password, RefreshToken, SecretText
from domain.shared.errors import Invalid

BITS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(
    "secret", [Password("canary-4711"), AccessToken("canary-4711"), RefreshToken(b"canary-4711-" * 2 + b"12345678")]
)
def test_printing_shows_nothing(secret: SecretText) -> None:
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), repr({"x": secret})):
        assert "canary" not in shown
        assert secret.reveal() not in shown


def test_an_error_that_carries_a_secret_shows_nothing() -> None:
    password = Password("canary-4711")
    shown = "".join(traceback.format_exception_only(ValueError(password)))
    assert "canary" not in shown


def test_equal_secrets_of_different_kinds_differ() -> None:
    assert Password("x") == Password("x")
    assert Password("x") != Password("y")
    assert Password("x") != AccessToken("x")
    assert len({Password("x"), Password("x"), AccessToken("x")}) == 2


def test_a_password_is_the_same_on_every_keyboard() -> None:
    assert Password("cafe\u0301 \ufb01sh") == Password("caf\u00e9 fish")


def test_a_password_is_unicode_text() -> None:
    with pytest.raises(Invalid):
        Password("half \ud83d of a pair")


@given(BITS)
def test_a_token_reads_back_from_its_one_spelling(bits: bytes) -> None:
    token = RefreshToken(bits)
    assert RefreshToken.parse(token.reveal()) == token
    assert len(token.reveal()) == 43
    assert token.digest() != bits


@given(st.text(max_size=60))
def test_what_is_no_token_reads_as_none(text: str) -> None:
    token = RefreshToken.parse(text)
    assert token is None or token.reveal() == text


def test_a_second_spelling_of_a_token_is_refused() -> None:
    text = RefreshToken(bytes(32)).reveal()
    assert text == "A" * 43
    assert RefreshToken.parse("A" * 42 + "B") is None
    assert RefreshToken.parse(text + "=") is None
    assert RefreshToken.parse("+" * 43) is None


def test_a_token_has_256_bits() -> None:
    with pytest.raises(Invalid):
        RefreshToken(bytes(31))


@given(BITS, BITS, BITS)
def test_a_child_follows_from_parent_and_nonce_alone(parent: bytes, nonce: bytes, other: bytes) -> None:
    """Same parent, same nonce: same child. Anything else gives another one, and never the parent again."""
    token = RefreshToken(parent)
    assert token.child(nonce) == RefreshToken(parent).child(nonce)
    assert token.child(nonce) != token
    if other != nonce:
        assert token.child(nonce) != token.child(other)
    if other != parent:
        assert token.child(nonce) != RefreshToken(other).child(nonce)
