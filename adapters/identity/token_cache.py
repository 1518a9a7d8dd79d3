"""Remembers for a few seconds what a token was found to say: checking a signature costs more than most requests do.

Only the signature's verdict is remembered. Whether the token is still in date is looked at every time, and whether its
session lives is not asked here at all.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final, final

from adapters.identity.memory import RecentlyUsed
from application.identity.ports import AccessTokenVerifier, Claims
from domain.identity.secrets import AccessToken

LONGEST: Final = timedelta(seconds=5)
_CAPACITY: Final = 10_000


@final
class RememberedTokens(AccessTokenVerifier):
    """Verdicts of another verifier, at most 5 s old. Tokens are kept as digests; refusals are not kept."""

    def __init__(self, source: AccessTokenVerifier) -> None:
        self._source = source
        self._known: RecentlyUsed[bytes, tuple[datetime, Claims]] = RecentlyUsed(_CAPACITY)

    def verify(self, token: AccessToken, now: datetime) -> Claims:
        """Return what the token says; raise Unauthenticated unless it is ours, whole and in date."""
        key = hashlib.sha256(token.reveal().encode(errors="surrogatepass")).digest()
        known = self._known.get(key)
        if known is not None:
            found_at, claims = known
            # a verdict from the future belongs to a clock that was set back: who knows how old it is
            if timedelta(0) <= now - found_at < LONGEST and now < claims.expires_at:
                return claims
            self._known.drop(key)
        claims = self._source.verify(token, now)
        self._known.put(key, (now, claims))
        return claims
