"""Takes a file in: looks at every byte once, recognises the format, stores the content; reading it comes later."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256

from application.ledger.imports.format_ports import HEAD_BYTES, FileHead, TradebookFormats, Upload
from application.ledger.imports.ports import ImportUnitOfWork, ImportUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import Import, Reading, SourceFile
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
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
class _Seen:
    """What there is to read, its size and its beginning, or why it cannot be read."""

    upload: Upload
    size: int
    head: FileHead | Unreadable


@dataclass(frozen=True, slots=True)
class ReceiveImport:
    """Stores the import with its content in one transaction; one of unknown format waits for a mapping."""

    units: ImportUnits
    formats: TradebookFormats
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: ReceiveImportCommand) -> ImportId:
        """Return the id of the new import; a file that cannot be a tradebook is a failed one with the reason.

        Raises Invalid for an unknown format, NotFound for an unknown account or mapping, Conflict for a closed account.
        """
        actor.require(Scope.LEDGER_WRITE)
        if command.file_name is not None:
            check_line(command.file_name, "fileName", _LONGEST_NAME)
        file = await _source(command)
        async with AsyncExitStack() as stack:
            seen = await self._look_at(command.upload, stack)
            import_id = ImportId(self.ids.new())
            async with self.units(actor.organisation_id) as unit:
                await _require_account(unit, command.account_id)
                found = self._recognised(seen, command, await _mappings(unit, command.mapping_id))
                item = Import.receive(
                    import_id,
                    command.account_id,
                    file,
                    content_size=seen.size,
                    found=found,
                    actor=actor,
                    now=self.clock.now(),
                )
                await unit.imports.add(item)
                if item.layout is not None:
                    await unit.files.add(import_id, seen.upload.chunks())
                await unit.outbox.add(item.events)
                await unit.commit()
        return import_id

    async def _look_at(self, upload: Upload, stack: AsyncExitStack) -> _Seen:
        probe, head, size = self.formats.probe(), bytearray(), 0
        try:
            opened = await stack.enter_async_context(self.formats.opened(upload))
            async for piece in opened.chunks():
                probe.feed(piece)
                size += len(piece)
                if len(head) < HEAD_BYTES:
                    head += piece[: HEAD_BYTES - len(head)]
            return _Seen(opened, size, FileHead(bytes(head), probe.finish(), size <= HEAD_BYTES))
        except Unreadable as problem:
            return _Seen(upload, size, problem)

    def _recognised(
        self, seen: _Seen, command: ReceiveImportCommand, mappings: Sequence[SavedMapping]
    ) -> Reading | Layout | Unreadable:
        wanted = "generic_csv" if command.format is None and command.mapping_id is not None else command.format
        if isinstance(seen.head, Unreadable):
            return seen.head
        try:
            return self.formats.recognise(seen.head, wanted, mappings)
        except Unreadable as problem:
            return problem


async def _source(command: ReceiveImportCommand) -> SourceFile:
    digest, size = sha256(), 0
    async for piece in command.upload.chunks():
        digest.update(piece)
        size += len(piece)
    return SourceFile(command.file_name, size, digest.hexdigest())


async def _require_account(unit: ImportUnitOfWork, account_id: AccountId) -> None:
    account = (await unit.accounts.find([account_id])).get(account_id)
    if account is None:
        raise NotFound("account", account_id)
    account.must_be_open()


async def _mappings(unit: ImportUnitOfWork, mapping_id: MappingId | None) -> Sequence[SavedMapping]:
    return await unit.mappings.all() if mapping_id is None else [await unit.mappings.get(mapping_id)]
