"""What the ledger's use cases need from outside about transfers; part of `ports`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from domain.ledger.transfer import Moved, Transfer
from domain.shared.ids import AccountId, ImportId, InstrumentId, TransferId


class TransferStore(Protocol):
    """The organisation's transfers, void ones included; whoever changes one has its instrument locked."""

    async def add(self, transfer: Transfer) -> None:
        """Store a new transfer, which has moved nothing yet."""
        ...

    async def get(self, transfer_id: TransferId) -> Transfer:
        """Return the transfer or raise NotFound."""
        ...

    async def save(self, transfer: Transfer) -> None:
        """Store a changed transfer and keep what it was; raise VersionConflict unless the one before is stored."""
        ...

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[Transfer]:
        """Return those of the instruments that are not void."""
        ...

    async def told(self, account_id: AccountId, source_key: str) -> Transfer | None:
        """Return the transfer that a file of the account told of under the key, void or not."""
        ...

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Transfer]:
        """Return at most `limit` transfers that are not void and that the import told of."""
        ...

    async def note_moved(self, moved: Mapping[TransferId, Moved]) -> None:
        """Keep what each transfer moved, which follows from all that is recorded."""
        ...
