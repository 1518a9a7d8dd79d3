"""Answers as Massive writes them, made small; the times of the last digits are finer than a float can hold."""

from __future__ import annotations

SNAPSHOT = b"""{"request_id": "abc123", "results": [
{"fmv": 0.05, "last_quote": {"ask": 21.25, "ask_size": 110, "bid": 20.9, "bid_size": 172,
 "last_updated": 1636573458756383500, "timeframe": "REAL-TIME"},
 "last_trade": {"conditions": [209], "exchange": 316, "id": "4064", "last_updated": 1675280958783136800,
 "price": 21.05, "size": 2, "timeframe": "DELAYED"}, "market_status": "closed", "name": "Apple Inc.",
 "session": {"change": -1.05, "change_percent": -4.67, "close": 21.4, "high": 22.49, "low": 21.35, "open": 22.49,
 "previous_close": 22.45, "volume": 37}, "ticker": "AAPL", "type": "stocks"},
{"error": "NOT_FOUND", "message": "Ticker not found.", "ticker": "TSLAAPL"}], "status": "OK"}"""

INDICES = b"""{"results": [{"value": 3822.39, "name": "S&P 500", "ticker": "I:SPX", "type": "indices",
"market_status": "closed", "session": {"change": -50.01, "close": 3822.39, "high": 3834.41, "low": 3817.11,
"open": 3827.38, "previous_close": 3812.19}}]}"""

AGGREGATES = b"""{"ticker": "AAPL", "queryCount": 2, "resultsCount": 2, "adjusted": false, "results": [
{"v": 46907479, "vw": 501.2, "o": 504.05, "c": 499.23, "h": 505.77, "l": 498.31, "t": 1598587200000, "n": 82132},
{"v": 223505733.0, "vw": 128.9, "o": 127.58, "c": 129.04, "h": 131.0, "l": 126.0, "t": 1598846400000, "n": 65543}],
"status": "OK", "request_id": "12afda77aab3b1936c5fb6ef4241ae42", "count": 2}"""

HOURS = b"""{"ticker": "AAPL", "queryCount": 2, "resultsCount": 2, "adjusted": false, "results": [
{"v": 1000, "o": 500, "c": 500, "h": 501, "l": 499, "t": 1598641200000, "n": 9},
{"v": 4000, "o": 128, "c": 128, "h": 129, "l": 127, "t": 1598882400000, "n": 9}], "status": "OK", "count": 2}"""

SPLITS = b"""{"results": [{"execution_date": "2020-08-31", "id": "E36", "split_from": 1, "split_to": 4,
"ticker": "AAPL"}, {"execution_date": "2005-02-28", "id": "E90", "split_from": 1, "split_to": 2, "ticker": "AAPL"}],
"status": "OK"}"""

DIVIDENDS = b"""{"results": [{"cash_amount": 0.205, "currency": "USD", "declaration_date": "2020-10-29",
"dividend_type": "CD", "ex_dividend_date": "2020-11-06", "frequency": 4, "pay_date": "2020-11-12",
"record_date": "2020-11-09", "ticker": "AAPL"}], "status": "OK", "request_id": "0326"}"""

TICKERS = b"""{"results": [{"ticker": "A", "name": "Agilent Technologies Inc.", "market": "stocks", "locale": "us",
"primary_exchange": "XNYS", "type": "CS", "active": true, "currency_name": "usd", "cik": "0001090872",
"composite_figi": "BBG000C2V3D6", "share_class_figi": "BBG001SCTQY4", "last_updated_utc": "2022-04-27T00:00:00Z"},
{"ticker": "X:BTCUSD", "name": "Bitcoin", "market": "crypto", "locale": "global", "active": true}],
"status": "OK", "request_id": "370", "count": 2}"""

TICKER = b"""{"results": {"ticker": "AAPL", "name": "Apple Inc.", "market": "stocks", "locale": "us",
"primary_exchange": "XNAS", "type": "CS", "active": true, "currency_name": "usd", "composite_figi": "BBG000B9XRY4",
"market_cap": 2488795282370, "description": "Makes phones.", "sic_code": "3571",
"sic_description": "ELECTRONIC COMPUTERS", "homepage_url": "https://www.apple.com", "total_employees": 154000,
"share_class_shares_outstanding": 16319440000, "weighted_shares_outstanding": 16185181000}, "status": "OK"}"""

MOVERS = b"""{"status": "OK", "tickers": [{"day": {"c": 20.506, "h": 20.64, "l": 20.506, "o": 20.64, "v": 37216,
"vw": 20.616}, "lastQuote": {"P": 20.6, "S": 22, "p": 20.5, "s": 13, "t": 1605192959994246100},
"lastTrade": {"c": [14, 41], "i": "71675577320245", "p": 20.506, "s": 2416, "t": 1605192894630916600, "x": 4},
"min": {"av": 37216, "c": 20.506}, "prevDay": {"c": 20.63, "h": 21, "l": 20.5, "o": 20.79, "v": 292738},
"ticker": "BCAT", "todaysChange": -0.124, "todaysChangePerc": -0.601, "updated": 1605192894630916600}]}"""
