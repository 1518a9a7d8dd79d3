"""The routes of identity: becoming somebody, and being them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from application.identity.change_password import ChangePassword
from application.identity.log_in import LogIn
from application.identity.log_out import LogOut
from application.identity.log_out_everywhere import LogOutEverywhere
from application.identity.ports import IdentityQueries
from application.identity.refresh_session import RefreshSession
from application.identity.register import Register
from application.identity.revoke_session import RevokeSession
from application.identity.update_profile import UpdateProfile
from application.shared.pages import PageRequest
from domain.identity.session import Client
from domain.shared.access import Actor
from domain.shared.ids import SessionId
from entrypoints.http.auth import PUBLIC
from entrypoints.http.context import exchange
from entrypoints.http.envelope import VERSIONED, Success, paged, success, versioned
from entrypoints.http.identity.schemas import (
    ChangePasswordRequest,
    ChangeProfileRequest,
    EndedBody,
    LogInRequest,
    ProfileBody,
    RefreshRequest,
    RegisteredBody,
    RegisterRequest,
    SessionBody,
    TokensBody,
    profile_body,
    session_body,
    tokens_body,
)
from entrypoints.http.problem import errors

_NEVER_STORED: Final = CacheControlHeader(no_store=True)
_LONGEST_AGENT: Final = 200
# An answer to a password kept under an idempotency key would need a fast digest of the password beside it.
_NO_KEY: Final = {"no_idempotency": True}


@post("/auth/register", tags=["auth"], status_code=202, opt=PUBLIC, responses=errors(409))
async def register_user(
    data: JSONBody[RegisterRequest], register: NamedDependency[Register]
) -> Success[RegisteredBody]:
    """Register.

    The answer is the same whether the address was free or has a user already, and it takes the same time: nobody can
    find out here who uses the product. If it was free, a user with a personal organisation exists now: log in. If not,
    its user is left untouched.
    """
    command = data.to_command()
    await register(command)
    return success(RegisteredBody(email=command.email.text))


@post(
    "/auth/login", tags=["auth"], status_code=200, opt=PUBLIC, responses=errors(401, 429), cache_control=_NEVER_STORED
)
async def log_in_user(
    data: JSONBody[LogInRequest], request: Request[object, object, State], log_in: NamedDependency[LogIn]
) -> Success[TokensBody]:
    """Log in with an e-mail address and a password.

    Starts a session: an access token for 15 minutes and a refresh token for what follows. An unknown address and a
    wrong password give the same answer after the same time. After several failures the next attempt has to wait (429).
    """
    signed_in = await log_in(data.to_command(_client(request)))
    return success(tokens_body(signed_in, exchange().received_at))


@post("/auth/refresh", tags=["auth"], status_code=200, opt=PUBLIC, responses=errors(401), cache_control=_NEVER_STORED)
async def refresh_tokens(
    data: JSONBody[RefreshRequest], refresh_session: NamedDependency[RefreshSession]
) -> Success[TokensBody]:
    """Exchange a refresh token for new tokens.

    A refresh token is good once. Sent again within 10 seconds it gives the same next refresh token, so that a lost
    answer does no harm; sent again later it ends the session, since then somebody else has a copy. A session ends
    after 7 days without a refresh, and 30 days after it began.
    """
    signed_in = await refresh_session(data.refresh_token)
    return success(tokens_body(signed_in, exchange().received_at))


@post("/auth/logout", tags=["auth"], status_code=204)
async def log_out_user(actor: NamedDependency[Actor], log_out: NamedDependency[LogOut]) -> None:
    """Log out.

    The session's refresh token is worthless at once, its access token within 5 seconds.
    """
    await log_out(actor)


@post("/auth/logout-everywhere", tags=["auth"], status_code=200)
async def log_out_user_everywhere(
    actor: NamedDependency[Actor], log_out_everywhere: NamedDependency[LogOutEverywhere]
) -> Success[EndedBody]:
    """Log out of all sessions.

    All refresh tokens of the user are worthless at once, all access tokens within 5 seconds, the one of this request
    included.
    """
    return success(EndedBody(ended_sessions=await log_out_everywhere(actor)))


@get("/auth/sessions", tags=["auth"])
async def list_sessions(
    actor: NamedDependency[Actor],
    page: NamedDependency[PageRequest],
    identity_queries: NamedDependency[IdentityQueries],
) -> Success[list[SessionBody]]:
    """List your live sessions, newest first."""
    return paged(await identity_queries.sessions(actor, page), session_body)


@delete("/auth/sessions/{session_id:uuid}", tags=["auth"], status_code=204)
async def end_session(
    session_id: FromPath[UUID], actor: NamedDependency[Actor], revoke_session: NamedDependency[RevokeSession]
) -> None:
    """End one of your sessions.

    Its refresh token is worthless at once, its access token within 5 seconds.
    """
    await revoke_session(actor, SessionId(session_id))


@get("/users/me", tags=["users"], response_headers=VERSIONED)
async def read_profile(
    actor: NamedDependency[Actor], identity_queries: NamedDependency[IdentityQueries]
) -> Response[Success[ProfileBody]]:
    """Read who you are."""
    view = await identity_queries.profile(actor)
    return versioned(profile_body(view), view.version)


@patch("/users/me", tags=["users"], response_headers=VERSIONED)
async def change_profile(
    data: JSONBody[ChangeProfileRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    update_profile: NamedDependency[UpdateProfile],
) -> Response[Success[ProfileBody]]:
    """Change how you like things shown.

    What is left out stays as it is. It changes how figures are shown and never what is stored.
    """
    view = await update_profile(actor, data.to_command(expected_version))
    return versioned(profile_body(view), view.version)


@put("/users/me/password", tags=["users"], status_code=200, opt=_NO_KEY, responses=errors(409, 429))
async def replace_password(
    data: JSONBody[ChangePasswordRequest],
    request: Request[object, object, State],
    actor: NamedDependency[Actor],
    change_password: NamedDependency[ChangePassword],
) -> Success[EndedBody]:
    """Change your password.

    All your other sessions end. A wrong current password is a 403 and counts like a failed login.
    """
    return success(EndedBody(ended_sessions=await change_password(actor, data.to_command(_client(request).address))))


def _client(request: Request[object, object, State]) -> Client:
    agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
    printable = "".join(character for character in agent if character.isprintable())
    return Client(address=exchange().address, agent=printable or None)


ROUTES: Sequence[ControllerRouterHandler] = [
    register_user,
    log_in_user,
    refresh_tokens,
    log_out_user,
    log_out_user_everywhere,
    list_sessions,
    end_session,
    read_profile,
    change_profile,
    replace_password,
]
