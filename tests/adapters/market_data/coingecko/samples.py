"""Answers as CoinGecko writes them, made small: two coins of the same letters, one without a price, noise of floats."""

from __future__ import annotations

MARKETS = b"""[
{"id": "bitcoin", "symbol": "btc", "name": "Bitcoin", "image": "https://x/1.png", "current_price": 77671,
"market_cap": 1555886872303, "market_cap_rank": 1, "total_volume": 33235034316, "high_24h": 78419, "low_24h": 76696,
"price_change_24h": -747.3360347281705, "price_change_percentage_24h": -0.95302, "circulating_supply": 20030493.0,
"total_supply": 20030843.0, "max_supply": 21000000.0, "roi": null, "last_updated": "2026-05-18T12:49:21.599Z"},
{"id": "bridged-bitcoin", "symbol": "btc", "name": "Bridged Bitcoin", "current_price": 70000.5,
"market_cap_rank": null, "last_updated": null},
{"id": "tiny", "symbol": "tny", "name": "Tiny", "current_price": 1.2e-9, "last_updated": "2026-05-18T12:49:21.599Z"},
{"id": "no-price", "symbol": "nop", "name": "No price", "current_price": null}]"""

CHART = b"""{"prices": [[1779027899041, 77953.82550382407], [1779028199661, 78052.87543398788], [1779028499661, null]],
"market_caps": [[1779027899041, 1560631481361.8042]],
"total_volumes": [[1779027899041, 18688431751.857048], [1779028199661, 18974828816.446976]]}"""

SEARCH = b"""{"coins": [{"id": "ethereum", "name": "Ethereum", "api_symbol": "ethereum", "symbol": "ETH",
"market_cap_rank": 2, "thumb": "https://x/e.png"}], "exchanges": [], "icos": [], "categories": [], "nfts": []}"""

TRENDING = b"""{"coins": [
{"item": {"id": "pepe", "coin_id": 29850, "name": "Pepe", "symbol": "PEPE", "market_cap_rank": 30, "score": 0}},
{"item": {"id": "euro-coin", "name": "Not the euro", "symbol": "EUR", "market_cap_rank": null, "score": 1}},
{"item": {"id": "sui", "name": "Sui", "symbol": "SUI", "market_cap_rank": 12, "score": 2}}], "nfts": []}"""
