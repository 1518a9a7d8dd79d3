"""What a client holds after it signed in or refreshed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.identity.ports import AccessTokenIssuer, Claims
from domain.identity.secrets import AccessToken, RefreshToken
from domain.identity.session import Lifetimes, Session
from domain.shared.access import Scope
from domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session's current tokens and when each ceases to be good."""

    session_id: SessionId
    access_token: AccessToken
    access_expires_at: datetime
    refresh_token: RefreshToken
    refresh_expires_at: datetime


def signed_in(
    issuer: AccessTokenIssuer,
    session: Session,
    scopes: frozenset[Scope],
    refresh_token: RefreshToken,
    *,
    refresh_expires_at: datetime,
    lifetimes: Lifetimes,
    now: datetime,
) -> SignedIn:
    """Return the refresh token with a new access token beside it, which never outlives the session."""
    # an access token counts in whole seconds
    issued_at = now.replace(microsecond=0)
    expires_at = min(issued_at + lifetimes.access, session.expires_at.replace(microsecond=0))
    claims = Claims(
        user_id=session.user_id,
        organisation_id=session.organisation_id,
        session_id=session.id,
        scopes=scopes,
        issued_at=issued_at,
        expires_at=expires_at,
    )
    return SignedIn(
        session_id=session.id,
        access_token=issuer.issue(claims),
        access_expires_at=expires_at,
        refresh_token=refresh_token,
        refresh_expires_at=refresh_expires_at,
    )
