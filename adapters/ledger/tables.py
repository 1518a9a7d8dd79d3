"""The tables of what is recorded: accounts, instruments, prices, trades; what follows is in `projection_tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.platform.database.metadata import (
    EXACT_NUMBER,
    ID,
    INSTANT,
    NUMBER,
    metadata,
    not_nan,
    organisation_column,
)

accounts = Table(
    "accounts",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("broker", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("shorting", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("closed_at", INSTANT),
    Column("cost_method", Text, nullable=False),
    # the last day that is settled
    Column("locked_through", Date),
    PrimaryKeyConstraint("organisation_id", "id"),
    CheckConstraint("cost_method IN ('fifo', 'lifo', 'hifo', 'average', 'specific')", name="cost_method_known"),
)

# What an account was before each change, as with trades.
account_versions = Table(
    "account_versions",
    metadata,
    organisation_column(),
    Column("account_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "account_id", "version"),
    ForeignKeyConstraint(["organisation_id", "account_id"], ["accounts.organisation_id", "accounts.id"]),
)

instruments = Table(
    "instruments",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("multiplier", NUMBER, nullable=False),
    Column("tick_size", NUMBER),
    Column("lot_size", NUMBER),
    Column("isin", Text),
    Column("created_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("organisation_id", "symbol", "exchange", "segment", "currency"),
    *not_nan("multiplier", "tick_size", "lot_size"),
    CheckConstraint("multiplier > 0", name="multiplier_positive"),
)

instrument_prices = Table(
    "instrument_prices",
    metadata,
    organisation_column(),
    Column("instrument_id", ID, nullable=False),
    Column("price", NUMBER, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "instrument_id"),
    ForeignKeyConstraint(["organisation_id", "instrument_id"], ["instruments.organisation_id", "instruments.id"]),
    *not_nan("price"),
)

# what a price was before each entry, as with trades
instrument_price_versions = Table(
    "instrument_price_versions",
    metadata,
    organisation_column(),
    Column("instrument_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "instrument_id", "version"),
    ForeignKeyConstraint(
        ["organisation_id", "instrument_id"],
        ["instruments.organisation_id", "instruments.id"],
        # the name by the convention is longer than PostgreSQL keeps
        name="fk_instrument_price_versions_instrument",
    ),
)

trades = Table(
    "trades",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("account_id", ID, nullable=False),
    Column("instrument_id", ID, nullable=False),
    Column("side", Text, nullable=False),
    Column("quantity", NUMBER, nullable=False),
    Column("price", NUMBER, nullable=False),
    Column("fees", JSONB, nullable=False),
    Column("fees_total", EXACT_NUMBER, nullable=False),
    Column("executed_at", INSTANT, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("settlement_date", Date),
    Column("category", Text),
    Column("strategy", Text),
    Column("tags", ARRAY(Text), nullable=False),
    Column("notes", Text),
    Column("attachments", ARRAY(Text), nullable=False),
    Column("broker_trade_id", Text),
    Column("broker_order_id", Text),
    Column("source_key", Text),
    Column("import_id", ID),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("voided_at", INSTANT),
    Column("void_reason", Text),
    Column("lot_selection", JSONB),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "account_id"], ["accounts.organisation_id", "accounts.id"]),
    ForeignKeyConstraint(["organisation_id", "instrument_id"], ["instruments.organisation_id", "instruments.id"]),
    *not_nan("quantity", "price", "fees_total"),
    CheckConstraint("side IN ('buy', 'sell')", name="side_known"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("fees_total >= 0", name="fees_total_not_negative"),
    Index("ix_trades_executed", "organisation_id", "executed_at", "id"),
    Index("ix_trades_created", "organisation_id", "created_at", "id"),
    Index("ix_trades_account", "organisation_id", "account_id", "executed_at", "id"),
    Index(
        "ix_trades_pair",
        "organisation_id",
        "account_id",
        "instrument_id",
        "executed_at",
        "sequence",
        "id",
        postgresql_where=text("voided_at IS NULL"),
    ),
    Index("ix_trades_import", "organisation_id", "import_id", "id", postgresql_where=text("import_id IS NOT NULL")),
    # Within its source a key names one fill for ever: a trade the user voided stays known, and does not come back
    # with the next import. Undoing an import releases its keys by setting them to NULL.
    Index(
        "uq_trades_source_key",
        "organisation_id",
        "account_id",
        "source_key",
        unique=True,
        postgresql_where=text("source_key IS NOT NULL"),
    ),
    # A broker's fill id is unique only within an exchange, a segment and a trading day, and both sides of a trade
    # with oneself carry the same one; some brokers repeat it over the parts of one allotment. A narrower key would
    # drop genuine fills. Only a fill that agrees in all of these is the same fill told twice.
    Index(
        "uq_trades_broker_fill",
        "organisation_id",
        "account_id",
        "broker_trade_id",
        "instrument_id",
        "side",
        "executed_at",
        "quantity",
        "price",
        unique=True,
        postgresql_where=text("broker_trade_id IS NOT NULL AND voided_at IS NULL"),
    ),
    # finds a fill that somebody entered by hand before its file came
    Index(
        "ix_trades_broker_trade",
        "organisation_id",
        "broker_trade_id",
        postgresql_where=text("broker_trade_id IS NOT NULL AND voided_at IS NULL"),
    ),
)

# What a trade was before each change: written with the change, never updated, so that the past can be replayed.
trade_versions = Table(
    "trade_versions",
    metadata,
    organisation_column(),
    Column("trade_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "trade_id", "version"),
    ForeignKeyConstraint(["organisation_id", "trade_id"], ["trades.organisation_id", "trades.id"]),
)
