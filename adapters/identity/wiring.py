"""Wires identity: use cases and query ports under the names that handlers ask for."""

# what a container is given from outside has no types: test_wiring.py builds every provider instead
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from datetime import timedelta

from dependency_injector import containers, providers
from redis.asyncio import Redis

from adapters.identity.argon2 import Argon2Hasher
from adapters.identity.entropy import SystemEntropy
from adapters.identity.reads import (
    SqlExpiredSessions,
    SqlIdentityQueries,
    SqlLiveSessions,
    SqlSessionCheck,
    SqlSignInDirectory,
)
from adapters.identity.session_cache import CachedSessionCheck
from adapters.identity.throttle import InProcessThrottle
from adapters.identity.tickets import RedisTickets
from adapters.identity.token_cache import RememberedTokens
from adapters.identity.tokens import JwtAccessTokens
from adapters.identity.unit_of_work import SqlIdentityUnits
from adapters.platform.cache.entries import Seal
from adapters.platform.settings import Argon2idHash, Settings
from application.identity.authenticate import Authenticate
from application.identity.change_password import ChangePassword
from application.identity.issue_stream_ticket import IssueStreamTicket
from application.identity.log_in import LogIn
from application.identity.log_out import LogOut
from application.identity.log_out_everywhere import LogOutEverywhere
from application.identity.open_stream import OpenStream
from application.identity.ports import PasswordHasher
from application.identity.purge_sessions import PurgeSessions
from application.identity.recheck_streams import RecheckStreams
from application.identity.redeem_stream_ticket import RedeemStreamTicket
from application.identity.refresh_session import RefreshSession
from application.identity.register import Register
from application.identity.revoke_session import RevokeSession
from application.identity.update_profile import UpdateProfile
from application.shared.schedules import SESSIONS_PURGE
from domain.identity.session import Lifetimes


def _hasher(settings: Settings) -> PasswordHasher:
    match settings.auth.hash:
        case Argon2idHash() as costs:
            return Argon2Hasher(
                time_cost=costs.time_cost,
                memory_kib=costs.memory_kib,
                parallelism=costs.parallelism,
                concurrency=costs.concurrency,
            )


def _access_tokens(settings: Settings) -> JwtAccessTokens:
    auth = settings.auth
    keys = {key.kid: key.secret.reveal().encode() for key in auth.keys}
    return JwtAccessTokens(issuer=auth.issuer, audience=auth.audience, keys=keys)


def _tickets(settings: Settings, redis: Redis) -> RedisTickets:
    return RedisTickets(redis, Seal(settings.auth.keys[0].secret.reveal()))


def _lifetimes(settings: Settings) -> Lifetimes:
    auth = settings.auth
    return Lifetimes(
        access=timedelta(minutes=auth.access_minutes),
        idle=timedelta(days=auth.refresh_idle_days),
        absolute=timedelta(days=auth.refresh_absolute_days),
    )


class IdentityContainer(containers.DeclarativeContainer):
    """One per process: the pool of hashes, the throttle and the cache of sessions are the process's own."""

    platform = providers.DependenciesContainer()

    identity_units = providers.Singleton(SqlIdentityUnits, platform.engine, platform.ids)
    identity_queries = providers.Singleton(SqlIdentityQueries, platform.engine, platform.clock)
    sign_in_directory = providers.Singleton(SqlSignInDirectory, platform.engine)
    session_check = providers.Singleton(CachedSessionCheck, providers.Singleton(SqlSessionCheck, platform.engine))
    expired_sessions = providers.Singleton(SqlExpiredSessions, platform.engine)
    password_hasher = providers.Singleton(_hasher, platform.settings)
    sign_in_throttle = providers.Singleton(InProcessThrottle)
    entropy = providers.Singleton(SystemEntropy)
    access_tokens = providers.Singleton(_access_tokens, platform.settings)
    lifetimes = providers.Singleton(_lifetimes, platform.settings)

    remembered_tokens = providers.Singleton(RememberedTokens, access_tokens)
    authenticate = providers.Singleton(Authenticate, remembered_tokens, session_check, platform.clock)
    # connections that stay open
    tickets = providers.Singleton(_tickets, platform.settings, platform.bus_redis)
    live_sessions = providers.Singleton(SqlLiveSessions, platform.engine)
    open_stream = providers.Singleton(OpenStream, remembered_tokens, session_check, platform.clock)
    issue_stream_ticket = providers.Singleton(IssueStreamTicket, remembered_tokens, tickets, entropy, platform.clock)
    redeem_stream_ticket = providers.Singleton(RedeemStreamTicket, tickets, session_check, platform.clock)
    recheck_streams = providers.Singleton(RecheckStreams, live_sessions, platform.clock)
    register = providers.Factory(
        Register, identity_units, sign_in_directory, password_hasher, platform.clock, platform.ids
    )
    log_in = providers.Factory(
        LogIn,
        units=identity_units,
        directory=sign_in_directory,
        hasher=password_hasher,
        throttle=sign_in_throttle,
        entropy=entropy,
        issuer=access_tokens,
        lifetimes=lifetimes,
        clock=platform.clock,
        ids=platform.ids,
    )
    refresh_session = providers.Factory(
        RefreshSession, identity_units, sign_in_directory, entropy, access_tokens, lifetimes, platform.clock
    )
    log_out = providers.Factory(LogOut, identity_units, platform.clock)
    log_out_everywhere = providers.Factory(LogOutEverywhere, identity_units, platform.clock)
    revoke_session = providers.Factory(RevokeSession, identity_units, platform.clock)
    update_profile = providers.Factory(UpdateProfile, identity_units, platform.clock)
    change_password = providers.Factory(
        ChangePassword, identity_units, password_hasher, sign_in_throttle, platform.clock
    )
    purge_sessions = providers.Factory(PurgeSessions, expired_sessions, platform.clock)
    entries = providers.Dict({SESSIONS_PURGE: purge_sessions})
