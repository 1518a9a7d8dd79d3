"""Row-level security: the second guard of tenancy, behind stores that are built with their tenant.

A transaction says which organisation it works for (`app.organisation_id`). A few reads must happen before the
organisation is known (sign-in) or across organisations (the relay); those transactions say so in
`app.purpose`, and only tables secured with that purpose open up to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from adapters.platform.database.engine import APP_ROLE


class Executes(Protocol):
    """The part of Alembic's operations that is needed here."""

    def execute(self, sqltext: str, /) -> None:
        """Run one statement."""
        ...


def secure(op: Executes, table: str, *, purposes: tuple[str, ...] = (), grants: str = "SELECT, INSERT, UPDATE") -> None:
    """Force row-level security on the table and grant the app role what it needs; DELETE must be asked for."""
    condition = _condition(purposes)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})")
    op.execute(f"GRANT {grants} ON {table} TO {APP_ROLE}")


def reopen(op: Executes, table: str, *, purposes: tuple[str, ...]) -> None:
    """Open a secured table to these purposes, and to no others than these any more."""
    condition = _condition(purposes)
    op.execute(f"ALTER POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})")


def _condition(purposes: tuple[str, ...]) -> str:
    condition = "organisation_id = nullif(current_setting('app.organisation_id', true), '')::uuid"
    if not purposes:
        return condition
    named = ", ".join(f"'{purpose}'" for purpose in purposes)
    return f"{condition} OR current_setting('app.purpose', true) IN ({named})"


@contextmanager
def of_everyone(op: Executes, *tables: str) -> Iterator[None]:
    """Let the tables' owner reach the rows of all organisations in the block, for a migration of what is there.

    Forced security binds the owner too, unless it is a superuser: without this a migration would change nothing, and
    say nothing.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
