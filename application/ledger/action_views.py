"""What is told about corporate actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.ledger.views import InstrumentView, instrument_view
from domain.ledger.action_terms import ActionTerms
from domain.ledger.corporate_action import CorporateAction
from domain.shared.ids import AccountId, CorporateActionId, ImportId, InstrumentId
from domain.shared.instrument import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateActionView:
    """A corporate action with its instrument."""

    id: CorporateActionId
    instrument: InstrumentView
    account_id: AccountId | None
    effective_at: datetime
    terms: ActionTerms
    notes: str | None
    import_id: ImportId | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEffect:
    """What a change did to one position, as it stands now."""

    account_id: AccountId
    instrument_id: InstrumentId
    quantity_before: Decimal
    quantity_after: Decimal
    open_cost_before: Decimal
    open_cost_after: Decimal
    realised_before: Decimal
    realised_after: Decimal


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """A corporate action and what recording or voiding it did."""

    action: CorporateActionView
    effects: Sequence[PositionEffect]


def action_view(action: CorporateAction, instrument: Instrument) -> CorporateActionView:
    """Show an action as a read would."""
    details = action.details
    return CorporateActionView(
        id=action.id,
        instrument=instrument_view(instrument),
        account_id=details.account_id,
        effective_at=details.effective_at,
        terms=details.terms,
        notes=details.notes,
        import_id=action.import_id,
        version=action.version,
        created_at=action.created_at,
        updated_at=action.updated_at,
        voided_at=action.voided_at,
        void_reason=action.void_reason,
    )
