"""What the made up market is like."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class SimulatorSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="simulator"
):
    """`seed` chooses the prices, `failing` the share of minutes with an outage, `halted` what has not moved today.

    With `failing` at 1 there is no market at all. The stream tells what moved every `tick_s` seconds.
    """

    seed: int = 1
    failing: Annotated[float, Meta(ge=0, le=1)] = 0.0
    halted: tuple[str, ...] = ()
    tick_s: Annotated[float, Meta(ge=0.01, le=60)] = 1.0
