"""The rules of tenancy as questions to PostgreSQL's catalogue: each names the offenders, one text per offender."""

# ruff: noqa: S608 - the queries are put together from constants of this module

from __future__ import annotations

from adapters.platform.database.engine import APP_ROLE

_TABLES = """
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
"""
_ORGANISATION = """
    SELECT 1 FROM pg_attribute a
    WHERE a.attrelid = t.oid AND a.attname = 'organisation_id' AND a.attnotnull AND NOT a.attisdropped
"""
_TENANT = f"SELECT t.* FROM ({_TABLES}) t WHERE EXISTS ({_ORGANISATION})"
# for reading only, for the owner only, and where the owner says what for
_FOR_BACKUPS = """
    p.polname = 'backup' AND p.polcmd = 'r' AND p.polroles = ARRAY[c.relowner]
    AND pg_get_expr(p.polqual, p.polrelid) = '(current_setting(''app.purpose''::text, true) = ''backup''::text)'
"""

OFFENDERS = {
    "every table belongs to an organisation": f"""
        SELECT relname FROM ({_TABLES}) t WHERE NOT EXISTS ({_ORGANISATION})
    """,
    "row security is on and binds owners too": f"""
        SELECT relname FROM ({_TENANT}) t WHERE NOT (relrowsecurity AND relforcerowsecurity)
    """,
    "policies compare the organisation when reading and when writing": f"""
        SELECT t.relname FROM ({_TENANT}) t JOIN pg_class c ON c.oid = t.oid
        LEFT JOIN pg_policy p ON p.polrelid = t.oid AND p.polpermissive AND NOT ({_FOR_BACKUPS})
        WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), '') NOT LIKE '%app.organisation_id%'
            OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid))
                NOT LIKE '%app.organisation_id%'
    """,
    "a backup sees every row": f"""
        SELECT t.relname FROM ({_TENANT}) t JOIN pg_class c ON c.oid = t.oid
        WHERE NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND {_FOR_BACKUPS})
    """,
    "rows are all that a backup must hold": """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND (c.relkind = 'S' OR c.relispartition AND c.relkind IN ('r', 'p'))
    """,
    "the app role has no powers": f"""
        SELECT rolname FROM pg_roles r WHERE rolname = '{APP_ROLE}' AND (
            rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb
            OR has_schema_privilege(rolname, 'public', 'CREATE')
            OR EXISTS (SELECT 1 FROM pg_auth_members WHERE member = r.oid)
        )
    """,
    "the app role owns nothing": f"""
        SELECT relname FROM pg_class WHERE relowner = '{APP_ROLE}'::regrole
        UNION ALL SELECT proname FROM pg_proc WHERE proowner = '{APP_ROLE}'::regrole
    """,
    "the app role cannot empty tables or change the record of migrations": f"""
        SELECT relname FROM ({_TABLES}) t
        WHERE has_table_privilege('{APP_ROLE}', t.oid, 'TRUNCATE, TRIGGER, REFERENCES')
            OR relname = 'alembic_version'
                AND has_table_privilege('{APP_ROLE}', t.oid, 'INSERT, UPDATE, DELETE')
    """,
    "keys and uniques start with the organisation": f"""
        SELECT i.indexrelid::regclass::text FROM ({_TENANT}) t
        JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
        WHERE a.attname IS DISTINCT FROM 'organisation_id'
    """,
    "references stay within the organisation": f"""
        WITH tenant AS ({_TENANT})
        SELECT c.conname FROM pg_constraint c
        JOIN tenant own ON own.oid = c.conrelid JOIN tenant other ON other.oid = c.confrelid
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT 1 FROM unnest(c.conkey, c.confkey) AS pair(own_column, other_column)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.own_column
            JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.other_column
            WHERE a.attname = 'organisation_id' AND b.attname = 'organisation_id'
        )
    """,
    "views see what their reader may see": """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND (
            c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false)
        )
    """,
    "functions run with the rights of their caller": """
        SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND prosecdef
    """,
    "stored numbers are never NaN": f"""
        SELECT t.relname || '.' || a.attname FROM ({_TABLES}) t
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.atttypid = 'numeric'::regtype AND NOT a.attisdropped
        WHERE NOT EXISTS (
            SELECT 1 FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c' AND a.attnum = ANY(c.conkey)
                AND pg_get_constraintdef(c.oid) LIKE '%NaN%'
        )
    """,
}

# What may be, each with its reason.
ALLOWED = {
    "every table belongs to an organisation": {
        "schedule_slots": "when the service tidied up; nothing in it is anybody's",
        "bar_series": "the market is the same for all",
        "bar_factors": "the same",
        "bars": "the same",
        "market_marks": "the same",
        "market_closes": "the same",
        "listings": "what is traded where; the same for everybody",
        "stories": "what is published; the same for everybody",
        "story_copies": "who published it; the same for everybody",
        "story_tickers": "what it is about; the same for everybody",
        "alembic_version": "which migrations ran: read by the app role to tell whether it is ready, never changed",
    },
    "keys and uniques start with the organisation": {
        "uq_users_email": "people sign in by their address before anybody knows their organisation",
    },
}

# For each rule a violation that its question must find, where the tests' own user may commit it.
VIOLATIONS = {
    "every table belongs to an organisation": ("CREATE TABLE planted (id int)", "planted"),
    "row security is on and binds owners too": (
        "CREATE TABLE planted (organisation_id uuid NOT NULL); ALTER TABLE planted ENABLE ROW LEVEL SECURITY",
        "planted",
    ),
    "policies compare the organisation when reading and when writing": (
        "CREATE POLICY planted ON outbox USING (current_setting('app.organisation_id') <> '') WITH CHECK (true)",
        "outbox",
    ),
    "a backup sees every row": ("DROP POLICY backup ON outbox", "outbox"),
    "rows are all that a backup must hold": ("CREATE SEQUENCE planted", "planted"),
    "the app role has no powers": (f"GRANT CREATE ON SCHEMA public TO {APP_ROLE}", APP_ROLE),
    "the app role owns nothing": (
        f"""
        GRANT CREATE ON SCHEMA public TO {APP_ROLE};
        CREATE TABLE planted (id int); ALTER TABLE planted OWNER TO {APP_ROLE}
        """,
        "planted",
    ),
    "the app role cannot empty tables or change the record of migrations": (
        f"GRANT TRUNCATE ON outbox TO {APP_ROLE}",
        "outbox",
    ),
    "keys and uniques start with the organisation": ("CREATE UNIQUE INDEX planted ON outbox (name)", "planted"),
    "references stay within the organisation": (
        """
        ALTER TABLE idempotency_keys ADD UNIQUE (user_id);
        ALTER TABLE outbox ADD CONSTRAINT planted FOREIGN KEY (id) REFERENCES idempotency_keys (user_id)
        """,
        "planted",
    ),
    "views see what their reader may see": ("CREATE VIEW planted AS SELECT * FROM outbox", "planted"),
    "functions run with the rights of their caller": (
        "CREATE FUNCTION planted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "planted",
    ),
    "stored numbers are never NaN": (
        "CREATE TABLE planted (amount numeric(38, 18) CHECK (amount > 0))",
        "planted.amount",
    ),
}
