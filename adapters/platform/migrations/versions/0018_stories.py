"""News and posts: each story once, with everybody who told it and all that it is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import ID, INSTANT

revision = "0018"
down_revision = "0017"

_SCORE = sa.Numeric(5, 4)
_NOT_NAN = "NOT IN ('NaN', 'Infinity', '-Infinity')"


def upgrade() -> None:
    """Create the tables, which belong to no organisation."""
    op.create_table(
        "stories",
        sa.Column("id", ID, nullable=False),
        sa.Column("is_simulated", sa.Boolean, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("page", sa.Text),
        sa.Column("marks", postgresql.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("score", _SCORE, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("author_score", _SCORE),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
    )
    op.create_check_constraint("kind_known", "stories", "kind IN ('news', 'social')")
    op.create_check_constraint("score_finite", "stories", f"score {_NOT_NAN}")
    op.create_check_constraint("author_score_finite", "stories", f"author_score {_NOT_NAN}")
    op.create_index("ix_stories_newest", "stories", ["is_simulated", "published_at", "id"])
    op.create_index("ix_stories_page", "stories", ["page"], postgresql_where=sa.text("page IS NOT NULL"))
    op.create_index("ix_stories_marks", "stories", ["marks"], postgresql_using="gin")
    op.create_index(
        "ix_stories_words",
        "stories",
        [sa.text("to_tsvector('english'::regconfig, (title || ' '::text) || summary)")],
        postgresql_using="gin",
    )
    op.create_table(
        "story_copies",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("provider_id", sa.Text, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.PrimaryKeyConstraint("provider", "provider_id", name="pk_story_copies"),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name="fk_story_copies_story_id_stories", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_story_copies_story", "story_copies", ["story_id"])
    op.create_table(
        "story_tickers",
        sa.Column("story_id", ID, nullable=False),
        sa.Column("asset_class", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "asset_class", "symbol", "exchange", name="pk_story_tickers"),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name="fk_story_tickers_story_id_stories", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_story_tickers_symbol", "story_tickers", ["symbol", "story_id"])
    op.execute(f"GRANT SELECT, INSERT, DELETE ON stories, story_copies, story_tickers TO {APP_ROLE}")
