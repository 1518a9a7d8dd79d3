"""Wires the ledger: use cases and query ports under the names that handlers ask for."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dependency_injector import containers, providers

from adapters.ledger.unit_of_work import SqlLedgerUnits
from application.ledger.amend_account import AmendAccount
from application.ledger.close_account import CloseAccount
from application.ledger.open_account import OpenAccount
from application.ledger.patch_trade import PatchTrade
from application.ledger.rebuild_positions import RebuildPositions
from application.ledger.record_trade import RecordTrade
from application.ledger.record_trades import RecordTrades
from application.ledger.replace_trade import ReplaceTrade
from application.ledger.set_price import SetPrice
from application.ledger.void_import import VoidImport
from application.ledger.void_trade import VoidTrade


class LedgerContainer(containers.DeclarativeContainer):
    """One per process."""

    platform = providers.DependenciesContainer()

    ledger_units = providers.Singleton(SqlLedgerUnits, platform.engine, platform.ids)

    open_account = providers.Factory(OpenAccount, ledger_units, platform.clock, platform.ids)
    amend_account = providers.Factory(AmendAccount, ledger_units, platform.clock)
    close_account = providers.Factory(CloseAccount, ledger_units, platform.clock)
    record_trade = providers.Factory(RecordTrade, ledger_units, platform.clock, platform.ids)
    record_trades = providers.Factory(RecordTrades, ledger_units, platform.clock, platform.ids)
    replace_trade = providers.Factory(ReplaceTrade, ledger_units, platform.clock, platform.ids)
    patch_trade = providers.Factory(PatchTrade, ledger_units, platform.clock, platform.ids)
    void_trade = providers.Factory(VoidTrade, ledger_units, platform.clock)
    void_import = providers.Factory(VoidImport, ledger_units, platform.clock)
    set_price = providers.Factory(SetPrice, ledger_units, platform.clock)
    rebuild_positions = providers.Factory(RebuildPositions, ledger_units, platform.clock)

    reactions = providers.Dict({})
