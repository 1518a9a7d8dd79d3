"""Registering and signing in: who is registered shows to nobody who does not know the password."""

from __future__ import annotations

import pytest

from application.identity.log_in import LogInCommand
from domain.identity.errors import GuessablePassword
from domain.identity.organisation import Role, scopes_of
from domain.identity.secrets import AccessToken, Password
from domain.shared.access import Scope
from domain.shared.errors import Unauthenticated
from tests.application.identity.conftest import CLIENT, EMAIL, PASSWORD, Desk

pytestmark = pytest.mark.anyio


async def test_registering_makes_a_user_with_an_organisation_of_their_own(desk: Desk) -> None:
    await desk.enrol("  Asha@Example.COM ")
    user = desk.user()
    people = desk.memory.people
    assert people.organisations[user.organisation_id].name == "Personal"
    assert people.memberships[user.organisation_id, user.id].role is Role.OWNER
    assert user.password_hash != PASSWORD
    assert desk.events() == ["identity.user_registered"]


async def test_registering_a_taken_address_leaves_its_user_untouched_and_tells_only_them(desk: Desk) -> None:
    await desk.enrol()
    before = desk.user()
    await desk.enrol(password="another kettle runs south")
    assert len(desk.memory.people.users) == len(desk.memory.people.organisations) == 1
    assert desk.user().password_hash == before.password_hash
    assert desk.events() == ["identity.user_registered", "identity.registration_repeated"]
    assert desk.memory.outbox.stored[1].organisation_id == before.organisation_id


async def test_registering_a_taken_address_does_the_same_hashing(desk: Desk) -> None:
    await desk.enrol()
    assert desk.hasher.hashed == 1
    await desk.enrol()
    assert desk.hasher.hashed == 2


async def test_a_guessable_password_is_refused_before_anything_is_looked_up(desk: Desk) -> None:
    with pytest.raises(GuessablePassword):
        await desk.enrol(password="passwordpassword")
    assert desk.hasher.hashed == 0
    assert desk.memory.people.users == {}


async def test_the_right_password_starts_a_session_with_the_scopes_of_the_role(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in("ASHA@example.com")
    actor = await desk.authenticate(signed_in.access_token)
    user = desk.user()
    assert (actor.user_id, actor.organisation_id) == (user.id, user.organisation_id)
    assert actor.session_id == signed_in.session_id
    assert actor.scopes == frozenset(Scope)
    session = desk.memory.people.sessions[signed_in.session_id]
    assert session.client == CLIENT


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "the wrong kettle runs"),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        (EMAIL, "x" * 5000),
        (EMAIL, ""),
    ],
)
async def test_every_failure_looks_alike_and_costs_one_verification(desk: Desk, email: str, password: str) -> None:
    await desk.enrol()
    with pytest.raises(Unauthenticated) as refused:
        await desk.sign_in(email, password)
    assert refused.value.message == "The e-mail address or the password is wrong."
    assert refused.value.details == {}
    assert desk.hasher.verified == 1
    assert desk.hasher.hashed == 1
    assert desk.memory.people.sessions == {}


async def test_a_disabled_user_looks_like_an_unknown_one(desk: Desk) -> None:
    await desk.enrol()
    desk.user().disabled_at = desk.clock.now()
    with pytest.raises(Unauthenticated, match="e-mail address or the password is wrong"):
        await desk.sign_in()
    assert desk.hasher.verified == 1


async def test_disabling_a_user_ends_their_sessions_and_refreshes(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    desk.user().disabled_at = desk.clock.now()
    with pytest.raises(Unauthenticated):
        await desk.authenticate(signed_in.access_token)
    with pytest.raises(Unauthenticated):
        await desk.refresh_session(signed_in.refresh_token.reveal())


async def test_a_hash_under_old_parameters_is_renewed_at_sign_in(desk: Desk) -> None:
    await desk.enrol()
    old = desk.user().password_hash
    desk.hasher.parameters = "2"
    await desk.sign_in()
    assert desk.user().password_hash != old
    assert not desk.hasher.is_outdated(desk.user().password_hash)
    await desk.sign_in()


async def test_failures_are_counted_and_a_success_forgives_them(desk: Desk) -> None:
    await desk.enrol()
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await desk.sign_in(password="the wrong kettle runs")
    assert desk.throttle.failures[EMAIL, "203.0.113.7"] == 2
    await desk.sign_in()
    assert desk.throttle.failures[EMAIL, "203.0.113.7"] == 0


async def test_an_unknown_account_is_counted_like_a_known_one(desk: Desk) -> None:
    for email in ("nobody@example.com", " NOBODY@Example.com"):
        with pytest.raises(Unauthenticated):
            await desk.sign_in(email)
    assert desk.throttle.failures == {("nobody@example.com", "203.0.113.7"): 2}


async def test_an_access_token_ends_after_fifteen_minutes(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    desk.clock.advance(minutes=14, seconds=59)
    await desk.authenticate(signed_in.access_token)
    desk.clock.advance(seconds=1)
    with pytest.raises(Unauthenticated):
        await desk.authenticate(signed_in.access_token)


async def test_a_role_that_was_taken_away_takes_its_scopes_from_living_tokens(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    user = desk.user()
    people = desk.memory.people
    membership = people.memberships[user.organisation_id, user.id]
    people.memberships[user.organisation_id, user.id] = type(membership)(
        organisation_id=user.organisation_id, user_id=user.id, role=Role.VIEWER, created_at=membership.created_at
    )
    actor = await desk.authenticate(signed_in.access_token)
    assert actor.scopes == scopes_of(Role.VIEWER)


async def test_a_token_that_nobody_issued_is_refused(desk: Desk) -> None:
    with pytest.raises(Unauthenticated):
        await desk.authenticate(AccessToken("made up"))


async def test_commands_and_answers_show_no_secret(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    command = LogInCommand(email=EMAIL, password=Password(PASSWORD), client=CLIENT)
    credentials = await desk.directory.credentials(desk.user().email)
    shown = f"{signed_in!r} {command!r} {credentials!r} {desk.user()!r}"
    for secret in (
        PASSWORD,
        desk.user().password_hash,
        signed_in.access_token.reveal(),
        signed_in.refresh_token.reveal(),
    ):
        assert secret not in shown
