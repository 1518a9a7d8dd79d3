"""Takes a file in: looks at every byte once, recognises the format, stores the content; reading it comes later."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from application.ledger.imports.ports import HEAD_BYTES, FileHead, ImportUnits, TradebookFormats, Upload
from application.shared.ports import Clock, IdFactory
from domain.ledger.imports.mapping import MappingId
from domain.ledger.imports.tradebook_import import Import, SourceFile
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound
from domain.shared.ids import AccountId, ImportId
from domain.shared.text import check_line

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveImportCommand:
    """A file for an account; `format` and `mapping_id` say how to read it where it does not say so itself."""

    account_id: AccountId
    upload: Upload
    file_name: str | None = None
    format: str | None = None
    mapping_id: MappingId | None = None


@dataclass(frozen=True, slots=True)
class ReceiveImport:
    """Stores the import with its content in one transaction; one of unknown format waits for a mapping."""

    units: ImportUnits
    formats: TradebookFormats
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: ReceiveImportCommand) -> ImportId:
        """Return the id of the new import.

        Raises Invalid for a file that cannot be a tradebook or is not of the wanted format, NotFound for an
        unknown account or mapping.
        """
        actor.require(Scope.LEDGER_WRITE)
        if command.file_name is not None:
            check_line(command.file_name, "fileName", _LONGEST_NAME)
        file, head = await self._look_at(command)
        import_id = ImportId(self.ids.new())
        async with self.units(actor.organisation_id) as unit:
            account = (await unit.accounts.find([command.account_id])).get(command.account_id)
            if account is None:
                raise NotFound("account", command.account_id)
            account.must_be_open()
            mappings = (
                await unit.mappings.all()
                if command.mapping_id is None
                else [await unit.mappings.get(command.mapping_id)]
            )
            wanted = command.format
            if wanted is None and command.mapping_id is not None:
                wanted = "generic_csv"
            found = self.formats.recognise(head, wanted, mappings)
            item = Import.receive(import_id, command.account_id, file, found=found, actor=actor, now=self.clock.now())
            await unit.imports.add(item)
            await unit.files.add(import_id, command.upload.chunks())
            await unit.outbox.add(item.events)
            await unit.commit()
        return import_id

    async def _look_at(self, command: ReceiveImportCommand) -> tuple[SourceFile, FileHead]:
        probe, digest = self.formats.probe(), sha256()
        head = bytearray()
        size = 0
        async for piece in command.upload.chunks():
            probe.feed(piece)
            digest.update(piece)
            size += len(piece)
            if len(head) < HEAD_BYTES:
                head += piece[: HEAD_BYTES - len(head)]
        if size == 0:
            raise Invalid("The file is empty.", field="file")
        file = SourceFile(command.file_name, size, digest.hexdigest())
        return file, FileHead(bytes(head), probe.finish(), size <= HEAD_BYTES)
