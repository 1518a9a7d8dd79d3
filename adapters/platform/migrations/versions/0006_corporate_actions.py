"""Corporate actions, with what they were before each change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables; actions are never deleted, and their versions never change."""
    op.create_table(
        "corporate_actions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("into_id", ID),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("terms", postgresql.JSONB, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("source_key", sa.Text),
        sa.Column("import_id", ID),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT),
        sa.Column("void_reason", sa.Text),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_corporate_actions"),
        _refers("corporate_actions", "instrument_id", "instruments"),
        _refers("corporate_actions", "into_id", "instruments"),
        _refers("corporate_actions", "account_id", "accounts"),
    )
    counts = sa.text("voided_at IS NULL")
    op.create_index(
        "ix_corporate_actions_instrument",
        "corporate_actions",
        ["organisation_id", "instrument_id", "effective_at"],
        postgresql_where=counts,
    )
    op.create_index(
        "ix_corporate_actions_into", "corporate_actions", ["organisation_id", "into_id"], postgresql_where=counts
    )
    op.create_index("ix_corporate_actions_effective", "corporate_actions", ["organisation_id", "effective_at", "id"])
    secure(op, "corporate_actions")
    op.create_table(
        "corporate_action_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("corporate_action_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id", "corporate_action_id", "version", name="pk_corporate_action_versions"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "corporate_action_id"],
            ["corporate_actions.organisation_id", "corporate_actions.id"],
            name="fk_corporate_action_versions_action",
        ),
    )
    secure(op, "corporate_action_versions", grants="SELECT, INSERT")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=f"fk_{table}_organisation_id_{column}_{target}",
    )
