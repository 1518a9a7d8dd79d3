"""What goes over the wire with every datum of the market: who said it, when, and how far it may be trusted."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.provenance import Provenance, Refusal
from entrypoints.http.types import Instant


class FallbackBody(Struct, rename="camel", kw_only=True):
    """A provider that should have answered and did not."""

    provider: Annotated[str, Meta(examples=["massive"])]
    reason: Annotated[
        Refusal, Meta(description="Why not; `resting` is one that failed too often to be asked.", examples=["limited"])
    ]


class ProvenanceBody(Struct, rename="camel", kw_only=True):
    """Where the datum comes from."""

    provider: Annotated[str, Meta(description="Who says so; `simulator` makes it up.", examples=["yahoo"])]
    as_of: Annotated[Instant, Meta(description="The time that it speaks of.")]
    received_at: Annotated[Instant, Meta(description="When it arrived here.")]
    delay_seconds: (
        Annotated[
            int,
            Meta(ge=0, description="How far the provider lags behind the market; null if unsaid.", examples=[900]),
        ]
        | None
    )
    stale: Annotated[bool, Meta(description="Whether it is older than it should be, for want of a newer one.")]
    simulated: Annotated[bool, Meta(description="Whether it is made up.")]
    instead_of: Annotated[
        list[FallbackBody], Meta(description="Providers that come first and did not answer, in order.")
    ]
    disputed_by: Annotated[
        list[str], Meta(description="Providers whose price differs by more than is tolerated.", examples=[["fmp"]])
    ]


def provenance_body(provenance: Provenance) -> ProvenanceBody:
    """Render where a datum comes from."""
    return ProvenanceBody(
        provider=provenance.provider,
        as_of=provenance.as_of,
        received_at=provenance.received_at,
        delay_seconds=None if provenance.delay is None else int(provenance.delay.total_seconds()),
        stale=provenance.stale,
        simulated=provenance.simulated,
        instead_of=[FallbackBody(provider=each.provider, reason=each.refusal) for each in provenance.instead_of],
        disputed_by=list(provenance.disputed_by),
    )
