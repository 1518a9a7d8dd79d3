"""The key of an answer covers everything that the answer depends on, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adapters.platform.cache.keys import entry_key, lock_key, tag_key
from application.shared.cache import Shelf, Tag
from domain.shared.ids import OrganisationId


class Colour(StrEnum):
    """Something to choose."""

    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Wide:
    """A question with all that questions are made of."""

    text: str
    other: str
    number: int
    amount: Decimal
    day: date | None
    colour: Colour
    names: tuple[str, ...]


def _shelf(name: str, version: int) -> Shelf[str]:
    return Shelf(name, version, str, 60)


_TEXTS = st.text(max_size=6)
QUESTIONS = st.builds(
    Wide,
    text=_TEXTS,
    other=_TEXTS,
    number=st.integers(-3, 3),
    amount=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9, max_value=9),
    day=st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 9)),
    colour=st.sampled_from(Colour),
    names=st.lists(_TEXTS, max_size=3).map(tuple),
)
TENANTS = st.none() | st.integers(0, 3).map(lambda number: OrganisationId(UUID(int=number)))
NAMES = st.text("ab:1", min_size=1, max_size=3)
SHELVES = st.builds(_shelf, NAMES, st.integers(1, 12))
ENTRIES = st.tuples(SHELVES, TENANTS, QUESTIONS)


@given(ENTRIES, ENTRIES)
def test_two_keys_are_equal_only_if_everything_is(
    one: tuple[Shelf[str], OrganisationId | None, Wide], other: tuple[Shelf[str], OrganisationId | None, Wide]
) -> None:
    assert (entry_key(*one) == entry_key(*other)) == (one == other)


@given(ENTRIES, st.data())
def test_each_single_input_counts(entry: tuple[Shelf[str], OrganisationId | None, Wide], data: st.DataObject) -> None:
    """Drawn apart, two entries differ in many ways; here in one at a time."""
    shelf, tenant, question = entry
    changed = data.draw(QUESTIONS)
    for name in Wide.__slots__:
        values = {each: getattr(question, each) for each in Wide.__slots__} | {name: getattr(changed, name)}
        near = Wide(**values)
        assert (entry_key(shelf, tenant, near) == entry_key(shelf, tenant, question)) == (near == question)
    for whose in (data.draw(TENANTS), None):
        assert (entry_key(shelf, whose, question) == entry_key(shelf, tenant, question)) == (whose == tenant)


@given(ENTRIES)
def test_a_key_is_the_same_every_time_and_clashes_with_no_lock_or_tag(
    entry: tuple[Shelf[str], OrganisationId | None, Wide],
) -> None:
    key = entry_key(*entry)
    assert key == entry_key(*entry)
    assert key not in {lock_key(key), tag_key(Tag(entry[0].name, entry[1]))}


@given(st.tuples(NAMES, TENANTS), st.tuples(NAMES, TENANTS))
def test_tags_of_different_tenants_are_different(
    one: tuple[str, OrganisationId | None], other: tuple[str, OrganisationId | None]
) -> None:
    assert (tag_key(Tag(*one)) == tag_key(Tag(*other))) == (one == other)
