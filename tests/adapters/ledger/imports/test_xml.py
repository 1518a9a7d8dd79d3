"""XML is read in pieces of any size, and refused where it declares, refers, nests or grows too much."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.imports.xml.elements import ElementReader, outline
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.tradebook_import import MAX_STATEMENT_RECORDS

WANTED = {"b": frozenset({"x", "y"})}
GOOD = '<?xml version="1.0"?>\n<a>\n<b x="1" y="" z="3"/>\n<b x=" &lt;ü&#65; "/><c x="1"/></a>'.encode()


def elements(content: bytes, piece: int = 1 << 20) -> list[tuple[int, tuple[str, ...], dict[str, str]]]:
    """What a reader finds when it is fed in pieces."""
    reader = ElementReader(WANTED)
    for start in range(0, len(content), piece):
        reader.feed(content[start : start + piece])
    reader.close()
    return [(item.line, item.path, dict(item.attributes)) for item in reader.elements]


@given(st.integers(1, 200))
def test_pieces_make_no_difference(piece: int) -> None:
    """Only wanted attributes that are not empty are kept, and where an element begins."""
    assert elements(GOOD, piece) == [
        (2, ("a",), {}),
        (3, ("a", "b"), {"x": "1"}),
        (4, ("a", "b"), {"x": "<üA"}),
        (4, ("a", "c"), {}),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares a document type"),
        (b'<!DOCTYPE a SYSTEM "http://no-such-host.invalid/x.dtd"><a/>', "declares a document type"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>', "declares a document type"),
        (b"<a>&unknown;</a>", "not well-formed XML on line 1"),
        (b"<a>\n<b></a>", "not well-formed XML on line 2"),
        (b"<a", "not well-formed XML"),
        (b"", "not well-formed XML"),
        (b'<?xml version="1.0" encoding="no-such-code"?><a/>', "encoding"),
        (b"<a>" * 40, "levels deep"),
        (b'<a x="' + b"y" * 3_000_000 + b'"/>', "tag of more than"),
        (b"<a>" + b"<b/>" * (MAX_STATEMENT_RECORDS + 1) + b"</a>", "elements"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    """Each with its reason, within seconds."""
    begun = time.thread_time()
    with pytest.raises(Unreadable) as caught:
        elements(content)
    assert reason in caught.value.message
    assert time.thread_time() - begun < 10


def test_a_billion_laughs_stay_unheard() -> None:
    """The declaration alone ends the reading."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    with pytest.raises(Unreadable):
        elements(f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l9;</a>'.encode())


@given(st.binary(max_size=500))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    """And nothing else happens."""
    try:
        elements(b"<a>" + noise + b"</a>")
    except Unreadable:
        return


def test_the_outline_of_a_head() -> None:
    """Root and first elements, also where the head ends within one."""
    assert outline(b"<a><b/><c/><d x=") == ("a", frozenset({"b", "c"}))
    with pytest.raises(Unreadable):
        outline(b"<!-- nothing -->")
