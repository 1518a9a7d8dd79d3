"""What goes over the wire for many trades at once: rows are read one by one, so that a bad one loses no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from application.ledger.entries import TradeEntry
from application.ledger.record_trades import (
    MAX_ROWS,
    BulkOutcome,
    BulkRow,
    Mode,
    RecordTradesCommand,
    RowVerdict,
    Verdict,
)
from domain.shared.errors import Invalid, TapedeckError
from entrypoints.http.errors import InvalidFields
from entrypoints.http.ledger.trade_schemas import RecordTradeRequest
from entrypoints.http.validation import in_words

# read as anything and converted one by one; what is expected is described
_AnyRow: TypeAlias = Annotated[
    object,
    Meta(
        description="A trade. One that does not fit is rejected and keeps none of the others from being read.",
        # the open branch tells the truth: a row of any other shape is answered with a verdict, not with a problem
        extra_json_schema={
            "anyOf": [
                {"$ref": f"#/components/schemas/{RecordTradeRequest.__name__}"},
                {"description": "Anything else is rejected as a row."},
            ]
        },
    ),
]
_PLACE = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_FIELD = re.compile(r"Object (contains unknown|missing required) field `(.*?)`", re.DOTALL)


class RecordTradesRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Trades to be recorded together."""

    trades: Annotated[
        list[_AnyRow],
        Meta(
            min_length=1,
            max_length=MAX_ROWS,
            description=f"1 to {MAX_ROWS} trades, each as in recording a single one.",
        ),
    ]
    mode: Annotated[
        Mode, Meta(description="Whether a rejected row keeps all others out, or the rows that stand are recorded.")
    ] = Mode.ALL_OR_NOTHING
    dry_run: Annotated[bool, Meta(description="Judge every row and store nothing.")] = False

    def to_command(self) -> RecordTradesCommand:
        """Return the command; a row that cannot be read carries its error."""
        rows = [BulkRow(index, _entry(row)) for index, row in enumerate(self.trades)]
        return RecordTradesCommand(rows, self.mode, self.dry_run)


def _entry(row: object) -> TradeEntry | TapedeckError:
    try:
        return msgspec.convert(row, RecordTradeRequest).to_entry()
    except msgspec.ValidationError as error:
        return _unreadable(str(error))
    except TapedeckError as error:
        return error


def _unreadable(message: str) -> Invalid:
    place, named = _PLACE.search(message), _FIELD.search(message)
    field = ".".join(part for part in (place and place[1], named and named[2]) if part)
    if named is not None:
        return Invalid(
            f"{field} is {'not a field of a trade' if named[1] == 'contains unknown' else 'missing'}.", field=field
        )
    return Invalid(f"{field or 'The row'}: {in_words(message)}.", field=field or None)


class RowErrorBody(Struct, rename="camel", kw_only=True):
    """Why a row was rejected."""

    code: Annotated[str, Meta(description="Stable: programs decide by it.", examples=["invalid"])]
    field: Annotated[str | None, Meta(description="The field at fault, if it is one.", examples=["quantity"])]
    message: Annotated[str, Meta(examples=["quantity must be greater than zero."])]


class RowVerdictBody(Struct, rename="camel", kw_only=True):
    """What became of a row."""

    index: Annotated[int, Meta(ge=0, description="The place of the row in `trades`, from 0.", examples=[0])]
    verdict: Verdict
    trade_id: Annotated[UUID | None, Meta(description="The trade it made; only for `recorded`.")]
    error: Annotated[RowErrorBody | None, Meta(description="Only for `rejected`.")]


class RecordedTradesBody(Struct, rename="camel", kw_only=True):
    """What became of the rows, in their order."""

    stored: Annotated[bool, Meta(description="Whether anything was stored.")]
    dry_run: bool
    recorded: Annotated[int, Meta(ge=0, examples=[1])]
    valid: Annotated[int, Meta(ge=0, examples=[0], description="Would have been recorded.")]
    duplicate: Annotated[int, Meta(ge=0, examples=[0], description="Known already; added nothing.")]
    rejected: Annotated[int, Meta(ge=0, examples=[0])]
    rows: list[RowVerdictBody]


def recorded_body(outcome: BulkOutcome, *, dry_run: bool) -> RecordedTradesBody:
    """Render the outcome."""
    counts = dict.fromkeys(Verdict, 0)
    for row in outcome.verdicts:
        counts[row.verdict] += 1
    return RecordedTradesBody(
        stored=outcome.stored,
        dry_run=dry_run,
        recorded=counts[Verdict.RECORDED],
        valid=counts[Verdict.VALID],
        duplicate=counts[Verdict.DUPLICATE],
        rejected=counts[Verdict.REJECTED],
        rows=[
            RowVerdictBody(
                index=row.line,
                verdict=row.verdict,
                trade_id=row.trade_id,
                error=None
                if row.error is None
                else RowErrorBody(code=row.error.code, field=_field(row.error), message=row.error.message),
            )
            for row in outcome.verdicts
        ],
    )


def refusal(verdicts: Sequence[RowVerdict]) -> InvalidFields:
    """The error of a request that is all or nothing and had rows that do not stand: one problem for each of them."""
    problems: list[tuple[str, str]] = []
    for row in verdicts:
        if row.error is not None:
            field = _field(row.error)
            place = f"trades[{row.line}]" if field is None else f"trades[{row.line}].{field}"
            problems.append((place, row.error.message))
    return InvalidFields(problems)


def _field(error: TapedeckError) -> str | None:
    field = error.details.get("field")
    if error.code == "not_found":
        return "accountId"
    return field if isinstance(field, str) else None
