"""Ticks, kept for a while in as many parts as there are days, each of which is emptied before it is used again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import INSTANT, NUMBER, not_nan
from adapters.platform.database.rls import reopen

revision = "0021"
down_revision = "0020"

# one more than a month of days, one to write to and one to empty
_PARTS = 33
_NUMBERS = (
    "last",
    "bid",
    "ask",
    "last_size",
    "bid_size",
    "ask_size",
    "volume",
    "open",
    "high",
    "low",
    "previous_close",
)


def upgrade() -> None:
    """The app's role owns nothing: it may empty a part and cannot make one, so all are there from the beginning.

    They lie in a schema of their own, which backups leave out: nobody's truth is there.
    """
    op.execute("CREATE SCHEMA live")
    op.execute(f"GRANT USAGE ON SCHEMA live TO {APP_ROLE}")
    op.create_table(
        "ticks",
        sa.Column("part", sa.SmallInteger, nullable=False),
        sa.Column("ticker", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("is_simulated", sa.Boolean, nullable=False),
        *(sa.Column(name, NUMBER) for name in _NUMBERS),
        *not_nan(*_NUMBERS),
        schema="live",
        postgresql_partition_by="LIST (part)",
    )
    for part in range(_PARTS):
        op.execute(f"CREATE TABLE live.ticks_{part} PARTITION OF live.ticks FOR VALUES IN ({part})")
        op.execute(f"GRANT SELECT, TRUNCATE ON live.ticks_{part} TO {APP_ROLE}")
    op.create_index("ix_ticks_ticker", "ticks", ["ticker", "received_at"], schema="live")
    op.execute(f"GRANT SELECT, INSERT ON live.ticks TO {APP_ROLE}")
    # what is followed is what anybody holds, whoever that is
    reopen(op, "positions", purposes=("held_symbols",))
    reopen(op, "instruments", purposes=("held_symbols",))
