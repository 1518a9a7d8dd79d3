"""What goes over the wire for transfers of securities."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.transfer_views import TransferOutcome, TransferView
from domain.ledger.execution import MAX_SELECTED_LOTS
from domain.ledger.transfer import TransferDetails
from domain.shared.ids import AccountId, InstrumentId
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.ledger.corporate_action_schemas import PositionEffectBody, effect_body
from entrypoints.http.ledger.texts import NotesText, ReasonText
from entrypoints.http.ledger.trade_schemas import LotSelectionBody, LotSelectionRequest, chosen_lots, lot_bodies
from entrypoints.http.types import (
    AmountText,
    Instant,
    InstantText,
    PositiveDecimalText,
    decimal_text,
    to_decimal,
    to_instant,
)

_SELECTED = (
    "The lots of the giving account that go first, in this order, under every cost method but `average`. A lot that "
    "holds less gives what it has; the rest goes by that account's method."
)
_MOVED = "How much the giving account had to move; if less than the quantity, the ledger's issues say so."
_Selection: TypeAlias = Annotated[list[LotSelectionRequest], Meta(max_length=MAX_SELECTED_LOTS, description=_SELECTED)]


class RecordTransferRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Securities that went from one of your accounts to another."""

    from_account_id: Annotated[UUID, Meta(description="The account that gives.")]
    to_account_id: Annotated[UUID, Meta(description="The account that receives.")]
    instrument_id: UUID
    quantity: PositiveDecimalText
    transferred_at: Annotated[
        InstantText, Meta(description="When they went; what has come can be sold from that instant on.")
    ]
    lot_selection: _Selection | None = None
    notes: NotesText | None = None

    def to_details(self) -> TransferDetails:
        """Return what is said; raise Invalid."""
        return TransferDetails(
            from_account_id=AccountId(self.from_account_id),
            to_account_id=AccountId(self.to_account_id),
            instrument_id=InstrumentId(self.instrument_id),
            quantity=to_decimal(self.quantity, "quantity"),
            transferred_at=to_instant(self.transferred_at, "transferredAt"),
            lot_selection=chosen_lots(self.lot_selection),
            notes=self.notes,
        )


class VoidTransferRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Why a transfer is taken out of every figure."""

    reason: ReasonText


class TransferBody(Struct, rename="camel", kw_only=True):
    """A transfer, void or not."""

    id: UUID
    instrument: InstrumentBody
    from_account_id: UUID
    to_account_id: UUID
    quantity: AmountText
    moved_quantity: Annotated[AmountText, Meta(description=_MOVED)]
    transferred_at: Instant
    lot_selection: Annotated[list[LotSelectionBody], Meta(description=_SELECTED)]
    notes: NotesText | None
    import_id: UUID | None
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant
    voided_at: Instant | None
    void_reason: ReasonText | None


class TransferOutcomeBody(TransferBody, rename="camel", kw_only=True):
    """A transfer, and what recording or voiding it did to positions."""

    effects: list[PositionEffectBody]


def transfer_body(view: TransferView) -> TransferBody:
    """Render a transfer."""
    return TransferBody(
        id=view.id,
        instrument=instrument_body(view.instrument),
        from_account_id=view.from_account_id,
        to_account_id=view.to_account_id,
        quantity=decimal_text(view.quantity),
        moved_quantity=decimal_text(view.moved_quantity),
        transferred_at=view.transferred_at,
        lot_selection=lot_bodies(view.lot_selection),
        notes=view.notes,
        import_id=view.import_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        voided_at=view.voided_at,
        void_reason=view.void_reason,
    )


def outcome_body(outcome: TransferOutcome) -> TransferOutcomeBody:
    """Render a transfer with its effects."""
    body = transfer_body(outcome.transfer)
    known = {name: getattr(body, name) for name in TransferBody.__struct_fields__}
    return TransferOutcomeBody(**known, effects=[effect_body(each) for each in outcome.effects])
