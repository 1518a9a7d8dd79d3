"""What is told about transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.ledger.action_views import PositionEffect
from application.ledger.views import InstrumentView, instrument_view
from domain.ledger.execution import LotSelection
from domain.ledger.transfer import Transfer
from domain.shared.ids import AccountId, ImportId, TransferId
from domain.shared.instrument import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferView:
    """A transfer with its instrument; `moved_quantity` is how much there was to move, none once it is void."""

    id: TransferId
    instrument: InstrumentView
    from_account_id: AccountId
    to_account_id: AccountId
    quantity: Decimal
    moved_quantity: Decimal
    transferred_at: datetime
    lot_selection: tuple[LotSelection, ...]
    notes: str | None
    import_id: ImportId | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class TransferOutcome:
    """A transfer and what recording or voiding it did."""

    transfer: TransferView
    effects: Sequence[PositionEffect]


def transfer_view(transfer: Transfer, moved: Decimal, instrument: Instrument) -> TransferView:
    """Show a transfer as a read would."""
    details = transfer.details
    return TransferView(
        id=transfer.id,
        instrument=instrument_view(instrument),
        from_account_id=details.from_account_id,
        to_account_id=details.to_account_id,
        quantity=details.quantity,
        moved_quantity=moved,
        transferred_at=details.transferred_at,
        lot_selection=details.lot_selection,
        notes=details.notes,
        import_id=transfer.import_id,
        version=transfer.version,
        created_at=transfer.created_at,
        updated_at=transfer.updated_at,
        voided_at=transfer.voided_at,
        void_reason=transfer.void_reason,
    )
