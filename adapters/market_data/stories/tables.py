"""The tables of stories: of no organisation, as the news are the same for everybody."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.platform.database.metadata import ID, INSTANT, metadata, not_nan

# from -1 to 1, to four places
_SCORE = Numeric(5, 4)

stories = Table(
    "stories",
    metadata,
    Column("id", ID, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("url", Text),
    # where it lies, without what differs from link to link
    Column("page", Text),
    # numbers for its words, by which what tells it again is found
    Column("marks", ARRAY(BigInteger), nullable=False),
    Column("source", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("published_at", INSTANT, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    Column("score", _SCORE, nullable=False),
    Column("model", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("author_score", _SCORE),
    PrimaryKeyConstraint("id"),
    CheckConstraint("kind IN ('news', 'social')", name="kind_known"),
    *not_nan("score", "author_score"),
    Index("ix_stories_newest", "is_simulated", "published_at", "id"),
    Index("ix_stories_page", "page", postgresql_where=text("page IS NOT NULL")),
    Index("ix_stories_marks", "marks", postgresql_using="gin"),
    Index(
        "ix_stories_words",
        text("to_tsvector('english'::regconfig, (title || ' '::text) || summary)"),
        postgresql_using="gin",
    ),
)

story_copies = Table(
    "story_copies",
    metadata,
    Column("provider", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("story_id", ID, nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text),
    PrimaryKeyConstraint("provider", "provider_id"),
    ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
    Index("ix_story_copies_story", "story_id"),
)

story_tickers = Table(
    "story_tickers",
    metadata,
    Column("story_id", ID, nullable=False),
    Column("asset_class", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    # empty where none was named
    Column("exchange", Text, nullable=False),
    PrimaryKeyConstraint("story_id", "asset_class", "symbol", "exchange"),
    ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
    Index("ix_story_tickers_symbol", "symbol", "story_id"),
)
