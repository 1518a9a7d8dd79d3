"""Every error that a user can meet has one HTTP status, chosen on purpose."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

import pytest

from domain.shared.errors import TapedeckError
from entrypoints.http.problem import STATUS
from tests.architecture.sources import modules


def _load(*places: str) -> None:
    for module in modules(*places):
        importlib.import_module(".".join(part for part in module.parts if part != "__init__"))


def _family(kind: type[TapedeckError]) -> Iterator[type[TapedeckError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


def incomplete(kinds: set[type[TapedeckError]], table: Mapping[str, int]) -> list[str]:
    """Return the codes without a status and the statuses without a code."""
    codes = {kind.code for kind in kinds}
    return sorted(codes ^ set(table))


def test_every_error_has_a_status() -> None:
    """The table of statuses and the tree of errors name the same codes."""
    _load("domain", "application", "entrypoints/http")
    kinds = {kind for kind in _family(TapedeckError) if kind.__module__.split(".")[0] != "tests"}
    assert incomplete(kinds, STATUS) == []


@pytest.mark.parametrize("table", [{}, {"conflict": 409, "gone": 410}])
def test_a_gap_in_the_table_is_found(table: dict[str, int]) -> None:
    """An error without a status and a status without an error are both seen."""

    class Known(TapedeckError):
        code = "conflict"

    assert incomplete({Known}, table) != []


def test_statuses_are_errors() -> None:
    """No error is told as a success."""
    lowest, beyond = 400, 600
    assert all(lowest <= status < beyond for status in STATUS.values())
