"""Access tokens: JWTs signed with HMAC-SHA256, and with nothing else.

The token names its key, and only keys that are configured count; the first signs. Header and claims must be exactly
the ones we write: no other algorithm, type, audience or claim is looked at, let alone believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal, final
from uuid import UUID

import jwt
import msgspec

from application.identity.ports import AccessTokenIssuer, AccessTokenVerifier, Claims
from domain.identity.secrets import AccessToken
from domain.shared.access import Scope
from domain.shared.errors import Unauthenticated
from domain.shared.ids import OrganisationId, SessionId, UserId

_ALGORITHM = "HS256"
_HEADER_TYPE = "at+jwt"
_FEWEST_SECRET_BYTES = 32
_LONGEST = 4096
_CLOCK_SKEW = timedelta(seconds=60)


# up to the end of the year 9999, which is as far as a datetime goes
_Seconds = Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800)]


class WeakKey(Exception):
    """A signing secret is too short to keep a secret."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["HS256"]
    typ: Literal["at+jwt"]
    kid: str


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    iss: str
    aud: str
    exp: _Seconds
    iat: _Seconds
    sub: UUID
    sid: UUID
    org: UUID
    scope: str
    typ: Literal["access"]

    names: ClassVar[list[str]] = ["iss", "aud", "exp", "iat", "sub", "sid", "org", "scope", "typ"]


@final
class JwtAccessTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Signs with the first key and verifies with any of them."""

    def __init__(self, *, issuer: str, audience: str, keys: Mapping[str, bytes]) -> None:
        for kid, secret in keys.items():
            if len(secret) < _FEWEST_SECRET_BYTES:
                raise WeakKey(f"the secret of key {kid!r} has {len(secret)} bytes, at least 32 are needed")
        self._issuer = issuer
        self._audience = audience
        self._keys = dict(keys)
        self._signing_kid = next(iter(self._keys))

    def issue(self, claims: Claims) -> AccessToken:
        """Return the signed token."""
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "exp": int(claims.expires_at.timestamp()),
            "iat": int(claims.issued_at.timestamp()),
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "org": str(claims.organisation_id),
            "scope": " ".join(sorted(claims.scopes)),
            "typ": "access",
        }
        kid = self._signing_kid
        headers = {"kid": kid, "typ": _HEADER_TYPE}
        text = jwt.encode(  # pyright: ignore[reportUnknownMemberType] - its key types need a library we do not have
            payload, self._keys[kid], algorithm=_ALGORITHM, headers=headers
        )
        return AccessToken(text)

    def verify(self, token: AccessToken, now: datetime) -> Claims:
        """Return what the token says; raise Unauthenticated, and never tell which check it failed."""
        claims = self._decode(token)
        issued_at = datetime.fromtimestamp(claims.iat, UTC)
        expires_at = datetime.fromtimestamp(claims.exp, UTC)
        if now >= expires_at:
            raise Unauthenticated("This access token has expired; refresh it.")
        if issued_at > now + _CLOCK_SKEW or expires_at <= issued_at:
            raise _invalid()
        known = frozenset(Scope)
        return Claims(
            user_id=UserId(claims.sub),
            organisation_id=OrganisationId(claims.org),
            session_id=SessionId(claims.sid),
            scopes=frozenset(Scope(name) for name in claims.scope.split() if name in known),
            issued_at=issued_at,
            expires_at=expires_at,
        )

    def _decode(self, token: AccessToken) -> _Claims:
        text = token.reveal()
        if len(text) > _LONGEST:
            raise _invalid()
        try:
            header = msgspec.convert(jwt.get_unverified_header(text), _Header)
            secret = self._keys.get(header.kid)
            if secret is None:
                raise _invalid()
            payload: object = jwt.decode(  # pyright: ignore[reportUnknownMemberType] - as above
                text,
                secret,
                algorithms=[_ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                # times are compared with the clock that the use case read, not with the library's
                options={
                    "require": _Claims.names,
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            return msgspec.convert(payload, _Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError):
            # the cause may quote the token
            raise _invalid() from None


def _invalid() -> Unauthenticated:
    return Unauthenticated("This access token is not valid; sign in again.")
