"""What users are told of the ledger as it happens: which things changed, never what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

from application.ledger.jobs import KINDS
from application.shared.reactions import Delivery
from application.shared.user_events import Telltale, Told
from domain.ledger.events import ActionsProposed, CashChanged, CorporateActionChanged, TradesChanged, TransferChanged
from domain.ledger.imports.events import ImportCommitRequested, ImportReceived, ImportUndoRequested
from domain.shared.ids import UserId

# of a change of very many things the first are told, and how many there are
_MOST_CHANGES: Final = 100


def _changed(delivery: Delivery) -> Told:
    """Tell all of the organisation what changed, under the event's name."""
    data: dict[str, object] = {_camel(name): _plain(value) for name, value in delivery.payload.items()}
    data.pop("organisationId", None)
    if "changes" in data:
        # a payload holds JSON values, and these are a list
        changes = cast("list[object]", data["changes"])
        data |= {"changes": changes[:_MOST_CHANGES], "count": len(changes)}
    return Told(kind=delivery.name.removeprefix("ledger."), data=data)


def _job_done(delivery: Delivery) -> Told:
    """Tell whoever asked for it that the work is done."""
    data = {
        "jobId": str(delivery.event_id),
        "kind": KINDS[delivery.name].title,
        "subjectId": str(delivery.payload["import_id"]),
    }
    return Told(kind="job_done", data=data, user_id=UserId(UUID(str(delivery.payload["user_id"]))))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)  # objects of JSON have texts for names
        return {_camel(name): _plain(each) for name, each in fields.items()}
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]  # whatever JSON has in a list
    return value


TELLTALES: Final[Mapping[str, Telltale]] = {
    ActionsProposed.name: _changed,
    CashChanged.name: _changed,
    CorporateActionChanged.name: _changed,
    ImportCommitRequested.name: _job_done,
    ImportReceived.name: _job_done,
    ImportUndoRequested.name: _job_done,
    TradesChanged.name: _changed,
    TransferChanged.name: _changed,
}
