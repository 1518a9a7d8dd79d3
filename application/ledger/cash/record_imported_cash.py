"""Record movements of cash as a file names them, many at once: instruments by their keys, found or made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from application.ledger.cash.checking import account_of, check_references
from application.ledger.catalogue import Catalogue
from application.ledger.entries import InstrumentTerms
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.account import Account
from domain.ledger.cash import CashDetails, CashMovement, cash_changed
from domain.ledger.cash_kind import CashKind
from domain.ledger.cash_pair import Circumstances, Origin, convert
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, TapedeckError
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, TradeId
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCash:
    """A movement, or both sides of a conversion if something was `received` for it; `said_in` is that side's own."""

    kind: CashKind
    amount: Money
    tax: Decimal
    occurred_at: datetime
    instrument: InstrumentTerms | None
    received: Money | None
    value_date: date | None
    notes: str | None
    source_key: str
    reinvested_in: TradeId | None = None
    said_in: Circumstances | None = None


@dataclass(frozen=True, slots=True)
class RecordImportedCashCommand:
    """What an import brings into an account."""

    account_id: AccountId
    import_id: ImportId
    rows: Sequence[ImportedCash]


# what became of a row: its movement, None if its key is taken, or why it cannot be recorded
CashOutcome: TypeAlias = CashMovementId | TapedeckError | None


@dataclass(frozen=True, slots=True)
class RecordImportedCash:
    """Records the rows that stand, in a transaction of its own or a savepoint of the ambient one."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: RecordImportedCashCommand) -> Sequence[CashOutcome]:
        """Return an outcome for each row; raise NotFound or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            account = await account_of(unit, command.account_id)
            named = [row.instrument for row in command.rows if row.instrument is not None]
            catalogue = await Catalogue.load(unit.instruments, (terms.key for terms in named))
            errors = self._take(catalogue, command.rows)
            await catalogue.keep(unit.instruments, now)
            made: list[Sequence[CashMovement] | TapedeckError] = [
                error or self._made(account, row, catalogue, command.import_id, now)
                for row, error in zip(command.rows, errors, strict=True)
            ]
            made = [await _checked(unit, account, outcome) for outcome in made]
            movements = [each for outcome in made if not isinstance(outcome, TapedeckError) for each in outcome]
            added = await unit.cash_movements.add(movements)
            await unit.outbox.add(cash_changed([each for each in movements if each.id in added]))
            await unit.commit()
        return [
            outcome if isinstance(outcome, TapedeckError) else outcome[0].id if outcome[0].id in added else None
            for outcome in made
        ]

    def _take(self, catalogue: Catalogue, rows: Sequence[ImportedCash]) -> list[TapedeckError | None]:
        """Remember the instruments that are to be made; return, row by row, why one cannot be."""
        errors: list[TapedeckError | None] = []
        for row in rows:
            try:
                if row.instrument is not None:
                    catalogue.taken(catalogue.named(row.instrument, self.ids))
                errors.append(None)
            except TapedeckError as error:
                errors.append(error)
        return errors

    def _made(
        self, account: Account, row: ImportedCash, catalogue: Catalogue, import_id: ImportId, now: datetime
    ) -> Sequence[CashMovement] | TapedeckError:
        id_ = CashMovementId(self.ids.new())
        try:
            if row.received is not None:
                said = Circumstances(occurred_at=row.occurred_at, value_date=row.value_date, notes=row.notes)
                origin = Origin(import_id=import_id, source_key=row.source_key)
                ids = (id_, CashMovementId(self.ids.new()))
                amounts = (row.amount, row.received)
                return convert(ids, account, amounts, said, now, origin=origin, said_in=row.said_in)
            instrument = None if row.instrument is None else catalogue.known[row.instrument.key].id
            details = _details(row, instrument)
            return [
                CashMovement.record(id_, account, details, now, source_key=row.source_key, import_id=import_id),
            ]
        except TapedeckError as error:
            return error


async def _checked(
    unit: LedgerUnitOfWork, account: Account, made: Sequence[CashMovement] | TapedeckError
) -> Sequence[CashMovement] | TapedeckError:
    """Return the movements if the trade that a dividend names is there, else what is to be done."""
    if isinstance(made, TapedeckError) or made[0].details.reinvested_in is None:
        return made
    details = made[0].details
    try:
        await check_references(unit, account.id, details)
    except TapedeckError:
        return Invalid(
            f"The dividend paid for the trade {details.reinvested_in}, which is no purchase in this account; import "
            "the trades first, then this file again.",
            field="reinvestedTradeId",
        )
    return made


def _details(row: ImportedCash, instrument_id: InstrumentId | None) -> CashDetails:
    return CashDetails(
        kind=row.kind,
        amount=row.amount.amount,
        currency=row.amount.currency,
        occurred_at=row.occurred_at,
        tax=row.tax,
        value_date=row.value_date,
        instrument_id=instrument_id,
        reinvested_in=row.reinvested_in,
        notes=row.notes,
    )
