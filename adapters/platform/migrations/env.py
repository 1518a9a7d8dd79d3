"""What Alembic runs: the missing migrations, each in a transaction of the connection it is given.

So locks are kept no longer than one migration, and one may leave its transaction to build an index concurrently.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from adapters.platform.database.metadata import metadata


def _run() -> None:
    connection: object = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("Migrations run through adapters.platform.migrations.run.migrate.")
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


_run()
