"""Record a corporate action as a file names it: its instruments by their keys, found or made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from application.ledger import taking_effect
from application.ledger.catalogue import Catalogue
from application.ledger.entries import InstrumentTerms
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.action_terms import ActionTerms, Assignment, Merger, SpinOff, SymbolChange
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.errors import DuplicateCorporateAction
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, CorporateActionId, ImportId, InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAction:
    """An action for one account; where the terms name another instrument, that is `into`, whatever they hold."""

    account_id: AccountId
    instrument: InstrumentTerms
    into: InstrumentTerms | None
    terms: ActionTerms
    effective_at: datetime
    notes: str | None
    source_key: str
    import_id: ImportId


@dataclass(frozen=True, slots=True)
class RecordImportedAction:
    """Records one action and lets positions follow, in a transaction of its own or a savepoint of the ambient one."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, wanted: ImportedAction) -> CorporateActionId:
        """Return its id; raise NotFound, Conflict, Invalid, DuplicateCorporateAction or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            (await unit.accounts.get(wanted.account_id)).must_be_open()
            details = await self._details(unit, wanted, now)
            action = CorporateAction.record(
                CorporateActionId(self.ids.new()),
                actor.organisation_id,
                details,
                now,
                source_key=wanted.source_key,
                import_id=wanted.import_id,
            )
            await taking_effect.lock(unit, action.instruments)
            for known in await unit.corporate_actions.touching({details.instrument_id}):
                if known.repeats(action):
                    raise DuplicateCorporateAction(known.id)
            await unit.corporate_actions.add(action)
            await taking_effect.follow(unit, action, now)
            await unit.commit()
        return action.id

    async def _details(self, unit: LedgerUnitOfWork, wanted: ImportedAction, now: datetime) -> ActionDetails:
        named = [wanted.instrument] if wanted.into is None else [wanted.instrument, wanted.into]
        catalogue = await Catalogue.load(unit.instruments, (terms.key for terms in named))
        for terms in named:
            catalogue.taken(catalogue.named(terms, self.ids))
        await catalogue.keep(unit.instruments, now)
        ids = [catalogue.known[terms.key].id for terms in named]
        return ActionDetails(
            instrument_id=ids[0],
            effective_at=wanted.effective_at,
            terms=_leading_to(wanted.terms, ids[-1]),
            account_id=wanted.account_id,
            notes=wanted.notes,
        )


def _leading_to(terms: ActionTerms, into: InstrumentId) -> ActionTerms:
    return replace(terms, into=into) if isinstance(terms, SymbolChange | Merger | SpinOff | Assignment) else terms
