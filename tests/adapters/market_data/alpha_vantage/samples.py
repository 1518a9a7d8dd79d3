"""Answers as Alpha Vantage writes them, made small."""

from __future__ import annotations

QUOTE = b"""{"Global Quote": {"01. symbol": "AAPL", "02. open": "112.6300", "03. high": "113.1700",
"04. low": "110.6400",
"05. price": "112.1300", "06. volume": "29062853", "07. latest trading day": "2018-10-05",
"08. previous close": "112.7900", "09. change": "-0.6600", "10. change percent": "-0.5852%"}}"""

RATE = b"""{"Realtime Currency Exchange Rate": {"1. From_Currency Code": "BTC", "2. From_Currency Name": "Bitcoin",
"3. To_Currency Code": "CNY", "4. To_Currency Name": "Chinese Yuan", "5. Exchange Rate": "109631.43060700",
"6. Last Refreshed": "2017-12-20 19:23:21", "7. Time Zone": "UTC", "8. Bid Price": "-", "9. Ask Price": "109632.5"}}"""

DAILY = b"""{"Meta Data": {"1. Information": "Daily Prices", "2. Symbol": "AAPL", "3. Last Refreshed": "2020-09-01",
"4. Output Size": "Compact", "5. Time Zone": "US/Eastern"}, "Time Series (Daily)": {
"2020-09-01": {"1. open": "132.7600", "2. high": "134.8000", "3. low": "130.5300", "4. close": "134.1800",
 "5. volume": "152470142"},
"2020-08-31": {"1. open": "127.5800", "2. high": "131.0000", "3. low": "126.0000", "4. close": "129.0400",
 "5. volume": "223505733"}}}"""

SEARCH = b"""{"bestMatches": [
{"1. symbol": "BA", "2. name": "The Boeing Company", "3. type": "Equity", "4. region": "United States",
 "5. marketOpen": "09:30", "6. marketClose": "16:00", "7. timezone": "UTC-04", "8. currency": "USD",
 "9. matchScore": "1.0000"},
{"1. symbol": "BA.LON", "2. name": "BAE Systems", "3. type": "Equity", "4. region": "United Kingdom",
 "8. currency": "GBX"},
{"1. symbol": "BA.SHZ", "2. name": "Elsewhere", "3. type": "Equity", "8. currency": "CNY"}]}"""

OVERVIEW = b"""{"Symbol": "AAPL", "AssetType": "Common Stock", "Name": "Apple Inc", "Description": "Makes phones.",
"Exchange": "NASDAQ", "Currency": "USD", "Country": "USA", "Sector": "TECHNOLOGY", "Industry": "CONSUMER ELECTRONICS",
"OfficialSite": "https://www.apple.com", "LatestQuarter": "2025-09-30", "MarketCapitalization": "3500000000000",
"EBITDA": "144748003000", "PERatio": "35.1", "PEGRatio": "2.1", "BookValue": "4.99", "DividendPerShare": "1.02",
"DividendYield": "0.0038", "EPS": "7.46", "RevenueTTM": "416161005000", "ProfitMargin": "0.269",
"ReturnOnEquityTTM": "1.714", "ForwardPE": "-", "PriceToBookRatio": "None", "Beta": "1.09",
"SharesOutstanding": "14776353000"}"""

MOVERS = b"""{"metadata": "Top gainers, losers, and most actively traded US tickers",
"last_updated": "2026-02-27 16:15:59 US/Eastern", "top_gainers": [
{"ticker": "ABCD", "price": "3.10", "change_amount": "1.60", "change_percentage": "106.6667%", "volume": "91234567"},
{"ticker": "AB+CW", "price": "0.02", "change_amount": "0.01", "change_percentage": "100.0%", "volume": "100"}],
"top_losers": [{"ticker": "EFGH", "price": "1.00", "change_amount": "-1.00", "change_percentage": "-50.0%",
 "volume": "12"}], "most_actively_traded": []}"""

EARNINGS = b"""symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\r
AAPL,Apple Inc,2026-04-30,2026-03-31,1.62,USD,post-market\r
MSFT,Microsoft Corporation,2026-04-28,2026-03-31,,USD,\r
"""
