"""How live prices are had."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

StreamUrl: TypeAlias = Annotated[str, Meta(pattern=r"^wss?://")]
Count: TypeAlias = Annotated[int, Meta(ge=1)]


class LiveSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What anybody holds is followed with `follow_held`, and what anybody looks at always.

    A connection over which no price has come for `silent_s` while one of its markets was open is made anew. Ticks are
    stored for `ticks_days`, by the day; 0 stores none.
    """

    follow_held: bool = True
    silent_s: Annotated[float, Meta(ge=1, le=3_600)] = 60.0
    ticks_days: Annotated[int, Meta(ge=0, le=30)] = 30
