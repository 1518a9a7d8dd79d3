"""Everything recorded that positions follow from, as a reader sees it at its moment."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from sqlalchemy import TextClause, text

from adapters.ledger.action_store import ActionRow, action_of
from adapters.ledger.bulk import names, read_rows
from adapters.ledger.rows import AccountRow, InstrumentRow, account_of, execution_of, instrument_of
from adapters.ledger.transfer_store import TransferRow, transfer_of
from domain.ledger.account import Account
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
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
_EXECUTIONS: Final = text(
    "SELECT account_id, instrument_id, executed_at, sequence, id, side, quantity, price, fees_total, lot_selection "
    "FROM trades WHERE organisation_id = :organisation AND voided_at IS NULL"
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


async def recorded(facts: Facts, organisation_id: OrganisationId) -> Recorded:
    """Read it all. A long history takes a second to decode: in a thread, so that others who are served do not wait."""
    ours = {"organisation": organisation_id}
    selects = (_ACCOUNTS, _INSTRUMENTS, _ACTIONS, _TRANSFERS, _EXECUTIONS)
    return await to_thread(_decoded, organisation_id, [await facts.execute(select, ours) for select in selects])


def _decoded(organisation_id: OrganisationId, found: Sequence[Rows]) -> Recorded:
    accounts, instruments, actions, transfers, trades = found
    executions: dict[Pair, list[Execution]] = {}
    for account_id, instrument_id, *rest in trades:
        executions.setdefault(Pair(account_id, instrument_id), []).append(execution_of(*rest))
    return Recorded(
        accounts={AccountId(row.id): account_of(row, organisation_id) for row in read_rows(accounts, AccountRow)},
        instruments={InstrumentId(row.id): instrument_of(row) for row in read_rows(instruments, InstrumentRow)},
        actions=[action_of(row, organisation_id) for row in read_rows(actions, ActionRow)],
        transfers=[transfer_of(row, organisation_id) for row in read_rows(transfers, TransferRow)],
        executions=executions,
    )
