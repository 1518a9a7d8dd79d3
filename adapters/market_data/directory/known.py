"""Well-known things to begin with, from the list beside this module, so that search works without any provider."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib.resources import files

from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


def known_listings() -> Iterator[Listing]:
    """Yield what the list says."""
    content = files("adapters.market_data.directory").joinpath("known.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(content.splitlines()):
        symbols = dict(pair.split("=", 1) for pair in row["provider_symbols"].split() if pair)
        yield Listing(
            ticker=replace(Ticker.parse(row["ticker"]), asset_class=AssetClass(row["asset_class"])),
            name=row["name"],
            currency=Currency(row["currency"]),
            isin=row["isin"] or None,
            provider_symbols=symbols,
            delisted_on=date.fromisoformat(row["delisted_on"]) if row["delisted_on"] else None,
            renamed_to=Ticker.parse(row["renamed_to"]) if row["renamed_to"] else None,
        )
