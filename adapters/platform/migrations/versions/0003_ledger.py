"""The ledger: accounts, instruments, trades, and what follows from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import EXACT_NUMBER, ID, INSTANT, NUMBER
from adapters.platform.database.rls import secure

revision = "0003"
down_revision = "0002"

_KEPT = "SELECT, INSERT, UPDATE"
_PROJECTED = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    """Create the tables of the ledger; trades and their versions are never deleted, projections may be."""
    _create_accounts_and_instruments()
    _create_trades()
    _create_positions()
    _create_lots()
    _create_disposals()
    _create_round_trips()
    for table in ("accounts", "instruments", "instrument_prices", "trades", "positions"):
        secure(op, table, grants=_KEPT)
    secure(op, "trade_versions", grants="SELECT, INSERT")
    for table in ("lots", "disposals", "lot_matches", "round_trips"):
        secure(op, table, grants=_PROJECTED)


def _finite(table: str, *columns: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')", name=f"ck_{table}_{column}_finite")
        for column in columns
    ]


def _create_accounts_and_instruments() -> None:
    op.create_table(
        "accounts",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("broker", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("shorting", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_accounts"),
    )
    op.create_table(
        "instruments",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("multiplier", NUMBER, nullable=False),
        sa.Column("tick_size", NUMBER),
        sa.Column("lot_size", NUMBER),
        sa.Column("isin", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
        *_finite("instruments", "lot_size", "multiplier", "tick_size"),
        sa.CheckConstraint("multiplier > 0", name="ck_instruments_multiplier_positive"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_instruments"),
        sa.UniqueConstraint(
            "organisation_id",
            "symbol",
            "exchange",
            "segment",
            "currency",
            name="uq_instruments_organisation_id_symbol_exchange_segment_currency",
        ),
    )
    op.create_table(
        "instrument_prices",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        *_finite("instrument_prices", "price"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "instrument_id"],
            ["instruments.organisation_id", "instruments.id"],
            name="fk_instrument_prices_organisation_id_instrument_id_instruments",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "instrument_id", name="pk_instrument_prices"),
    )


def _create_trades() -> None:
    op.create_table(
        "trades",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("fees", postgresql.JSONB, nullable=False),
        sa.Column("fees_total", EXACT_NUMBER, nullable=False),
        sa.Column("executed_at", INSTANT, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("settlement_date", sa.Date),
        sa.Column("category", sa.Text),
        sa.Column("strategy", sa.Text),
        sa.Column("tags", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("attachments", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("broker_trade_id", sa.Text),
        sa.Column("broker_order_id", sa.Text),
        sa.Column("source_key", sa.Text),
        sa.Column("import_id", ID),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT),
        sa.Column("void_reason", sa.Text),
        *_finite("trades", "fees_total", "price", "quantity"),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="ck_trades_side_known"),
        sa.CheckConstraint("fees_total >= 0", name="ck_trades_fees_total_not_negative"),
        sa.CheckConstraint("quantity > 0", name="ck_trades_quantity_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_trades_organisation_id_account_id_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "instrument_id"],
            ["instruments.organisation_id", "instruments.id"],
            name="fk_trades_organisation_id_instrument_id_instruments",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_trades"),
    )
    op.create_index("ix_trades_account", "trades", ["organisation_id", "account_id", "executed_at", "id"])
    op.create_index("ix_trades_created", "trades", ["organisation_id", "created_at", "id"])
    op.create_index("ix_trades_executed", "trades", ["organisation_id", "executed_at", "id"])
    op.create_index(
        "ix_trades_import",
        "trades",
        ["organisation_id", "import_id", "id"],
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "ix_trades_pair",
        "trades",
        ["organisation_id", "account_id", "instrument_id", "executed_at", "sequence", "id"],
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(
        "uq_trades_broker_fill",
        "trades",
        [
            "organisation_id",
            "account_id",
            "broker_trade_id",
            "instrument_id",
            "side",
            "executed_at",
            "quantity",
            "price",
        ],
        unique=True,
        postgresql_where=sa.text("broker_trade_id IS NOT NULL AND voided_at IS NULL"),
    )
    op.create_index(
        "uq_trades_source_key",
        "trades",
        ["organisation_id", "account_id", "source_key"],
        unique=True,
        postgresql_where=sa.text("source_key IS NOT NULL"),
    )
    op.create_table(
        "trade_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("trade_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trade_id"],
            ["trades.organisation_id", "trades.id"],
            name="fk_trade_versions_organisation_id_trade_id_trades",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "trade_id", "version", name="pk_trade_versions"),
    )


def _create_positions() -> None:
    op.create_table(
        "positions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("quantity", EXACT_NUMBER, nullable=False),
        sa.Column("open_cost", EXACT_NUMBER, nullable=False),
        sa.Column("cash_in", EXACT_NUMBER, nullable=False),
        sa.Column("cash_out", EXACT_NUMBER, nullable=False),
        sa.Column("realised", EXACT_NUMBER, nullable=False),
        sa.Column("fees", EXACT_NUMBER, nullable=False),
        sa.Column("unmatched_quantity", EXACT_NUMBER, nullable=False),
        sa.Column("unmatched_proceeds", EXACT_NUMBER, nullable=False),
        sa.Column("trade_count", sa.Integer, nullable=False),
        sa.Column("disposal_count", sa.Integer, nullable=False),
        sa.Column("last_executed_at", INSTANT),
        sa.Column("last_sequence", sa.BigInteger),
        sa.Column("last_trade_id", ID),
        sa.Column("last_price", NUMBER),
        sa.Column("updated_at", INSTANT),
        *_finite(
            "positions",
            "cash_in",
            "cash_out",
            "fees",
            "last_price",
            "open_cost",
            "quantity",
            "realised",
            "unmatched_proceeds",
            "unmatched_quantity",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_positions_organisation_id_account_id_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "instrument_id"],
            ["instruments.organisation_id", "instruments.id"],
            name="fk_positions_organisation_id_instrument_id_instruments",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_positions"),
        sa.UniqueConstraint(
            "organisation_id",
            "account_id",
            "instrument_id",
            name="uq_positions_organisation_id_account_id_instrument_id",
        ),
    )
    op.create_index("ix_positions_instrument", "positions", ["organisation_id", "instrument_id"])


def _create_lots() -> None:
    op.create_table(
        "lots",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("fee", EXACT_NUMBER, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("left_quantity", NUMBER, nullable=False),
        sa.Column("left_fee", EXACT_NUMBER, nullable=False),
        sa.Column("closed_at", INSTANT),
        *_finite("lots", "fee", "left_fee", "left_quantity", "price", "quantity"),
        sa.CheckConstraint("(left_quantity = 0) = (closed_at IS NOT NULL)", name="ck_lots_closed_when_empty"),
        sa.CheckConstraint("left_quantity >= 0 AND left_quantity <= quantity", name="ck_lots_left_within"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id", "instrument_id"],
            ["positions.organisation_id", "positions.account_id", "positions.instrument_id"],
            name="fk_lots_position",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_lots"),
    )
    op.create_index(
        "ix_lots_open",
        "lots",
        ["organisation_id", "account_id", "instrument_id", "opened_at", "id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_lots_opened", "lots", ["organisation_id", "opened_at", "id"])
    op.create_index("ix_lots_pair", "lots", ["organisation_id", "account_id", "instrument_id", "opened_at", "id"])


def _create_disposals() -> None:
    op.create_table(
        "disposals",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("unmatched_quantity", NUMBER, nullable=False),
        sa.Column("unmatched_proceeds", EXACT_NUMBER, nullable=False),
        sa.Column("proceeds", EXACT_NUMBER, nullable=False),
        sa.Column("cost", EXACT_NUMBER),
        sa.Column("realised", EXACT_NUMBER),
        sa.Column("fees", EXACT_NUMBER, nullable=False),
        sa.Column("matched_fees", EXACT_NUMBER, nullable=False),
        *_finite(
            "disposals",
            "cost",
            "fees",
            "matched_fees",
            "price",
            "proceeds",
            "quantity",
            "realised",
            "unmatched_proceeds",
            "unmatched_quantity",
        ),
        sa.CheckConstraint("(cost IS NULL) = (realised IS NULL)", name="ck_disposals_cost_with_realised"),
        sa.CheckConstraint(
            "unmatched_quantity >= 0 AND unmatched_quantity <= quantity", name="ck_disposals_unmatched_within"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id", "instrument_id"],
            ["positions.organisation_id", "positions.account_id", "positions.instrument_id"],
            name="fk_disposals_position",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_disposals"),
    )
    op.create_index("ix_disposals_closed", "disposals", ["organisation_id", "closed_at", "id"])
    op.create_index(
        "ix_disposals_pair", "disposals", ["organisation_id", "account_id", "instrument_id", "closed_at", "id"]
    )
    op.create_table(
        "lot_matches",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("disposal_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("open_price", NUMBER, nullable=False),
        sa.Column("open_fee", EXACT_NUMBER, nullable=False),
        sa.Column("close_fee", EXACT_NUMBER, nullable=False),
        sa.Column("cost", EXACT_NUMBER, nullable=False),
        sa.Column("proceeds", EXACT_NUMBER, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("lot_quantity_before", NUMBER, nullable=False),
        sa.Column("lot_fee_before", EXACT_NUMBER, nullable=False),
        *_finite(
            "lot_matches",
            "close_fee",
            "cost",
            "lot_fee_before",
            "lot_quantity_before",
            "open_fee",
            "open_price",
            "proceeds",
            "quantity",
        ),
        sa.CheckConstraint("quantity > 0", name="ck_lot_matches_quantity_positive"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "disposal_id"],
            ["disposals.organisation_id", "disposals.id"],
            name="fk_lot_matches_organisation_id_disposal_id_disposals",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "lot_id"],
            ["lots.organisation_id", "lots.id"],
            name="fk_lot_matches_organisation_id_lot_id_lots",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "disposal_id", "ordinal", name="pk_lot_matches"),
    )
    op.create_index("ix_lot_matches_lot", "lot_matches", ["organisation_id", "lot_id"])


def _create_round_trips() -> None:
    op.create_table(
        "round_trips",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("max_quantity", EXACT_NUMBER, nullable=False),
        sa.Column("entry_quantity", EXACT_NUMBER, nullable=False),
        sa.Column("entry_value", EXACT_NUMBER, nullable=False),
        sa.Column("exit_quantity", EXACT_NUMBER, nullable=False),
        sa.Column("exit_value", EXACT_NUMBER, nullable=False),
        sa.Column("fees", EXACT_NUMBER, nullable=False),
        sa.Column("realised", EXACT_NUMBER, nullable=False),
        sa.Column("trade_count", sa.Integer, nullable=False),
        sa.Column("last_trade_id", ID, nullable=False),
        *_finite(
            "round_trips",
            "entry_quantity",
            "entry_value",
            "exit_quantity",
            "exit_value",
            "fees",
            "max_quantity",
            "realised",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id", "instrument_id"],
            ["positions.organisation_id", "positions.account_id", "positions.instrument_id"],
            name="fk_round_trips_position",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_round_trips"),
    )
    op.create_index(
        "ix_round_trips_open",
        "round_trips",
        ["organisation_id", "account_id", "instrument_id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_round_trips_opened", "round_trips", ["organisation_id", "opened_at", "id"])
    op.create_index(
        "ix_round_trips_pair", "round_trips", ["organisation_id", "account_id", "instrument_id", "opened_at", "id"]
    )
