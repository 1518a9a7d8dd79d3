"""Ending sessions, changing the password, changing preferences: each for oneself and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from application.identity.change_password import ChangePasswordCommand
from application.identity.purge_sessions import KEPT_AFTER_END, PurgeSessions
from application.identity.update_profile import UpdateProfileCommand
from domain.identity.errors import GuessablePassword
from domain.identity.preferences import NotificationPreferences
from domain.identity.secrets import Password
from domain.identity.session import EndReason
from domain.ledger.category import Category
from domain.shared.access import Actor
from domain.shared.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict
from domain.shared.money import Currency
from tests.application.identity.conftest import EMAIL, PASSWORD, Desk
from tests.fakes.identity import FakeExpiredSessions

pytestmark = pytest.mark.anyio

NEW_PASSWORD = "amber ladder sings low"


def _change(current: str = PASSWORD, new: str = NEW_PASSWORD) -> ChangePasswordCommand:
    return ChangePasswordCommand(current=Password(current), new=Password(new), source="203.0.113.7")


def _without_scopes(actor: Actor) -> Actor:
    return replace(actor, scopes=frozenset())


async def test_logging_out_ends_this_session_only_and_twice_is_no_harm(desk: Desk) -> None:
    actor = await desk.actor()
    other = await desk.sign_in()
    await desk.log_out(actor)
    await desk.log_out(actor)
    sessions = desk.memory.people.sessions
    assert sessions[actor.session_id].end_reason is EndReason.LOGGED_OUT
    assert sessions[other.session_id].ended_at is None


async def test_logging_out_everywhere_ends_all_sessions_of_the_user(desk: Desk) -> None:
    actor = await desk.actor()
    other = await desk.sign_in()
    stranger = await desk.actor("ben@example.com")
    assert await desk.log_out_everywhere(actor) == 2
    for token in (other.access_token,):
        with pytest.raises(Unauthenticated):
            await desk.authenticate(token)
    with pytest.raises(Unauthenticated):
        await desk.refresh_session(other.refresh_token.reveal())
    assert desk.memory.people.sessions[stranger.session_id].ended_at is None


async def test_one_session_can_be_ended_from_another(desk: Desk) -> None:
    actor = await desk.actor()
    other = await desk.sign_in()
    await desk.revoke_session(actor, other.session_id)
    assert desk.memory.people.sessions[other.session_id].end_reason is EndReason.REVOKED
    with pytest.raises(Unauthenticated):
        await desk.refresh_session(other.refresh_token.reveal())


async def test_a_strangers_session_and_one_that_ended_look_like_none(desk: Desk) -> None:
    actor = await desk.actor()
    stranger = await desk.actor("ben@example.com")
    with pytest.raises(NotFound) as theirs:
        await desk.revoke_session(actor, stranger.session_id)
    gone = await desk.sign_in()
    await desk.revoke_session(actor, gone.session_id)
    with pytest.raises(NotFound) as ended:
        await desk.revoke_session(actor, gone.session_id)
    assert theirs.value.message.replace(str(stranger.session_id), "") == ended.value.message.replace(
        str(gone.session_id), ""
    )
    assert desk.memory.people.sessions[stranger.session_id].ended_at is None


async def test_a_new_password_ends_the_other_sessions_and_is_the_only_one_then(desk: Desk) -> None:
    actor = await desk.actor()
    other = await desk.sign_in()
    assert await desk.change_password(actor, _change()) == 1
    sessions = desk.memory.people.sessions
    assert sessions[actor.session_id].ended_at is None
    assert sessions[other.session_id].end_reason is EndReason.PASSWORD_CHANGED
    with pytest.raises(Unauthenticated):
        await desk.sign_in()
    await desk.sign_in(password=NEW_PASSWORD)
    assert desk.events()[-1] == "identity.password_changed"


async def test_a_password_is_changed_only_by_who_knows_it_and_only_to_a_good_one(desk: Desk) -> None:
    actor = await desk.actor()
    before = desk.user().password_hash
    with pytest.raises(Forbidden):
        await desk.change_password(actor, _change(current="not the password at all"))
    with pytest.raises(Forbidden):
        await desk.change_password(actor, _change(current="x" * 1000))
    with pytest.raises(GuessablePassword):
        await desk.change_password(actor, _change(new="asha asha asha asha"))
    with pytest.raises(Invalid):
        await desk.change_password(actor, _change(new="short"))
    assert desk.user().password_hash == before
    assert desk.throttle.failures[EMAIL, "203.0.113.7"] == 0


async def test_guessing_the_password_with_a_stolen_token_is_counted(desk: Desk) -> None:
    actor = await desk.actor()
    for _ in range(3):
        with pytest.raises(Forbidden):
            await desk.change_password(actor, _change(current="not the password at all"))
    assert desk.throttle.failures[EMAIL, "203.0.113.7"] == 3


async def test_what_is_not_named_in_a_change_stays_as_it_is(desk: Desk) -> None:
    actor = await desk.actor()
    first = await desk.update_profile(
        actor,
        UpdateProfileCommand(
            expected_version=1, display_currency=Currency("USD"), default_category=Category.SWING, summaries=True
        ),
    )
    assert first.version == 2
    assert first.preferences.time_zone == "Asia/Kolkata"
    assert first.preferences.notifications == NotificationPreferences(summaries=True)
    second = await desk.update_profile(
        actor, UpdateProfileCommand(expected_version=2, default_category=None, time_zone="Europe/Berlin", alerts=False)
    )
    assert second.preferences == desk.user().preferences
    assert second.preferences.display_currency == Currency("USD")
    assert second.preferences.default_category is None
    assert second.preferences.time_zone == "Europe/Berlin"
    assert second.preferences.notifications == NotificationPreferences(alerts=False, summaries=True)


async def test_a_change_made_for_another_version_is_refused(desk: Desk) -> None:
    actor = await desk.actor()
    await desk.update_profile(actor, UpdateProfileCommand(expected_version=1, time_zone="UTC"))
    with pytest.raises(VersionConflict):
        await desk.update_profile(actor, UpdateProfileCommand(expected_version=1, time_zone="Europe/Berlin"))
    assert desk.user().preferences.time_zone == "UTC"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "UTC\x00", "x" * 5000])
async def test_a_time_zone_must_exist(desk: Desk, name: str) -> None:
    actor = await desk.actor()
    with pytest.raises(Invalid):
        await desk.update_profile(actor, UpdateProfileCommand(expected_version=1, time_zone=name))


async def test_each_step_asks_for_its_scope(desk: Desk) -> None:
    actor = _without_scopes(await desk.actor())
    with pytest.raises(Forbidden):
        await desk.update_profile(actor, UpdateProfileCommand(expected_version=1))
    with pytest.raises(Forbidden):
        await desk.change_password(actor, _change())
    with pytest.raises(Forbidden):
        await desk.revoke_session(actor, actor.session_id)


async def test_the_purge_keeps_a_week_after_the_end(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    purge = PurgeSessions(FakeExpiredSessions(desk.memory), desk.clock)
    desk.clock.advance(days=7 + KEPT_AFTER_END.days)
    assert await purge() == 0
    desk.clock.advance(seconds=1)
    assert await purge() == 2
    assert signed_in.session_id not in desk.memory.people.sessions
