"""What access tokens promise: ours are read back whole, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity.tokens import JwtAccessTokens, WeakKey
from application.identity.ports import Claims
from domain.identity.secrets import AccessToken
from domain.shared.access import Scope
from domain.shared.errors import Unauthenticated
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.fakes.identity import FakeTokens

Json: TypeAlias = dict[str, object]

NOW = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
CLAIMS = Claims(
    user_id=UserId(UUID(int=1)),
    organisation_id=OrganisationId(UUID(int=2)),
    session_id=SessionId(UUID(int=3)),
    scopes=frozenset({Scope.LEDGER_READ, Scope.PROFILE}),
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)


def _tokens(
    keys: dict[str, bytes] | None = None, *, issuer: str = "tapedeck", audience: str = "api"
) -> JwtAccessTokens:
    return JwtAccessTokens(issuer=issuer, audience=audience, keys=keys or {"new": NEW, "old": OLD})


TOKENS = _tokens()


def _payload() -> Json:
    seconds = int(NOW.timestamp())
    return {
        "iss": "tapedeck",
        "aud": "api",
        "exp": seconds + 900,
        "iat": seconds,
        "sub": str(UUID(int=1)),
        "sid": str(UUID(int=3)),
        "org": str(UUID(int=2)),
        "scope": "ledger:read profile",
        "typ": "access",
    }


def _header() -> Json:
    return {"alg": "HS256", "kid": "new", "typ": "at+jwt"}


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed(header: object, payload: object, secret: bytes = NEW) -> AccessToken:
    """Sign anything, as somebody with the key could."""
    text = f"{_part(header)}.{_part(payload)}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return AccessToken(f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


@pytest.mark.parametrize("tokens", [TOKENS, FakeTokens()], ids=["jwt", "fake"])
def test_a_token_says_what_it_was_issued_for_until_it_expires(tokens: JwtAccessTokens | FakeTokens) -> None:
    token = tokens.issue(CLAIMS)
    assert tokens.verify(token, NOW) == CLAIMS
    assert tokens.verify(token, CLAIMS.expires_at - timedelta(microseconds=1)) == CLAIMS
    with pytest.raises(Unauthenticated):
        tokens.verify(token, CLAIMS.expires_at)
    with pytest.raises(Unauthenticated):
        tokens.verify(AccessToken("made up"), NOW)


def test_the_hand_made_token_of_these_tests_is_good() -> None:
    """Without this, the refusals below would prove nothing."""
    assert TOKENS.verify(_signed(_header(), _payload()), NOW) == CLAIMS


def test_the_first_key_signs_and_all_verify() -> None:
    token = _tokens({"old": OLD}).issue(CLAIMS)
    assert TOKENS.verify(token, NOW) == CLAIMS
    assert jwt.get_unverified_header(TOKENS.issue(CLAIMS).reveal()) == _header()
    with pytest.raises(Unauthenticated):
        _tokens({"new": NEW}).verify(token, NOW)


def test_a_short_secret_is_refused_at_the_start() -> None:
    with pytest.raises(WeakKey, match="31 bytes"):
        _tokens({"new": NEW, "weak": b"x" * 31})


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "hs256"},
        {"alg": "RS256"},
        {"alg": None},
        {"kid": "unknown"},
        {"kid": None},
        {"kid": 1},
        {"kid": ["new"]},
        {"kid": "../../etc/passwd"},
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "refresh"},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://attacker.example/keys"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://attacker.example/cert"},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
    ids=str,
)
def test_another_header_is_refused_even_if_signed(change: Json) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed({**_header(), **change}, _payload()), NOW)


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_a_header_without_a_member_is_refused(name: str) -> None:
    header = {key: value for key, value in _header().items() if key != name}
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed(header, _payload()), NOW)


@pytest.mark.parametrize("name", sorted(_payload()))
def test_a_missing_or_empty_claim_is_refused(name: str) -> None:
    payload = {key: value for key, value in _payload().items() if key != name}
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed(_header(), payload), NOW)
    nothings: list[object] = [None, [], {}]
    for nothing in nothings:
        with pytest.raises(Unauthenticated):
            TOKENS.verify(_signed(_header(), {**payload, name: nothing}), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"iss": ["tapedeck"]},
        {"aud": "other"},
        {"aud": ["api"]},
        {"aud": ["api", "other"]},
        {"aud": "api other"},
        {"typ": "refresh"},
        {"typ": "id"},
        {"sub": "asha"},
        {"sub": 1},
        {"sid": "x"},
        {"org": ""},
        {"scope": ["ledger:read"]},
        {"exp": "never"},
        {"exp": 1e999},
        {"exp": 10**30},
        {"exp": -1},
        {"exp": int(NOW.timestamp())},
        {"exp": True},
        {"iat": int(NOW.timestamp()) + 3600},
        {"iat": 10**30},
        {"nbf": 0},
        {"admin": True},
        {"extras": {}},
    ],
    ids=str,
)
def test_another_claim_is_refused_even_if_signed(change: Json) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed(_header(), {**_payload(), **change}), NOW)


@pytest.mark.parametrize("payload", [[], "access", 1, None, [_payload()]], ids=str)
def test_a_payload_that_is_no_object_is_refused(payload: object) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed(_header(), payload), NOW)


def test_a_scope_that_is_not_known_yet_grants_nothing() -> None:
    payload = {**_payload(), "scope": "ledger:read universe:write"}
    assert TOKENS.verify(_signed(_header(), payload), NOW).scopes == {Scope.LEDGER_READ}


def test_a_key_counts_only_under_its_own_name() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_signed(_header(), _payload(), OLD), NOW)
    assert TOKENS.verify(_signed({**_header(), "kid": "old"}, _payload(), OLD), NOW) == CLAIMS


def _flip(text: str, at: int) -> str:
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


GOOD = TOKENS.issue(CLAIMS).reveal()
DAMAGED = {
    "no signature": GOOD.rpartition(".")[0] + ".",
    "two parts": GOOD.rpartition(".")[0],
    "four parts": GOOD + ".",
    "longer": GOOD + "A",
    "shifted": "." + GOOD,
    "empty parts": GOOD.replace(".", ".."),
    "twice": GOOD + "." + GOOD,
    "shorter": GOOD[:-1],
    "blanks": GOOD.replace(".", " "),
    "not ASCII": "\u00e9" + GOOD,
    "NUL": GOOD + "\x00",
    "one long part": "A" * 10_000,
    "very long": GOOD + "A" * 100_000,
    "nothing": "",
    "dots": "..",
    "empty objects": "e30.e30.e30",
}


@pytest.mark.parametrize("text", list(DAMAGED.values()), ids=list(DAMAGED))
def test_a_damaged_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(AccessToken(text), NOW)


@given(st.integers(0))
def test_no_character_of_a_token_can_be_changed(position: int) -> None:
    """The last character's idle bits aside, which carry nothing."""
    text = TOKENS.issue(CLAIMS).reveal()
    with pytest.raises(Unauthenticated):
        TOKENS.verify(AccessToken(_flip(text, position % (len(text) - 1))), NOW)


@given(st.text(max_size=200))
def test_any_text_is_answered_with_a_refusal(text: str) -> None:
    """No text raises anything but Unauthenticated."""
    with pytest.raises(Unauthenticated):
        TOKENS.verify(AccessToken(text), NOW)


def test_the_refusal_does_not_repeat_the_token() -> None:
    text = TOKENS.issue(CLAIMS).reveal()[:-4] + "AAAA"
    with pytest.raises(Unauthenticated) as refused:
        TOKENS.verify(AccessToken(text), NOW)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert text not in f"{refused.value!r} {refused.value.details!r}"
    assert TOKENS.issue(CLAIMS).reveal() not in repr(TOKENS.issue(CLAIMS))


def test_a_clock_a_little_ahead_elsewhere_does_no_harm() -> None:
    ahead = replace(CLAIMS, issued_at=NOW + timedelta(seconds=30), expires_at=NOW + timedelta(minutes=15))
    assert TOKENS.verify(TOKENS.issue(ahead), NOW) == ahead
