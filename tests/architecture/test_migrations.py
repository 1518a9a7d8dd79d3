"""Migrations run while the release before still works: none may lock it out, or take away what it uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from alembic import op
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Integer, Text

from adapters.platform import migrations
from tests.architecture.migrations import HAZARDS, LAST_BEFORE_FIRST_RELEASE, OUTSIDE, judge, render

SCRIPTS = ScriptDirectory(str(Path(str(migrations.__file__)).parent))
ALL = list(reversed(list(SCRIPTS.walk_revisions())))
RELEASED = [script for script in ALL if script.revision > LAST_BEFORE_FIRST_RELEASE]

# by the hazard's name, statements that are one
PLANTED = {
    "column without default": ["ALTER TABLE trades ADD COLUMN venue TEXT NOT NULL"],
    "default that rewrites the table": ["ALTER TABLE trades ADD COLUMN tag UUID DEFAULT gen_random_uuid() NOT NULL"],
    "default taken away": ["ALTER TABLE trades ALTER COLUMN part DROP DEFAULT"],
    "index that locks out writers": [
        "CREATE INDEX ix_trades_venue ON trades (venue)",
        "CREATE UNIQUE INDEX ix ON public.trades (organisation_id, venue)",
    ],
    "index dropped under a lock": ["DROP INDEX ix_trades_venue"],
    "change of type": [
        "ALTER TABLE trades ALTER COLUMN price TYPE NUMERIC(40, 20)",
        "ALTER TABLE trades ALTER price SET DATA TYPE TEXT",
    ],
    "rename": ["ALTER TABLE trades RENAME price TO rate", "ALTER TABLE trades RENAME TO executions"],
    "drop of what is read": ["ALTER TABLE trades DROP COLUMN price", "DROP TABLE trades"],
    "not null checked under a lock": ["ALTER TABLE trades ALTER COLUMN venue SET NOT NULL"],
    "constraint checked under a lock": [
        "ALTER TABLE trades ADD CONSTRAINT fk FOREIGN KEY(organisation_id, x) REFERENCES x (organisation_id, id)",
        "ALTER TABLE trades ADD CONSTRAINT ck CHECK (price > 0)",
    ],
    "unique built under a lock": ["ALTER TABLE trades ADD CONSTRAINT uq UNIQUE (organisation_id, venue)"],
    "rows changed in one transaction": [
        "UPDATE trades SET venue = 'NSE'",
        "DELETE FROM trades WHERE venue IS NULL",
        "INSERT INTO venues SELECT DISTINCT venue FROM trades",
    ],
    "lock of a whole table": ["LOCK TABLE trades", "TRUNCATE trades", "VACUUM FULL trades", "REINDEX TABLE trades"],
    "rights taken away": [
        "REVOKE SELECT ON trades FROM tapedeck_app",
        "ALTER TABLE trades NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON trades",
    ],
    OUTSIDE: ["CREATE INDEX CONCURRENTLY ix_trades_venue ON trades (venue)"],
}
HARMLESS = [
    ["ALTER TABLE trades ADD COLUMN venue TEXT"],
    ["ALTER TABLE trades ADD COLUMN part INTEGER DEFAULT 1 NOT NULL"],
    ["COMMIT", "CREATE INDEX CONCURRENTLY ix_trades_venue ON trades (venue)", "BEGIN"],
    ["ALTER TABLE trades ADD CONSTRAINT ck CHECK (price > 0) NOT VALID"],
    ["ALTER TABLE trades VALIDATE CONSTRAINT ck"],
    ["ALTER TABLE trades ADD CONSTRAINT uq UNIQUE USING INDEX uq_trades"],
    ["CREATE TABLE venues (id UUID NOT NULL)", "CREATE INDEX ix ON venues (id)", "INSERT INTO venues VALUES (1)"],
    ["GRANT SELECT ON venues TO tapedeck_app"],
    ["UPDATE trades SET venue = 'NSE' WHERE id IN (SELECT id FROM trades WHERE venue IS NULL LIMIT 1000)"],
]


def _module(script: Script) -> ModuleType:
    return script.module


def test_every_migration_leaves_the_release_before_at_work() -> None:
    for script in RELEASED:
        reviewed: Mapping[str, str] = getattr(_module(script), "REVIEWED", {})
        assert list(judge(render(_module(script).upgrade), reviewed)) == [], script.revision


@pytest.mark.parametrize(("name", "statement"), [(name, each) for name, planted in PLANTED.items() for each in planted])
def test_a_planted_hazard_is_seen(name: str, statement: str) -> None:
    assert any(said.startswith(f"{name}:") for said in judge(["BEGIN", statement, "COMMIT"]))


def test_every_hazard_has_a_planted_one() -> None:
    assert {hazard.name for hazard in HAZARDS} | {OUTSIDE} == PLANTED.keys()


@pytest.mark.parametrize("statements", HARMLESS, ids=lambda statements: str(statements[-1])[:50])
def test_what_does_no_harm_is_left_alone(statements: list[str]) -> None:
    assert list(judge(statements)) == []


def test_a_reviewed_hazard_needs_a_reason_and_must_be_there() -> None:
    statement = "ALTER TABLE trades DROP COLUMN price"
    name = "drop of what is read"
    assert list(judge([statement], {name: "release 0.4 stopped reading it, 0.5 is out"})) == []
    assert list(judge([statement], {name: "safe"})) != []
    assert list(judge([], {name: "release 0.4 stopped reading it, 0.5 is out"})) != []


def test_migrations_are_read_as_they_would_run() -> None:
    """Operations of Alembic's, raw SQL and autocommit blocks all end up before the judge."""

    def upgrade() -> None:
        op.add_column("trades", Column("venue", Text, nullable=False))
        op.create_table("venues", Column("id", Integer))
        op.create_index("ix_venues", "venues", ["id"])
        op.execute("UPDATE trades\nSET venue = 'NSE'")
        with op.get_context().autocommit_block():
            op.create_index("ix_trades", "trades", ["venue"], postgresql_concurrently=True)

    found = [said.partition(":")[0] for said in judge(render(upgrade))]
    assert found == ["column without default", "rows changed in one transaction"]


def test_the_judge_sees_what_was_done_before_the_first_release() -> None:
    """Those migrations are let off by their number alone: they rename, fill rows and take defaults away."""
    [script] = [script for script in ALL if script.revision == "0007"]
    found = {said.partition(":")[0] for said in judge(render(_module(script).upgrade))}
    assert {"rename", "rows changed in one transaction", "default taken away", "unique built under a lock"} <= found
