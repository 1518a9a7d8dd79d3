"""The rules of migrations that run while the release before still works: what each statement would do to it.

A migration is rendered as SQL, without a database, and judged statement by statement. What it creates itself nobody
uses yet, so that may be built in any way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

# Migrations up to here came before the first release: no release was there that they could have disturbed.
LAST_BEFORE_FIRST_RELEASE: Final = "0016"
FEWEST_WORDS: Final = 5

_TABLE: Final = r'(?:ONLY )?(?:public\.)?"?(?P<table>\w+)"?'
_VOLATILE: Final = r"(?:gen_random_uuid|uuidv[47]|clock_timestamp|random|nextval)"
_CREATED: Final = re.compile(rf"^CREATE TABLE (?:IF NOT EXISTS )?{_TABLE}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that a statement must not do to a table that is in use; `instead` says what does no harm."""

    name: str
    pattern: str
    instead: str


HAZARDS: Final = (
    Hazard(
        "column without default",
        rf"^ALTER TABLE {_TABLE} ADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b",
        "add it nullable or with a constant default: the release before does not fill it",
    ),
    Hazard(
        "default that rewrites the table",
        rf"^ALTER TABLE {_TABLE} ADD COLUMN .*\bDEFAULT\b.*\b{_VOLATILE}\b",
        "add it without default, then fill it in batches: a default that differs by row rewrites all rows under a lock",
    ),
    Hazard(
        "default taken away",
        rf"^ALTER TABLE {_TABLE} ALTER (?:COLUMN )?\S+ DROP DEFAULT",
        "leave it to a later release: the release before inserts without the column",
    ),
    Hazard(
        "index that locks out writers",
        rf"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {_TABLE}",
        "build it CONCURRENTLY in an autocommit block",
    ),
    Hazard(
        "index dropped under a lock", r"^DROP INDEX (?!CONCURRENTLY)", "drop it CONCURRENTLY in an autocommit block"
    ),
    Hazard(
        "change of type",
        rf"^ALTER TABLE {_TABLE} ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE\b",
        "add a column of the new type, fill it in batches, and read it from the next release on",
    ),
    Hazard(
        "rename",
        rf"^ALTER (?:TABLE|INDEX) {_TABLE} RENAME\b(?! CONSTRAINT)",
        "add the new name beside the old: the release before uses that",
    ),
    Hazard(
        "drop of what is read",
        rf"^(?:ALTER TABLE {_TABLE} DROP (?:COLUMN )?(?!CONSTRAINT|DEFAULT)|DROP (?:TABLE|VIEW|TYPE)\b)",
        "drop it one release after the last that reads it, and say so in REVIEWED",
    ),
    Hazard(
        "not null checked under a lock",
        rf"^ALTER TABLE {_TABLE} ALTER (?:COLUMN )?\S+ SET NOT NULL",
        "add CHECK (... IS NOT NULL) NOT VALID, validate it in a later migration, then set it",
    ),
    Hazard(
        "constraint checked under a lock",
        rf"^ALTER TABLE {_TABLE} ADD (?:CONSTRAINT \S+ )?(?:FOREIGN KEY|CHECK|EXCLUDE)\b(?!.*\bNOT VALID\b)",
        "add it NOT VALID, and validate it in a later migration",
    ),
    Hazard(
        "unique built under a lock",
        rf"^ALTER TABLE {_TABLE} ADD (?:CONSTRAINT \S+ )?(?:UNIQUE|PRIMARY KEY)\b(?!.*\bUSING INDEX\b)",
        "build a unique index CONCURRENTLY, then add the constraint USING INDEX",
    ),
    Hazard(
        "rows changed in one transaction",
        rf"^(?:WITH\b.*\b)?(?:UPDATE|DELETE FROM|INSERT INTO) {_TABLE}(?!.*\bLIMIT\b)",
        "fill rows in batches, by a chore of the release or in an autocommit block with LIMIT",
    ),
    Hazard(
        "lock of a whole table",
        r"^(?:(?:LOCK|TRUNCATE|CLUSTER|VACUUM FULL)\b|(?:REFRESH MATERIALIZED VIEW|REINDEX) (?!.*CONCURRENTLY))",
        "there is a way that locks nobody out, or it waits for maintenance",
    ),
    Hazard(
        "rights taken away",
        r"^(?:REVOKE\b|DROP POLICY\b|ALTER TABLE \S+ (?:DISABLE|NO FORCE) ROW LEVEL SECURITY)",
        "the release before still needs them, and row security must never be off",
    ),
)
_CONCURRENTLY: Final = re.compile(
    r"^(?:CREATE|DROP) (?:UNIQUE )?INDEX CONCURRENTLY|^REINDEX .*CONCURRENTLY", re.IGNORECASE
)
OUTSIDE: Final = "concurrently inside a transaction"


def render(upgrade: Callable[[], None]) -> list[str]:
    """Return the statements that a migration would run, each on one line."""
    buffer = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer, "transaction_per_migration": True}
    )
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        upgrade()
    found = (" ".join(statement.split()) for statement in buffer.getvalue().split(";\n"))
    return [statement for statement in found if statement]


def judge(statements: Sequence[str], reviewed: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield what is wrong; `reviewed` gives, by the hazard's name, the reason why it does no harm here."""
    allowed = dict(reviewed or {})
    used: set[str] = set()
    for hazard, instead, statement in _hazards(statements):
        used.add(hazard)
        if len(allowed.get(hazard, "").split()) < FEWEST_WORDS:
            yield f"{hazard}: {statement} -- {instead}"
    yield from (f"{hazard}: reviewed, but it does not occur" for hazard in allowed.keys() - used)


def _hazards(statements: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    created: set[str] = set()
    is_inside = True
    for statement in statements:
        match statement.upper():
            case "BEGIN":
                is_inside = True
            case "COMMIT":
                is_inside = False
            case _:
                pass
        if made := _CREATED.match(statement):
            created.add(made["table"])
        if _CONCURRENTLY.match(statement) and is_inside:
            yield OUTSIDE, "put it into `with op.get_context().autocommit_block():`", statement
        for hazard in HAZARDS:
            found = re.match(hazard.pattern, statement, re.IGNORECASE)
            if found and found.groupdict().get("table") not in created:
                yield hazard.name, hazard.instead, statement
