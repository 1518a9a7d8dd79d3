"""A token is checked once in a while and not for every request; what it may do is looked at every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import final
from uuid import UUID

import pytest

from adapters.identity.token_cache import LONGEST, RememberedTokens
from application.identity.ports import AccessTokenVerifier, Claims
from domain.identity.secrets import AccessToken
from domain.shared.access import Scope
from domain.shared.errors import Unauthenticated
from domain.shared.ids import OrganisationId, SessionId, UserId

NOW = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKEN = AccessToken("a.token.of-ours")


@final
class Verifier(AccessTokenVerifier):
    """Counts how often it is asked; good tokens end with `of-ours`."""

    def __init__(self, lives: timedelta) -> None:
        self.asked = 0
        self.is_ours = True
        self._expires_at = NOW + lives

    def verify(self, token: AccessToken, now: datetime) -> Claims:
        """Say what the token says."""
        self.asked += 1
        if not self.is_ours or not token.reveal().endswith("of-ours") or now >= self._expires_at:
            raise Unauthenticated("This access token is not valid; sign in again.")
        return Claims(
            user_id=UserId(UUID(int=len(token.reveal()))),
            organisation_id=OrganisationId(UUID(int=2)),
            session_id=SessionId(UUID(int=3)),
            scopes=frozenset({Scope.PROFILE}),
            issued_at=NOW,
            expires_at=self._expires_at,
        )


def test_within_five_seconds_a_signature_is_checked_once() -> None:
    source = Verifier(timedelta(minutes=15))
    remembered = RememberedTokens(source)
    found = {remembered.verify(TOKEN, NOW + timedelta(milliseconds=each)) for each in range(0, 5000, 100)}
    assert (len(found), source.asked) == (1, 1)


def test_after_five_seconds_it_is_checked_again() -> None:
    source = Verifier(timedelta(minutes=15))
    remembered = RememberedTokens(source)
    remembered.verify(TOKEN, NOW)
    source.is_ours = False
    with pytest.raises(Unauthenticated):
        remembered.verify(TOKEN, NOW + LONGEST)


def test_a_token_is_never_good_for_a_moment_longer_than_it_says() -> None:
    remembered = RememberedTokens(Verifier(2 * SECOND))
    remembered.verify(TOKEN, NOW + SECOND)
    with pytest.raises(Unauthenticated):
        remembered.verify(TOKEN, NOW + 2 * SECOND)


def test_a_clock_that_was_set_back_does_not_keep_a_verdict_alive() -> None:
    source = Verifier(timedelta(minutes=15))
    remembered = RememberedTokens(source)
    remembered.verify(TOKEN, NOW)
    remembered.verify(TOKEN, NOW - timedelta(hours=1))
    assert source.asked == 2


def test_a_refusal_is_not_remembered() -> None:
    source = Verifier(timedelta(minutes=15))
    remembered = RememberedTokens(source)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            remembered.verify(AccessToken("a.token.of-theirs"), NOW)
    assert source.asked == 3


def test_tokens_are_told_apart() -> None:
    remembered = RememberedTokens(Verifier(timedelta(minutes=15)))
    other = AccessToken("another.token.of-ours")
    assert remembered.verify(TOKEN, NOW).user_id != remembered.verify(other, NOW).user_id


def test_a_token_that_is_no_text_of_any_kind_is_refused_like_others() -> None:
    with pytest.raises(Unauthenticated):
        RememberedTokens(Verifier(timedelta(minutes=15))).verify(AccessToken("\ud800"), NOW)
