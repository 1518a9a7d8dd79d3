"""What the database holds, as its owner sees it, whoever the tenant."""

from __future__ import annotations

import psycopg
from psycopg import sql

from adapters.platform.database.engine import driver_url


def digest_rows(url: str) -> dict[str, str]:
    """Return a digest of the whole content of each table."""
    plain = driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        found: dict[str, str] = {}
        for (name,) in names:
            statement = sql.SQL("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
            row = connection.execute(statement.format(sql.Identifier(name))).fetchone()
            assert row is not None
            found[name] = row[0]
        return found


def count_rows(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""
    plain = driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        found: dict[str, int] = {}
        for (name,) in names:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            assert row is not None
            found[name] = row[0]
        return found
