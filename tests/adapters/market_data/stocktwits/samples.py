"""An answer as StockTwits writes it, made small: a bull, and one who says nothing of the kind."""

from __future__ import annotations

STREAM = b"""{"response": {"status": 200}, "symbol": {"id": 686, "symbol": "AAPL"}, "cursor": {"more": true, "max": 5},
"messages": [
{"id": 612345678, "body": "$AAPL breaking out &amp; going up", "created_at": "2026-03-02T18:30:00Z",
 "user": {"id": 1, "username": "bull"}, "symbols": [{"id": 686, "symbol": "AAPL"}, {"id": 2, "symbol": "BTC.X"}],
 "entities": {"sentiment": {"basic": "Bullish"}}, "likes": {"total": 3}},
{"id": 612345679, "body": "What now?", "created_at": "2026-03-02T18:31:00Z", "user": {"username": "owl"},
 "symbols": [{"symbol": "AAPL"}], "entities": {"sentiment": null}}]}"""

NO_STREAM = b'{"response": {"status": 404}, "errors": [{"message": "Symbol not found"}]}'
