"""What migrating promises: it can be repeated, raced, and run by whoever has just enough rights."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from adapters.platform.database.engine import APP_ROLE, driver_url
from adapters.platform.database.metadata import metadata
from adapters.platform.migrations.role import MigrationRefused
from adapters.platform.migrations.run import migrate
from tests.conftest import DatabaseServer
from tests.contracts.platform.tables import load_tables
from tests.processes import until


def test_the_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    load_tables()
    engine = create_engine(driver_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)


def test_several_may_migrate_one_database_at_once(empty_database_url: str) -> None:
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        list(pool.map(migrate, [empty_database_url] * 3))
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_several_databases_of_one_cluster_may_be_migrated_at_once(database_server: DatabaseServer) -> None:
    urls = [database_server.create(migrated=False) for _ in range(3)]
    try:
        with ProcessPoolExecutor(3, get_context("spawn")) as pool:
            list(pool.map(migrate, urls))
    finally:
        for url in urls:
            database_server.drop(url)


def test_a_migration_that_waits_for_a_table_lets_others_through(empty_database_url: str) -> None:
    """Somebody reads the outbox for long; a migration wants it; whoever comes after both is served nevertheless."""
    migrate(empty_database_url, "0011")
    with psycopg.connect(empty_database_url) as reader, psycopg.connect(empty_database_url) as later:
        reader.execute("SELECT count(*) FROM outbox")
        with pytest.raises(MigrationRefused, match="Somebody keeps a table"):
            migrate(empty_database_url, table_lock_s=0.05, tries=2)
        with ThreadPoolExecutor(1) as pool:
            migrating = pool.submit(migrate, empty_database_url, table_lock_s=0.1, tries=600)
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass"
            until(lambda: later.execute(waits).fetchone() == (1,), "the migration waits")
            later.execute("SET LOCAL lock_timeout = '60s'")
            assert later.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
            later.rollback()
            assert not migrating.done()
            reader.rollback()
            migrating.result(180)
        assert later.execute("SELECT count(*) FROM schedule_slots").fetchone() == (0,)


@pytest.fixture
def plain_user(database_server: DatabaseServer) -> Iterator[str]:
    """The name of a user who may log in and nothing else, with its name as password."""
    name = f"user_{secrets.token_hex(4)}"
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(name)))
        # whoever gives a database to somebody must be able to become them
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def own_database(database_server: DatabaseServer, plain_user: str) -> Iterator[str]:
    """The URL of an empty database that the plain user owns and connects to."""
    url = database_server.create(migrated=False)
    name = make_url(url).database or ""
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(plain_user))
        )
    theirs = make_url(url).set(username=plain_user, password=plain_user)
    yield theirs.render_as_string(hide_password=False)
    database_server.drop(url)


def test_an_owner_who_may_not_become_the_app_role_is_told_what_to_do(own_database: str, plain_user: str) -> None:
    with pytest.raises(MigrationRefused, match=f"GRANT {APP_ROLE} TO {plain_user}"):
        migrate(own_database)


def test_an_owner_who_was_granted_the_app_role_migrates(
    own_database: str, plain_user: str, database_server: DatabaseServer
) -> None:
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(plain_user)))
    migrate(own_database)
    with psycopg.connect(own_database, options=f"-c role={APP_ROLE}") as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_a_migration_reaches_what_is_there_also_as_an_owner_whom_security_binds(
    own_database: str, plain_user: str, database_server: DatabaseServer
) -> None:
    """One sale is there before positions hold sums; afterwards its position holds them, of every organisation."""
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(plain_user)))
    migrate(own_database, "0010")
    organisations = [uuid4(), uuid4()]
    for organisation in organisations:
        with psycopg.connect(own_database) as connection:
            connection.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation)])
            _record_a_sale(connection, organisation)
    migrate(own_database)
    for organisation in organisations:
        with psycopg.connect(own_database) as connection:
            connection.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation)])
            sums = "SELECT disposed_proceeds, disposed_cost, disposed_fees, missing_disposals FROM positions"
            assert connection.execute(sums).fetchall() == [(110, 100, 3, 1)]


def _record_a_sale(connection: psycopg.Connection, organisation: UUID) -> None:
    """Write one disposal with what it refers to, as a ledger of then had it."""
    own: dict[str, object] = {"organisation": organisation, "id": uuid4()}
    for table, columns_, values_ in (
        (
            "accounts",
            "broker, label, currency, time_zone, shorting, version, created_at, updated_at, cost_method",
            "'B', 'L', 'INR', 'UTC', true, 1, now(), now(), 'fifo'",
        ),
        (
            "instruments",
            "symbol, exchange, segment, currency, multiplier, created_at",
            "'S', 'X', 'equity', 'INR', 1, now()",
        ),
        (
            "positions",
            (
                "account_id, instrument_id, quantity, open_cost, cash_in, cash_out, realised, fees, "
                "unmatched_quantity, unmatched_proceeds, trade_count, disposal_count, carried_in, carried_out, "
                "pooled_fees"
            ),
            "%(id)s, %(id)s, 0, 0, 160, 100, 10, 3, 1, 50, 2, 1, 0, 0, 0",
        ),
        (
            "disposals",
            (
                "account_id, instrument_id, direction, quantity, price, closed_at, unmatched_quantity, "
                "unmatched_proceeds, proceeds, cost, realised, fees, matched_fees"
            ),
            "%(id)s, %(id)s, 'long', 3, 55, now(), 1, 50, 160, 100, 10, 3, 3",
        ),
    ):
        columns, values = f"(organisation_id, id, {columns_})", f"(%(organisation)s, %(id)s, {values_})"
        statement = f"INSERT INTO {table} {columns} VALUES {values}"  # noqa: S608 - this test's own texts
        connection.execute(statement.encode(), own)
