"""Countries on the wire of market data."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

CountryText: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="A country by its code of ISO 3166, or EU.", examples=["US"])
]
