"""What goes over the wire for identity."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.identity.change_password import ChangePasswordCommand
from application.identity.log_in import LogInCommand
from application.identity.register import RegisterCommand
from application.identity.signed_in import SignedIn
from application.identity.update_profile import KEEP, UpdateProfileCommand
from application.identity.views import ProfileView, SessionView
from domain.identity.email import EmailAddress
from domain.identity.organisation import Role
from domain.identity.password_policy import LONGEST, SHORTEST
from domain.identity.preferences import NotificationPreferences, Preferences
from domain.identity.secrets import Password
from domain.identity.session import Client
from domain.ledger.category import Category
from entrypoints.http.types import CurrencyText, Instant, ZoneText, to_currency

# Addresses of other forms and scripts are accepted too; this is what the description promises: at most 64 characters
# before the @, said without looking ahead, since tools make examples from it.
_LETTERS = "[a-zA-Z0-9à-öø-ÿ_+-]"
_LOCAL_PART = (
    f"{_LETTERS}{{1,64}}|{_LETTERS}{{1,32}}[.]{_LETTERS}{{1,31}}|{_LETTERS}{{1,16}}(?:[.]{_LETTERS}{{1,15}}){{2,3}}"
)
EMAIL_PATTERN = f"^(?:{_LOCAL_PART})@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{{0,30}}[a-zA-Z0-9])?[.]){{1,3}}[a-zA-Z]{{2,24}}$"
_PASSWORD_EXAMPLE = "violet kettle runs north"  # noqa: S105 - shown in the documentation
_TOKEN_EXAMPLE = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq8w"  # noqa: S105 - shown in the documentation

EmailText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=254,
        description="An e-mail address. Upper and lower case are the same.",
        examples=["asha@example.com"],
        extra_json_schema={"pattern": EMAIL_PATTERN},
    ),
]
NewPasswordText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=SHORTEST,
        max_length=LONGEST,
        description=f"{SHORTEST} to {LONGEST} characters, after Unicode normalisation (NFKC). What is easy to guess is "
        "refused with `guessable_password`: common words, the user's own address, sequences, repetitions.",
        examples=[_PASSWORD_EXAMPLE],
    ),
]
PasswordText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1024, examples=[_PASSWORD_EXAMPLE])]
RefreshTokenText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1024,
        description="The refresh token as it was handed out.",
        examples=[_TOKEN_EXAMPLE],
    ),
]


class _Confidential(Struct):
    """A body whose values must not be printed."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class RegisterRequest(_Confidential, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A person who wants to use the product."""

    email: EmailText
    password: NewPasswordText
    display_currency: CurrencyText = "USD"
    time_zone: ZoneText = "UTC"

    def to_command(self) -> RegisterCommand:
        """Return the command."""
        return RegisterCommand(
            email=EmailAddress.parse(self.email),
            password=Password(self.password),
            preferences=Preferences(display_currency=to_currency(self.display_currency), time_zone=self.time_zone),
        )


class RegisteredBody(Struct, rename="camel", kw_only=True):
    """What was taken note of."""

    email: Annotated[str, Meta(description="The address in its one spelling.", examples=["asha@example.com"])]


class LogInRequest(_Confidential, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """An address and its password."""

    email: Annotated[str, Meta(min_length=1, max_length=254, examples=["asha@example.com"])]
    password: PasswordText

    def to_command(self, client: Client) -> LogInCommand:
        """Return the command."""
        return LogInCommand(email=self.email, password=Password(self.password), client=client)


class RefreshRequest(_Confidential, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A refresh token to be exchanged."""

    refresh_token: RefreshTokenText


class TokensBody(_Confidential, rename="camel", kw_only=True):
    """The tokens of a session. Send the access token as `Authorization: Bearer`; keep the refresh token secret."""

    session_id: UUID
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a kind
    access_token: Annotated[str, Meta(examples=["eyJhbGciOiJIUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"])]
    access_token_expires_at: Instant
    expires_in: Annotated[int, Meta(ge=0, description="Seconds until the access token expires.", examples=[900])]
    refresh_token: Annotated[str, Meta(description="Good for one refresh.", examples=[_TOKEN_EXAMPLE])]
    refresh_token_expires_at: Annotated[Instant, Meta(description="When the session ends unless it is refreshed.")]


def tokens_body(signed_in: SignedIn, now: datetime) -> TokensBody:
    """Render the tokens."""
    return TokensBody(
        session_id=signed_in.session_id,
        access_token=signed_in.access_token.reveal(),
        access_token_expires_at=signed_in.access_expires_at,
        expires_in=max(int((signed_in.access_expires_at - now).total_seconds()), 0),
        refresh_token=signed_in.refresh_token.reveal(),
        refresh_token_expires_at=signed_in.refresh_expires_at,
    )


class EndedBody(Struct, rename="camel", kw_only=True):
    """How many sessions were ended."""

    ended_sessions: Annotated[int, Meta(ge=0, examples=[2])]


class SessionBody(Struct, rename="camel", kw_only=True):
    """A live session."""

    id: UUID
    address: Annotated[str, Meta(description="Where it was started from.", examples=["203.0.113.7"])] | None
    agent: Annotated[str, Meta(description="What the client called itself.", examples=["Firefox/146.0"])] | None
    created_at: Instant
    last_used_at: Instant
    expires_at: Annotated[Instant, Meta(description="When it ends unless it is refreshed.")]
    is_current: Annotated[bool, Meta(description="Whether it is the session of this request.")]


def session_body(view: SessionView) -> SessionBody:
    """Render a session."""
    return SessionBody(
        id=view.session_id,
        address=view.address,
        agent=view.agent,
        created_at=view.created_at,
        last_used_at=view.last_used_at,
        expires_at=view.expires_at,
        is_current=view.is_current,
    )


class NotificationsBody(Struct, rename="camel", kw_only=True):
    """Which messages are wanted; word of a danger to the account itself always comes."""

    imports: Annotated[bool, Meta(description="When an import is done.")]
    alerts: Annotated[bool, Meta(description="When an alert fires.")]
    summaries: Annotated[bool, Meta(description="Regular summaries.")]


class ProfileBody(Struct, rename="camel", kw_only=True):
    """A user as they see themselves."""

    id: UUID
    email: Annotated[str, Meta(examples=["asha@example.com"])]
    organisation_id: UUID
    role: Role
    display_currency: CurrencyText
    time_zone: Annotated[str, Meta(description="An IANA time zone.", examples=["Asia/Kolkata"])]
    default_category: Category | None
    notifications: NotificationsBody
    created_at: Instant
    updated_at: Instant
    version: Annotated[int, Meta(ge=1, examples=[1])]


def profile_body(view: ProfileView) -> ProfileBody:
    """Render a profile."""
    preferences = view.preferences
    return ProfileBody(
        id=view.user_id,
        email=view.email,
        organisation_id=view.organisation_id,
        role=view.role,
        display_currency=preferences.display_currency.code,
        time_zone=preferences.time_zone,
        default_category=preferences.default_category,
        notifications=_notifications_body(preferences.notifications),
        created_at=view.created_at,
        updated_at=view.updated_at,
        version=view.version,
    )


def _notifications_body(wanted: NotificationPreferences) -> NotificationsBody:
    return NotificationsBody(imports=wanted.imports, alerts=wanted.alerts, summaries=wanted.summaries)


class ChangeNotificationsRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The messages to switch on or off; the others stay as they are."""

    imports: bool | UnsetType = UNSET
    alerts: bool | UnsetType = UNSET
    summaries: bool | UnsetType = UNSET


class ChangeProfileRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The fields to change; the others stay as they are."""

    display_currency: CurrencyText | UnsetType = UNSET
    time_zone: ZoneText | UnsetType = UNSET
    default_category: Annotated[Category | None, Meta(description="null for none.")] | UnsetType = UNSET
    notifications: ChangeNotificationsRequest | UnsetType = UNSET

    def to_command(self, expected_version: int) -> UpdateProfileCommand:
        """Return the command."""
        wanted = ChangeNotificationsRequest() if self.notifications is UNSET else self.notifications
        return UpdateProfileCommand(
            expected_version=expected_version,
            display_currency=KEEP if self.display_currency is UNSET else to_currency(self.display_currency),
            time_zone=KEEP if self.time_zone is UNSET else self.time_zone,
            default_category=KEEP if self.default_category is UNSET else self.default_category,
            imports=KEEP if wanted.imports is UNSET else wanted.imports,
            alerts=KEEP if wanted.alerts is UNSET else wanted.alerts,
            summaries=KEEP if wanted.summaries is UNSET else wanted.summaries,
        )


class ChangePasswordRequest(_Confidential, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The password that is to be replaced, and the new one."""

    current_password: PasswordText
    new_password: NewPasswordText

    def to_command(self, source: str | None) -> ChangePasswordCommand:
        """Return the command."""
        return ChangePasswordCommand(
            current=Password(self.current_password), new=Password(self.new_password), source=source
        )
