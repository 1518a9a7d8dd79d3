"""A client of Tapedeck: `Tapedeck` asks the API, and its `stream` tells what moves, with no gap unsaid."""

from __future__ import annotations

from tapedeck_client.client import Tapedeck
from tapedeck_client.errors import Refused, SignedOut, StreamRefused, TapedeckError, Unreachable, Unreadable
from tapedeck_client.ledger import Account, Import, Instrument, NewTrade, Position, ProfitAndLoss, Trade
from tapedeck_client.market import Bar, History, Missing, Provenance, Quote, Quotes, Tick
from tapedeck_client.messages import Connected, Disconnected, Event, Gap, Item, Refusal, Snapshot, Update
from tapedeck_client.stream import Stream, StreamOptions
from tapedeck_client.waiting import Waits

__all__ = [
    "Account",
    "Bar",
    "Connected",
    "Disconnected",
    "Event",
    "Gap",
    "History",
    "Import",
    "Instrument",
    "Item",
    "Missing",
    "NewTrade",
    "Position",
    "ProfitAndLoss",
    "Provenance",
    "Quote",
    "Quotes",
    "Refusal",
    "Refused",
    "SignedOut",
    "Snapshot",
    "Stream",
    "StreamOptions",
    "StreamRefused",
    "Tapedeck",
    "TapedeckError",
    "Tick",
    "Trade",
    "Unreachable",
    "Unreadable",
    "Update",
    "Waits",
]
