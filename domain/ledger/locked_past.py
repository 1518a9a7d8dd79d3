"""A settled period is also changed from outside: by what transfers carry into it from an account that is not locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.ledger.account import Account
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.group import tied
from domain.ledger.pair import Pair
from domain.ledger.transfer import Transfer
from domain.shared.ids import AccountId


def must_carry_into_no_lock(
    pairs: Iterable[Pair],
    since: datetime,
    accounts: Mapping[AccountId, Account],
    actions: Iterable[CorporateAction],
    transfers: Iterable[Transfer],
) -> None:
    """Raise PeriodLocked if what changes in the pairs from `since` on may change what came into a locked period.

    Every later transfer out of what is reached counts, whichever lots it took: a statement is rather refused too often
    than changed once.
    """
    actions = list(actions)
    reached = tied(pairs, actions, ())
    for transfer in sorted(transfers, key=lambda each: each.order_key):
        if transfer.details.transferred_at >= since and transfer.source in reached:
            accounts[transfer.target.account_id].must_be_unlocked(transfer.details.transferred_at)
            reached |= tied([transfer.target], actions, ())
