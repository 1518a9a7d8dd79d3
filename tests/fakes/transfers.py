"""Transfers in a dictionary, under the same contracts as the real ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import final
from uuid import UUID

from application.ledger.transfer_ports import TransferStore
from domain.ledger.transfer import Moved, Transfer
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, TransferId


@final
class FakeTransferStore(TransferStore):
    """Transfers in a dictionary, and how much they moved in another."""

    def __init__(self, transfers: dict[UUID, Transfer], moved: dict[UUID, Moved]) -> None:
        self._transfers = transfers
        self._moved = moved

    async def add(self, transfer: Transfer) -> None:
        """Store a copy."""
        self._transfers[transfer.id] = copy.copy(transfer)

    async def get(self, transfer_id: TransferId) -> Transfer:
        """Return a copy."""
        if transfer_id not in self._transfers:
            raise NotFound("transfer", transfer_id)
        return copy.copy(self._transfers[transfer_id])

    async def save(self, transfer: Transfer) -> None:
        """Compare the version, then store a copy."""
        if self._transfers[transfer.id].version != transfer.version - 1:
            raise VersionConflict("transfer", expected=transfer.version - 1)
        self._transfers[transfer.id] = copy.copy(transfer)

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[Transfer]:
        """Return copies of those about the instruments."""
        wanted = set(instrument_ids)
        return [each for each in self._counting() if each.details.instrument_id in wanted]

    async def told(self, account_id: AccountId, source_key: str) -> Transfer | None:
        """Return a copy."""
        for transfer in self._transfers.values():
            accounts = {pair.account_id for pair in transfer.pairs}
            report = transfer.report_of(account_id) if account_id in accounts else None
            if report is not None and report.source_key == source_key:
                return copy.copy(transfer)
        return None

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Transfer]:
        """Return copies of the first of them."""
        return [
            each
            for each in self._counting()
            if any(report and report.import_id == import_id for report in (each.out_report, each.in_report))
        ][:limit]

    async def note_moved(self, moved: Mapping[TransferId, Moved]) -> None:
        """Keep it."""
        for transfer_id, each in moved.items():
            self._moved[transfer_id] = each

    def _counting(self) -> list[Transfer]:
        return [copy.copy(each) for _, each in sorted(self._transfers.items()) if each.voided_at is None]
