"""Answers as Financial Modeling Prep writes them, made small."""

from __future__ import annotations

QUOTE = b"""[{"symbol": "AAPL", "name": "Apple Inc.", "price": 232.8, "changePercentage": 2.1008, "change": 4.79,
"volume": 44489128, "dayLow": 226.65, "dayHigh": 233.13, "yearHigh": 260.1, "yearLow": 164.08,
"marketCap": 3500823120000, "priceAvg50": 240.2278, "priceAvg200": 219.98755, "exchange": "NASDAQ", "open": 227.2,
"previousClose": 228.01, "timestamp": 1738702801}]"""

BARS = b"""[
{"symbol": "AAPL", "date": "2020-09-01", "adjOpen": 132.76, "adjHigh": 134.8, "adjLow": 130.53, "adjClose": 134.18,
 "volume": 152470142},
{"symbol": "AAPL", "date": "2020-08-28", "adjOpen": 504.05, "adjHigh": 505.77, "adjLow": 498.31, "adjClose": 499.23,
 "volume": 46907479}]"""

SPLITS = b"""[{"symbol": "AAPL", "date": "2020-08-31", "numerator": 4, "denominator": 1},
{"symbol": "AAPL", "date": "2014-06-09", "numerator": 7, "denominator": 1}]"""

DIVIDENDS = b"""[{"symbol": "AAPL", "date": "2020-11-06", "recordDate": "2020-11-09", "paymentDate": "2020-11-12",
"declarationDate": "2020-10-29", "adjDividend": 0.205, "dividend": 0.205, "yield": 0.7, "frequency": "Quarterly"}]"""

SEARCH = b"""[{"symbol": "AAPL", "name": "Apple Inc.", "currency": "USD", "exchangeFullName": "NASDAQ Global Select",
"exchange": "NASDAQ"}, {"symbol": "APC.F", "name": "Apple Inc.", "currency": "EUR", "exchange": "FSX"}]"""

PROFILE = b"""[{"symbol": "AAPL", "price": 232.8, "marketCap": 3500823120000, "beta": 1.24, "lastDividend": 0.99,
"companyName": "Apple Inc.", "currency": "USD", "cik": "0000320193", "isin": "US0378331005", "exchange": "NASDAQ",
"industry": "Consumer Electronics", "website": "https://www.apple.com", "description": "Makes phones.",
"ceo": "T", "sector": "Technology", "country": "US"}]"""

INCOME = b"""[{"date": "2025-09-27", "symbol": "AAPL", "reportedCurrency": "USD", "fiscalYear": "2025", "period": "FY",
"revenue": 416161000000, "ebitda": 144748000000, "netIncome": 112010000000, "eps": 7.49}]"""

MOVERS = b"""[{"symbol": "ABCD", "price": 3.10, "name": "Abcd Inc.", "change": 1.60, "changesPercentage": 106.6667,
"exchange": "NASDAQ"}]"""

EARNINGS = b"""[{"symbol": "AAPL", "date": "2026-04-30", "epsActual": null, "epsEstimated": 1.62,
"revenueActual": null, "revenueEstimated": 97000000000, "lastUpdated": "2026-02-04"},
{"symbol": "INFY.NS", "date": "2026-04-17", "epsActual": null, "epsEstimated": 17.2}]"""

RELEASES = b"""[{"date": "2026-03-02 15:00:00", "country": "US", "event": "ISM Manufacturing PMI", "currency": "USD",
"previous": 49.8, "estimate": 50.1, "actual": null, "change": null, "impact": "High", "changePercentage": 0,
"unit": "%"}]"""
