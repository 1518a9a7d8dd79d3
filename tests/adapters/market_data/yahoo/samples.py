"""Answers as Yahoo writes them, made small: a split, a dividend, a hole, and the day that is not over."""

from __future__ import annotations

CHART = b"""{"chart": {"result": [{"meta": {"currency": "USD", "symbol": "AAPL", "exchangeName": "NMS",
"exchangeTimezoneName": "America/New_York", "regularMarketTime": 1599249601, "validRanges": ["1d"]},
"timestamp": [1598880600, 1598967000, 1599053400, 1599139800, 1599226200, 1599249601],
"events": {"dividends": {"1599053400": {"amount": 0.205, "date": 1599053400}},
"splits": {"1598880600": {"date": 1598880600, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}}},
"indicators": {"quote": [{"open": [127.58000183105469, 132.75999450683594, 137.58999633789062, null, 120.07, 120.07],
"high": [131.0, 134.8000030517578, 137.97999572753906, null, 123.69999694824219, 123.7],
"low": [126.0, 130.52999877929688, 127.0, null, 110.88999938964844, 110.89],
"close": [129.0399932861328, 134.17999267578125, 131.39999389648438, null, 120.95999908447266, 120.96],
"volume": [225702700, 151948100, 200119000, null, 332607200, 332607200]}],
"adjclose": [{"adjclose": [125.8, 130.8, 128.1, null, 118.0, 118.0]}]}}], "error": null}}"""

NO_CHART = b'{"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found"}}}'

QUOTES = b"""{"quoteResponse": {"result": [{"quoteType": "EQUITY", "currency": "USD", "symbol": "AAPL",
"regularMarketPrice": 244.6, "regularMarketTime": 1739566800, "regularMarketPreviousClose": 241.53,
"regularMarketOpen": 241.07, "regularMarketDayHigh": 245.41, "regularMarketDayLow": 241.0,
"regularMarketVolume": 40896227, "bid": 244.44, "ask": 253.37, "bidSize": 2, "askSize": 0, "marketCap": 3674405863424,
"exchangeDataDelayedBy": 15, "longName": "Apple Inc.", "shortName": "Apple", "tradeable": false}], "error": null}}"""

SEARCH = b"""{"count": 3, "quotes": [
{"exchange": "NMS", "shortname": "Apple Inc.", "quoteType": "EQUITY", "symbol": "AAPL", "longname": "Apple Inc."},
{"exchange": "OPR", "shortname": "AAPL call", "quoteType": "OPTION", "symbol": "AAPL251219C00120000"},
{"exchange": "LSE", "shortname": "LS 1X APPLE", "quoteType": "ETF", "symbol": "AAPE.L"}]}"""

SUMMARY = b"""{"quoteSummary": {"result": [{
"assetProfile": {"sector": "Technology", "industry": "Consumer Electronics", "country": "United States",
 "website": "https://www.apple.com", "longBusinessSummary": "Makes phones."},
"price": {"longName": "Apple Inc.", "currency": "USD", "marketCap": 3688676720640, "regularMarketTime": 1740171602},
"summaryDetail": {"trailingPE": 38.91442, "dividendYield": 0.0041, "beta": 1.2, "forwardPE": "Infinity"},
"defaultKeyStatistics": {"trailingEps": 6.31, "sharesOutstanding": 15022100480, "mostRecentQuarter": 1735344000},
"financialData": {"totalRevenue": 395760009216, "profitMargins": 0.24295}}], "error": null}}"""

GAINERS = (
    QUOTES.replace(b'"quoteResponse"', b'"finance"')
    .replace(b'[{"quoteType"', b'[{"quotes": [{"quoteType"')
    .replace(b'"tradeable": false}]', b'"tradeable": false}]}]')
)

TRENDING = b"""{"finance": {"result": [{"count": 2, "quotes": [{"symbol": "AAPL"}, {"symbol": "not a symbol"}],
"jobTimestamp": 1739566800, "startInterval": 202502141900}], "error": null}}"""
