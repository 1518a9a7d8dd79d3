"""An answer as Benzinga writes it, made small: markup, times as in mails, and tickers of shares and of crypto."""

from __future__ import annotations

STORIES = b"""[{"id": 41234567, "author": "A. Writer", "created": "Mon, 02 Mar 2026 13:30:00 -0500",
"updated": "Mon, 02 Mar 2026 13:31:00 -0500", "title": "Apple &amp; Berkshire Rally",
"teaser": "<p>Both <i>rose</i>.</p>",
"body": "", "url": "https://www.benzinga.com/news/41234567", "image": [], "channels": [{"name": "News"}],
"stocks": [{"name": "AAPL"}, {"name": "BRK/B"}, {"name": "$BTC"}, {"name": "??"}], "tags": []},
{"id": "41234568", "created": "Mon, 02 Mar 2026 14:00:00 -0500", "title": "Oil falls",
"body": "<script>x</script><p>A</p>"}]"""
