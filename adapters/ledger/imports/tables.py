"""The tables of imports: the imports, their files in chunks, their rows with verdicts, and saved mappings.

A file lies in the database so that a worker on any machine can read it. Rows keep what they said after the
commit: a later file is compared with them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

imports = Table(
    "imports",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("account_id", ID, nullable=False),
    Column("state", Text, nullable=False),
    Column("file_name", Text),
    Column("file_size", BigInteger, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("content_size", BigInteger, nullable=False),
    Column("layout", JSONB(none_as_null=True)),
    Column("format", Text),
    Column("mapping_id", ID),
    Column("mapping", JSONB(none_as_null=True)),
    Column("place", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("failure", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "account_id"], ["accounts.organisation_id", "accounts.id"]),
    Index("ix_imports_account", "organisation_id", "account_id", "id"),
)


def _of_import() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id", "import_id"], ["imports.organisation_id", "imports.id"])


import_files = Table(
    "import_files",
    metadata,
    organisation_column(),
    Column("import_id", ID, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation_id", "import_id", "ordinal"),
    _of_import(),
)

# A row is always found by one whole key (`id`, `file_key`, `account_key`) and never by its import and something
# else: between two indexes that begin alike the planner guesses, and reads a whole import for each row when its
# statistics are older than the import.
import_rows = Table(
    "import_rows",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("import_id", ID, nullable=False),
    Column("line", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("kind", Text),
    Column("entry", JSONB),
    Column("occurred_at", INSTANT),
    Column("sequence", BigInteger),
    # `<import>|<source key>` and `<account>|<source key>`; compared by ranges, which needs an order of bytes
    Column("file_key", Text(collation="C")),
    Column("account_key", Text(collation="C")),
    Column("content_hash", Text),
    Column("problem_column", Text),
    Column("problem_reason", Text),
    Column("record_id", ID),
    Column("duplicate_record_id", ID),
    Column("duplicate_import_id", ID),
    Column("duplicate_line", Integer),
    PrimaryKeyConstraint("organisation_id", "id"),
    _of_import(),
    UniqueConstraint("organisation_id", "import_id", "line", "part"),
    Index("ix_import_rows_file_key", "organisation_id", "file_key"),
    # what has been recorded and still counts as known
    Index(
        "ix_import_rows_account_key",
        "organisation_id",
        "account_key",
        postgresql_where=text("verdict = 'imported'"),
    ),
    # what is left to commit, in the order in which it is committed
    Index(
        "ix_import_rows_ready",
        "organisation_id",
        "import_id",
        "occurred_at",
        "sequence",
        "line",
        postgresql_where=text("verdict = 'ready'"),
    ),
)

import_mappings = Table(
    "import_mappings",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "name"),
)
