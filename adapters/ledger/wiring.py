"""Wires the ledger: use cases and query ports under the names that handlers ask for."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dependency_injector import containers, providers

from adapters.ledger.action_reads import SqlCorporateActionQueries
from adapters.ledger.cash_reads import SqlCashExports, SqlCashQueries
from adapters.ledger.dated_reads import SqlDatedQueries
from adapters.ledger.export_reads import SqlLedgerExports
from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.imports.formats import BrokerFormats
from adapters.ledger.imports.reads import SqlImportQueries
from adapters.ledger.imports.retention import ImportFilesPurge
from adapters.ledger.imports.unit_of_work import SqlImportUnits
from adapters.ledger.issue_reads import SqlIssueQueries
from adapters.ledger.journal_reads import SqlLedgerJournal
from adapters.ledger.listings import DirectoryListings
from adapters.ledger.lot_reads import SqlLotQueries
from adapters.ledger.market.proposal_reads import SqlProposalQueries
from adapters.ledger.market_wiring import closes_job, marks_job
from adapters.ledger.method_reads import SqlMethodQueries
from adapters.ledger.nightly import NightlyVerification
from adapters.ledger.position_reads import SqlPositionQueries
from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.rates.market import MarketRates
from adapters.ledger.tax_reads import SqlTaxQueries
from adapters.ledger.trade_reads import SqlAccountQueries, SqlTradeQueries
from adapters.ledger.trade_search import SqlTradeSearch
from adapters.ledger.transfer_reads import SqlTransferQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from application.ledger.amend_account import AmendAccount
from application.ledger.cash.convert_cash import ConvertCash
from application.ledger.cash.patch_cash_movement import PatchCashMovement
from application.ledger.cash.record_cash_movement import RecordCashMovement
from application.ledger.cash.record_imported_cash import RecordImportedCash
from application.ledger.cash.transfer_cash import TransferCash
from application.ledger.cash.void_cash_movement import VoidCashMovement
from application.ledger.cash.void_imported_cash import VoidImportedCash
from application.ledger.close_account import CloseAccount
from application.ledger.currencies.read_exchange_rate import ReadExchangeRate
from application.ledger.explain_disposal import ExplainDisposal
from application.ledger.explain_pnl import ExplainPnl
from application.ledger.explain_position import ExplainPosition
from application.ledger.export_tax_lines import ExportTaxLines
from application.ledger.find_issues import FindIssues
from application.ledger.imports.commit_import import CommitImport
from application.ledger.imports.create_import_mapping import CreateImportMapping
from application.ledger.imports.delete_import_mapping import DeleteImportMapping
from application.ledger.imports.discard_import import DiscardImport
from application.ledger.imports.map_import import MapImport
from application.ledger.imports.parse_import import ParseImport
from application.ledger.imports.receive_import import ReceiveImport
from application.ledger.imports.record_import import RecordImport
from application.ledger.imports.replace_import_mapping import ReplaceImportMapping
from application.ledger.imports.reverse_import import ReverseImport
from application.ledger.imports.undo_import import UndoImport
from application.ledger.list_tax_lines import ListTaxLines
from application.ledger.open_account import OpenAccount
from application.ledger.patch_trade import PatchTrade
from application.ledger.proposals.accept_proposal import AcceptProposal
from application.ledger.proposals.dismiss_proposal import DismissProposal
from application.ledger.proposals.propose_actions import ProposeActions
from application.ledger.read_listing import ReadListing
from application.ledger.read_pnl import ReadPnl
from application.ledger.read_tax_report import ReadTaxReport
from application.ledger.rebuild_positions import RebuildPositions
from application.ledger.reconcile_account import ReconcileAccount
from application.ledger.record_corporate_action import RecordCorporateAction
from application.ledger.record_imported_action import RecordImportedAction
from application.ledger.record_imported_transfer import RecordImportedTransfer
from application.ledger.record_trade import RecordTrade
from application.ledger.record_trades import RecordTrades
from application.ledger.record_transfer import RecordTransfer
from application.ledger.replace_trade import ReplaceTrade
from application.ledger.set_price import SetPrice
from application.ledger.verify_positions import VerifyPositions
from application.ledger.void_corporate_action import VoidCorporateAction
from application.ledger.void_import import VoidImport
from application.ledger.void_imported_actions import VoidImportedActions
from application.ledger.void_imported_transfers import VoidImportedTransfers
from application.ledger.void_trade import VoidTrade
from application.ledger.void_transfer import VoidTransfer
from application.shared.schedules import IMPORT_FILES_PURGE, MARKET_CLOSES, MARKET_MARKS, NIGHTLY_VERIFICATION
from domain.ledger.events import VerificationDue
from domain.ledger.imports.events import ImportCommitRequested, ImportReceived, ImportUndoRequested


class LedgerContainer(containers.DeclarativeContainer):
    """One per process."""

    platform = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()

    ledger_units = providers.Singleton(SqlLedgerUnits, platform.engine, platform.ids)
    account_queries = providers.Singleton(SqlAccountQueries, platform.engine)
    trade_queries = providers.Singleton(SqlTradeQueries, platform.engine)
    corporate_action_queries = providers.Singleton(SqlCorporateActionQueries, platform.engine)
    transfer_queries = providers.Singleton(SqlTransferQueries, platform.engine)
    trade_search = providers.Singleton(SqlTradeSearch, platform.engine)
    position_queries = providers.Singleton(SqlPositionQueries, platform.engine)
    lot_queries = providers.Singleton(SqlLotQueries, platform.engine)
    figure_queries = providers.Singleton(SqlFigureQueries, platform.engine)
    dated_queries = providers.Singleton(SqlDatedQueries, platform.engine)
    method_queries = providers.Singleton(SqlMethodQueries, platform.engine)

    # taxes are counted with published rates alone
    published_rates = providers.Singleton(EcbRates)
    exchange_rates = providers.Singleton(MarketRates, platform.engine, published_rates)
    cash_queries = providers.Singleton(SqlCashQueries, platform.engine)
    cash_exports = providers.Singleton(SqlCashExports, platform.stale_reads)
    ledger_exports = providers.Singleton(SqlLedgerExports, platform.stale_reads)
    ledger_journal = providers.Singleton(SqlLedgerJournal, platform.engine)

    open_account = providers.Factory(OpenAccount, ledger_units, platform.clock, platform.ids)
    amend_account = providers.Factory(AmendAccount, ledger_units, platform.clock)
    reconcile_account = providers.Factory(ReconcileAccount, ledger_units, cash_queries, platform.clock)
    close_account = providers.Factory(CloseAccount, ledger_units, platform.clock)
    record_trade = providers.Factory(RecordTrade, ledger_units, platform.clock, platform.ids)
    record_trades = providers.Factory(RecordTrades, ledger_units, platform.clock, platform.ids)
    replace_trade = providers.Factory(ReplaceTrade, ledger_units, platform.clock, platform.ids)
    patch_trade = providers.Factory(PatchTrade, ledger_units, platform.clock, platform.ids)
    void_trade = providers.Factory(VoidTrade, ledger_units, platform.clock)
    void_import = providers.Factory(VoidImport, ledger_units, platform.clock)
    record_corporate_action = providers.Factory(RecordCorporateAction, ledger_units, platform.clock, platform.ids)
    void_corporate_action = providers.Factory(VoidCorporateAction, ledger_units, platform.clock)
    record_cash_movement = providers.Factory(RecordCashMovement, ledger_units, platform.clock, platform.ids)
    transfer_cash = providers.Factory(TransferCash, ledger_units, platform.clock, platform.ids)
    convert_cash = providers.Factory(ConvertCash, ledger_units, platform.clock, platform.ids)
    patch_cash_movement = providers.Factory(PatchCashMovement, ledger_units, platform.clock)
    void_cash_movement = providers.Factory(VoidCashMovement, ledger_units, platform.clock)
    record_transfer = providers.Factory(RecordTransfer, ledger_units, platform.clock, platform.ids)
    void_transfer = providers.Factory(VoidTransfer, ledger_units, platform.clock)
    instrument_listings = providers.Singleton(DirectoryListings, market_data.directory)
    read_listing = providers.Factory(ReadListing, ledger_units, instrument_listings)
    set_price = providers.Factory(SetPrice, ledger_units, platform.clock)
    rebuild_positions = providers.Factory(RebuildPositions, ledger_units, platform.clock)
    verify_positions = providers.Factory(VerifyPositions, ledger_units, platform.clock)
    nightly_verification = providers.Singleton(NightlyVerification, platform.engine, platform.clock, platform.ids)

    import_units = providers.Singleton(SqlImportUnits, platform.engine, platform.ids)
    tradebook_formats = providers.Singleton(BrokerFormats)
    import_files_purge = providers.Singleton(ImportFilesPurge, platform.engine)
    import_queries = providers.Singleton(SqlImportQueries, platform.engine)
    receive_import = providers.Factory(ReceiveImport, import_units, tradebook_formats, platform.clock, platform.ids)
    map_import = providers.Factory(MapImport, import_units, tradebook_formats, platform.clock)
    commit_import = providers.Factory(CommitImport, import_units, platform.clock)
    undo_import = providers.Factory(UndoImport, import_units, platform.clock)
    discard_import = providers.Factory(DiscardImport, import_units, platform.clock)
    create_import_mapping = providers.Factory(CreateImportMapping, import_units, platform.clock, platform.ids)
    replace_import_mapping = providers.Factory(ReplaceImportMapping, import_units, platform.clock)
    delete_import_mapping = providers.Factory(DeleteImportMapping, import_units)
    parse_import = providers.Factory(ParseImport, import_units, tradebook_formats, platform.clock)
    record_imported_action = providers.Factory(RecordImportedAction, ledger_units, platform.clock, platform.ids)
    record_imported_transfer = providers.Factory(RecordImportedTransfer, ledger_units, platform.clock, platform.ids)
    void_imported_transfers = providers.Factory(VoidImportedTransfers, ledger_units, platform.clock)
    void_imported_actions = providers.Factory(VoidImportedActions, ledger_units, platform.clock)
    record_imported_cash = providers.Factory(RecordImportedCash, ledger_units, platform.clock, platform.ids)
    void_imported_cash = providers.Factory(VoidImportedCash, ledger_units, platform.clock)
    record_import = providers.Factory(
        RecordImport,
        import_units,
        record_trades,
        record_imported_action,
        record_imported_cash,
        record_imported_transfer,
        platform.clock,
        platform.ids,
    )
    reverse_import = providers.Factory(
        ReverseImport,
        import_units,
        void_import,
        void_imported_actions,
        void_imported_cash,
        void_imported_transfers,
        platform.clock,
    )
    issue_queries = providers.Singleton(SqlIssueQueries, platform.engine)
    find_issues = providers.Factory(FindIssues, issue_queries, platform.clock)
    tax_queries = providers.Singleton(SqlTaxQueries, platform.engine)
    read_tax_report = providers.Factory(ReadTaxReport, tax_queries, published_rates)
    list_tax_lines = providers.Factory(ListTaxLines, tax_queries, published_rates)
    export_tax_lines = providers.Factory(ExportTaxLines, tax_queries, published_rates)
    read_exchange_rate = providers.Factory(ReadExchangeRate, exchange_rates, platform.cache)
    read_pnl = providers.Factory(ReadPnl, figure_queries, dated_queries, exchange_rates)
    explain_disposal = providers.Factory(ExplainDisposal, figure_queries)
    explain_position = providers.Factory(ExplainPosition, figure_queries)
    explain_pnl = providers.Factory(ExplainPnl, figure_queries, dated_queries, exchange_rates)

    proposal_queries = providers.Singleton(SqlProposalQueries, platform.engine)
    propose_actions = providers.Factory(ProposeActions, ledger_units, platform.clock, platform.ids)
    accept_proposal = providers.Factory(AcceptProposal, ledger_units, platform.clock, platform.ids)
    dismiss_proposal = providers.Factory(DismissProposal, ledger_units, platform.clock)
    market_marks_job = providers.Singleton(
        marks_job,
        platform.engine,
        market_data.directory,
        market_data.tick_publisher,
        market_data.quote_book,
        market_data.trading_calendar,
        platform.clock,
        platform.settings,
    )
    market_closes_job = providers.Singleton(
        closes_job,
        platform.engine,
        market_data.directory,
        market_data.bar_book,
        market_data.trading_calendar,
        platform.clock,
        platform.settings,
        propose_actions,
    )
    entries = providers.Dict(
        {
            IMPORT_FILES_PURGE: import_files_purge,
            MARKET_CLOSES: market_closes_job,
            MARKET_MARKS: market_marks_job,
            NIGHTLY_VERIFICATION: nightly_verification,
        }
    )
    reactions = providers.Dict(
        {
            ImportReceived.name: parse_import.provider,
            ImportCommitRequested.name: record_import.provider,
            ImportUndoRequested.name: reverse_import.provider,
            VerificationDue.name: verify_positions.provider,
        }
    )
