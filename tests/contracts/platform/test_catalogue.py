"""What the migrated database itself says about tenancy, whatever the code believes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.contracts.platform.catalogue import ALLOWED, OFFENDERS, VIOLATIONS


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """A transaction as the owner of the tables; it is undone."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


def _offenders(connection: psycopg.Connection, rule: str) -> set[object]:
    return {row[0] for row in connection.execute(OFFENDERS[rule].encode())}


@pytest.mark.parametrize("rule", OFFENDERS)
def test_the_database_keeps_the_rule(connection: psycopg.Connection, rule: str) -> None:
    assert _offenders(connection, rule) == set(ALLOWED.get(rule, {}))


@pytest.mark.parametrize("rule", OFFENDERS)
def test_a_planted_violation_is_found(connection: psycopg.Connection, rule: str) -> None:
    statements, offender = VIOLATIONS[rule]
    connection.execute(statements.encode())
    assert offender in _offenders(connection, rule)
