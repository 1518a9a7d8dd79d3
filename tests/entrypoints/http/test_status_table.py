"""Every error that a user can meet has a status of its own choosing, never 500 by omission."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import application
import domain
import entrypoints.http
from domain.shared.errors import TapedeckError
from entrypoints.http.openapi_failures import documented_statuses
from entrypoints.http.problem import STATUS


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def kinds(root: type[TapedeckError]) -> Iterator[type[TapedeckError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def test_the_table_has_a_status_for_every_code() -> None:
    for package in (domain, application, entrypoints.http):
        assert list(modules(package))
    without = {kind.code: kind.__qualname__ for kind in kinds(TapedeckError) if kind.code not in STATUS}
    assert without == {}


def test_every_status_of_the_table_can_be_documented() -> None:
    assert set(STATUS.values()) <= documented_statuses()
