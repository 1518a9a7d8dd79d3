"""Reads an import's events as they come out of the outbox."""

from __future__ import annotations

from uuid import UUID

from application.shared.reactions import Delivery
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId, SessionId, UserId


def import_of(delivery: Delivery) -> ImportId:
    """Return which import the event is about."""
    return ImportId(UUID(str(delivery.payload["import_id"])))


def actor_of(delivery: Delivery) -> Actor:
    """Return on whose behalf the work is done; they were allowed to ask for it when they did."""
    return Actor(
        user_id=UserId(UUID(str(delivery.payload["user_id"]))),
        organisation_id=delivery.organisation_id,
        session_id=SessionId(UUID(str(delivery.payload["session_id"]))),
        scopes=frozenset({Scope.LEDGER_READ, Scope.LEDGER_WRITE}),
    )
