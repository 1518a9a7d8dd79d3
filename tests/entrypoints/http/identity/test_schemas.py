"""What the description of identity promises, the application keeps; and bodies do not print their secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.identity.email import EmailAddress
from entrypoints.http.identity.schemas import (
    EMAIL_PATTERN,
    ChangePasswordRequest,
    LogInRequest,
    RefreshRequest,
    RegisterRequest,
    TokensBody,
)

NOW = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
CANARY = "canary-4711"


@given(st.from_regex(EMAIL_PATTERN, fullmatch=True).filter(lambda text: 6 <= len(text) <= 254))
def test_every_address_of_the_documented_form_is_one(text: str) -> None:
    """A client that follows the description is never told that its address is none."""
    assert EmailAddress.parse(text).text.count("@") == 1


def test_bodies_with_secrets_do_not_print_them() -> None:
    bodies = [
        RegisterRequest(email="asha@example.com", password=CANARY),
        LogInRequest(email="asha@example.com", password=CANARY),
        RefreshRequest(refresh_token=CANARY),
        ChangePasswordRequest(current_password=CANARY, new_password=CANARY),
        TokensBody(
            session_id=UUID(int=1),
            access_token=CANARY,
            access_token_expires_at=NOW,
            expires_in=900,
            refresh_token=CANARY,
            refresh_token_expires_at=NOW,
        ),
    ]
    assert CANARY not in f"{bodies!r} {bodies}"
