"""Organisations own all data; people reach it as members, with a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.shared.access import Scope
from domain.shared.ids import OrganisationId, UserId


class Role(StrEnum):
    """What a member is to an organisation."""

    OWNER = "owner"
    VIEWER = "viewer"


_SCOPES: Final = {
    Role.OWNER: frozenset(Scope),
    Role.VIEWER: frozenset({Scope.LEDGER_READ, Scope.MARKET_READ, Scope.PROFILE}),
}


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return what the role permits."""
    return _SCOPES[role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The owner of data. A person's own is made when they register."""

    id: OrganisationId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A user's place in an organisation."""

    organisation_id: OrganisationId
    user_id: UserId
    role: Role
    created_at: datetime
