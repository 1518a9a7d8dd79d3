"""The boundary within which trades make a position."""

from __future__ import annotations

from typing import NamedTuple

from domain.shared.ids import AccountId, InstrumentId


class Pair(NamedTuple):
    """One account in one instrument."""

    account_id: AccountId
    instrument_id: InstrumentId
