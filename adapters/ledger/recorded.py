"""Everything recorded that positions follow from, as a reader sees it at its moment."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeAlias

from sqlalchemy import TextClause, text

from adapters.ledger.action_store import ActionRow, action_of
from adapters.ledger.bulk import names, read_rows
from adapters.ledger.rows import AccountRow, InstrumentRow, account_of, execution_of, instrument_of
from adapters.ledger.stores import PAIRS, encode_pairs
from adapters.ledger.transfer_store import TransferRow, transfer_of
from domain.ledger.account import Account
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.group import tied
from domain.ledger.pair import Pair
from domain.ledger.terms import Terms
from domain.ledger.transfer import Transfer
from domain.shared.ids import AccountId, InstrumentId, OrganisationId
from domain.shared.instrument import Instrument

# rows are read by position into structs of the caller's choice
Rows: TypeAlias = Iterable[Any]  # decoded by the caller


class Facts(Protocol):
    """What is recorded, to be read by selects."""

    async def execute(self, statement: TextClause, values: Mapping[str, object]) -> Rows:
        """Run a select; its rows are read by position."""
        ...


_ACCOUNTS: Final = text(f"SELECT {', '.join(names(AccountRow))} FROM accounts WHERE organisation_id = :organisation")
_INSTRUMENTS: Final = text(
    f"SELECT {', '.join(names(InstrumentRow))} FROM instruments WHERE organisation_id = :organisation"
)
_ACTIONS: Final = text(
    f"SELECT {', '.join(names(ActionRow))} FROM corporate_actions "
    "WHERE organisation_id = :organisation AND voided_at IS NULL"
)
_TRANSFERS: Final = text(
    f"SELECT {', '.join(names(TransferRow))} FROM transfers WHERE organisation_id = :organisation AND voided_at IS NULL"
)
_EXECUTIONS: Final = (
    "SELECT x.account_id, x.instrument_id, x.executed_at, x.sequence, x.id, x.side, x.quantity, x.price, x.fees_total, "
    "x.lot_selection FROM trades x {join} WHERE x.organisation_id = :organisation AND x.voided_at IS NULL"
)
_ALL_EXECUTIONS: Final = text(_EXECUTIONS.format(join=""))
_EXECUTIONS_OF: Final = text(
    _EXECUTIONS.format(join=f"JOIN {PAIRS} ON p.account_id = x.account_id AND p.instrument_id = x.instrument_id")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Accounts, instruments, and what happened: nothing of it void."""

    accounts: Mapping[AccountId, Account]
    instruments: Mapping[InstrumentId, Instrument]
    actions: Sequence[CorporateAction]
    transfers: Sequence[Transfer]
    executions: Mapping[Pair, Sequence[Execution]]

    def terms(self, pairs: Iterable[Pair]) -> dict[Pair, Terms]:
        """Return the terms on which each pair is replayed."""
        return {pair: Terms.of(self.accounts[pair.account_id], self.instruments[pair.instrument_id]) for pair in pairs}


async def recorded(facts: Facts, organisation_id: OrganisationId, pairs: Collection[Pair] | None = None) -> Recorded:
    """Read it all, or with `pairs` no trades but theirs and those of all that are tied to them.

    A long history takes a second to decode: in a thread, so that others who are served do not wait.
    """
    ours = {"organisation": organisation_id}
    found = [await facts.execute(select, ours) for select in (_ACCOUNTS, _INSTRUMENTS, _ACTIONS, _TRANSFERS)]
    known = await to_thread(_decoded, organisation_id, found)
    if pairs is None:
        trades = await facts.execute(_ALL_EXECUTIONS, ours)
    else:
        together = tied(pairs, known.actions, known.transfers)
        trades = await facts.execute(_EXECUTIONS_OF, {**ours, "pairs": encode_pairs(together)})
    return replace(known, executions=await to_thread(_executions, trades))


def _decoded(organisation_id: OrganisationId, found: Sequence[Rows]) -> Recorded:
    accounts, instruments, actions, transfers = found
    return Recorded(
        accounts={AccountId(row.id): account_of(row, organisation_id) for row in read_rows(accounts, AccountRow)},
        instruments={InstrumentId(row.id): instrument_of(row) for row in read_rows(instruments, InstrumentRow)},
        actions=[action_of(row, organisation_id) for row in read_rows(actions, ActionRow)],
        transfers=[transfer_of(row, organisation_id) for row in read_rows(transfers, TransferRow)],
        executions={},
    )


def _executions(trades: Rows) -> dict[Pair, list[Execution]]:
    executions: dict[Pair, list[Execution]] = {}
    for account_id, instrument_id, *rest in trades:
        executions.setdefault(Pair(account_id, instrument_id), []).append(execution_of(*rest))
    return executions
