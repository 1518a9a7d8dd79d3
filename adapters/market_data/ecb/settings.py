"""How the European Central Bank is reached."""

from __future__ import annotations

from msgspec import Struct


class EcbSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="ecb"):
    """`url` is the folder in which the files of the rates lie."""

    url: str = "https://www.ecb.europa.eu/stats/eurofxref"
