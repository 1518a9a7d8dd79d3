"""Lets the tables' owner read the rows of all organisations where it says that it makes a backup.

Forced row security binds the owner too, so that a backup would silently hold nothing. A policy opens every tenant table
to its owner, for reading and for that purpose only; the app role is not the owner, so nothing changes for it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

POLICY: Final = "backup"
PURPOSE: Final = "backup"

_WITHOUT: Final = text(
    """
    SELECT c.oid::regclass::text AS name, pg_get_userbyid(c.relowner) AS owner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relforcerowsecurity
        AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = :policy)
    ORDER BY c.relname
    """
)


def open_to_owners(connection: Connection) -> None:
    """Create the policy on each tenant table that has none yet."""
    quote = connection.dialect.identifier_preparer.quote
    for name, owner in connection.execute(_WITHOUT, {"policy": POLICY}).all():
        connection.execute(
            text(
                f"CREATE POLICY {POLICY} ON {name} FOR SELECT TO {quote(owner)}"
                f" USING (current_setting('app.purpose', true) = '{PURPOSE}')"
            )
        )
    connection.commit()
