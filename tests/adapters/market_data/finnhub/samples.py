"""Answers as Finnhub writes them, made small."""

from __future__ import annotations

QUOTE = b'{"c": 261.74, "d": 2.29, "dp": 0.8826, "h": 263.31, "l": 260.68, "o": 261.07, "pc": 259.45, "t": 1582641000}'

NO_QUOTE = b'{"c": 0, "d": null, "dp": null, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}'

SEARCH = b"""{"count": 3, "result": [
{"description": "APPLE INC", "displaySymbol": "AAPL", "symbol": "AAPL", "type": "Common Stock"},
{"description": "APPLE INC", "displaySymbol": "AAPL.SW", "symbol": "AAPL.SW", "type": "Common Stock"},
{"description": "APPLE INC", "displaySymbol": "APC.DE", "symbol": "APC.DE", "type": "Common Stock"}]}"""

PROFILE = b"""{"country": "US", "currency": "USD", "exchange": "NASDAQ/NMS (GLOBAL MARKET)", "ipo": "1980-12-12",
"marketCapitalization": 1415993, "name": "Apple Inc", "phone": "14089961010", "shareOutstanding": 4375.47998046875,
"ticker": "AAPL", "weburl": "https://www.apple.com/", "finnhubIndustry": "Technology"}"""

METRIC = b"""{"metric": {"peTTM": 35.1, "epsTTM": 7.46, "beta": 1.09, "currentDividendYieldTTM": 0.38,
"netProfitMarginTTM": 26.92, "roeTTM": 171.4, "bookValuePerShareQuarterly": 4.99, "pbQuarterly": null,
"52WeekHigh": 288.6}, "metricType": "all", "series": {}, "symbol": "AAPL"}"""

EARNINGS = b"""{"earningsCalendar": [
{"date": "2026-04-30", "epsActual": null, "epsEstimate": 1.62, "hour": "amc", "quarter": 2, "revenueActual": null,
 "revenueEstimate": 97000000000, "symbol": "AAPL", "year": 2026},
{"date": "2026-04-28", "epsActual": 4.14, "epsEstimate": 3.91, "hour": "", "quarter": 3, "revenueActual": 81273000000,
 "revenueEstimate": 80310000000, "symbol": "BRK.B", "year": 2026}]}"""

RELEASES = b"""{"economicCalendar": [
{"actual": 8.4, "country": "AU", "estimate": 6.9, "event": "Current Account Balance", "impact": "low", "prev": 1,
 "time": "2026-03-03 01:45:00", "unit": "AUD"},
{"actual": null, "country": "US", "estimate": 50.1, "event": "ISM Manufacturing PMI", "impact": "high", "prev": 49.8,
 "time": "2026-03-02 15:00:00", "unit": ""}]}"""
STORIES = b"""[
{"category": "company news", "datetime": 1772458000, "headline": "Apple &amp; others rise", "id": 25287,
 "image": "https://example.com/photo.jpg", "related": "AAPL,MSFT", "source": "Example Times",
 "summary": "A <b>good</b> day.", "url": "https://example.com/1"},
{"category": "company news", "datetime": 1772450000, "headline": "Oil falls", "id": 25286,
 "image": "", "related": "", "source": "", "summary": "", "url": ""}]"""

CANDLES = b"""{"c": [499.23, 129.04], "h": [505.77, 131], "l": [498.31, 126], "o": [504.05, 127.58],
"s": "ok", "t": [1598572800, 1598832000], "v": [46907479, 225702688]}"""

HOURS = b"""{"c": [500, 128], "h": [501, 129], "l": [499, 127], "o": [500, 128],
"s": "ok", "t": [1598641200, 1598882400], "v": [1000, 4000]}"""

NO_CANDLES = b'{"s": "no_data"}'

SPLITS = b'[{"date": "2020-08-31", "fromFactor": 1, "symbol": "AAPL", "toFactor": 4}]'

DIVIDENDS = b"""[{"adjustedAmount": 0.205, "amount": 0.82, "currency": "USD", "date": "2020-11-06",
"payDate": "2020-11-12", "symbol": "AAPL"},
{"amount": 0.26, "currency": "EUR", "date": "2026-02-09", "symbol": "AAPL"}]"""
