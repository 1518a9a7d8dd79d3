"""What one calls the same address is the same text, and what is no address is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.email import EmailAddress
from domain.shared.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("asha@example.com", "asha@example.com"),
        ("  Asha.Rao@EXAMPLE.Com ", "asha.rao@example.com"),
        ("\uff21\uff33\uff28\uff21\uff20example.com", "asha@example.com"),
        ("asha@B\u00dcCHER.example", "asha@xn--bcher-kva.example"),
        ("asha@b\u00fccher.example", "asha@xn--bcher-kva.example"),
        ("asha@xn--bcher-kva.example", "asha@xn--bcher-kva.example"),
        ("JOS\u00c9@example.com", "jos\u00e9@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("\u0906\u0936\u093e@example.com", "\u0906\u0936\u093e@example.com"),
        ("a+tag_1-x@sub.example.co.in", "a+tag_1-x@sub.example.co.in"),
    ],
)
def test_an_address_has_one_spelling(typed: str, spelled: str) -> None:
    assert EmailAddress.parse(typed).text == spelled


def test_two_mailboxes_are_not_taken_for_one() -> None:
    assert EmailAddress.parse("ma\u00df@example.com") != EmailAddress.parse("mass@example.com")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "asha",
        "@example.com",
        "asha@",
        "asha@localhost",
        "asha@example",
        "asha@@example.com",
        "a sha@example.com",
        "asha@exam ple.com",
        "asha@-example.com",
        "asha@example-.com",
        "asha@example..com",
        "asha@.example.com",
        "asha@example.com.",
        "asha@192.0.2.1",
        ".asha@example.com",
        "asha.@example.com",
        "as..ha@example.com",
        "as,ha@example.com",
        "<asha@example.com>",
        '"asha"@example.com',
        "asha\x00@example.com",
        "asha\r\nBcc: x@example.com",
        "asha\u202e@example.com",
        "asha\ud800@example.com",
        "x" * 65 + "@example.com",
        "asha@" + "x" * 64 + ".com",
        "asha@" + "x." * 130 + "com",
        "x" * 100_000 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        EmailAddress.parse(typed)
    assert refused.value.details == {"field": "email"}
    assert len(refused.value.message) < 400


@given(st.text(max_size=80) | st.emails())
def test_a_spelling_is_its_own_spelling(typed: str) -> None:
    """Parsing twice changes nothing, and any text either is an address or raises Invalid."""
    try:
        address = EmailAddress.parse(typed)
    except Invalid:
        return
    assert EmailAddress.parse(address.text) == address
    assert EmailAddress.parse(address.text.upper()) == address or not address.text.isascii()
    assert address.text == f"{address.local_part}@{address.domain}" == str(address)
