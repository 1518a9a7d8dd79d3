"""The refresh family as a machine: whatever clients and thieves do, these promises hold."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from domain.identity.secrets import RefreshToken
from domain.identity.session import (
    GRACE,
    Client,
    EndReason,
    Expired,
    Lifetimes,
    Reused,
    Rotate,
    SameChild,
    Session,
    TokenRecord,
    present,
)
from domain.shared.ids import OrganisationId, SessionId, UserId

START = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
LIFETIMES = Lifetimes()
SECOND = timedelta(seconds=1)


def _session() -> Session:
    return Session.start(
        id=SessionId(UUID(int=1)),
        organisation_id=OrganisationId(UUID(int=2)),
        user_id=UserId(UUID(int=3)),
        client=Client(address=None, agent=None),
        lifetimes=LIFETIMES,
        now=START,
    )


def _token(session: Session) -> TokenRecord:
    return session.token(b"d" * 32)


def test_a_new_token_rotates_until_it_is_idle_too_long() -> None:
    session = _session()
    token = _token(session)
    assert present(session, token, START) == Rotate()
    assert present(session, token, START + LIFETIMES.idle - SECOND) == Rotate()
    assert present(session, token, START + LIFETIMES.idle) == Expired()


def test_a_used_token_gives_the_same_child_for_ten_seconds_and_is_reuse_after() -> None:
    session = _session()
    used = _token(session).use(START, b"nonce")
    assert present(session, used, START) == SameChild(b"nonce", START)
    assert present(session, used, START + GRACE) == SameChild(b"nonce", START)
    assert present(session, used, START + GRACE + timedelta(microseconds=1)) == Reused()


def test_a_request_that_arrived_before_the_rotation_it_lost_to_is_no_reuse() -> None:
    session = _session()
    used = _token(session).use(START + timedelta(minutes=1), b"nonce")
    assert isinstance(present(session, used, START), SameChild)


def test_nothing_outlives_the_session() -> None:
    session = _session()
    for _ in range(6):
        session.touch(session.idle_at - SECOND, LIFETIMES)
    assert session.idle_at == session.expires_at == START + LIFETIMES.absolute
    last = session.token(b"e" * 32)
    assert last.expires_at == session.expires_at
    assert present(session, last, session.expires_at - SECOND) == Rotate()
    assert present(session, last, session.expires_at) == Expired()
    assert present(session, last.use(session.expires_at - SECOND, b"n"), session.expires_at) == Expired()


def test_an_ended_session_refuses_all_its_tokens_and_keeps_its_first_reason() -> None:
    session = _session()
    token = _token(session)
    session.end(EndReason.LOGGED_OUT, START + SECOND)
    session.end(EndReason.TOKEN_REUSED, START + 2 * SECOND)
    assert (session.ended_at, session.end_reason) == (START + SECOND, EndReason.LOGGED_OUT)
    assert not session.is_live(START + SECOND)
    for each in (token, token.use(START, b"n")):
        assert present(session, each, START + SECOND) == Expired()


class Family(RuleBasedStateMachine):
    """Honest clients and a thief present any token of one family, at any time and in any order.

    The model knows each token's parent; the promises are written against it and not against the implementation.
    """

    tokens = Bundle("tokens")

    @initialize(target=tokens)
    def sign_in(self) -> RefreshToken:
        self.now = START
        self.session = _session()
        self.nonces = 0
        root = RefreshToken(b"r" * 32)
        self.records = {root.digest(): self.session.token(root.digest())}
        self.parent: dict[bytes, bytes] = {}
        self.children: dict[str, set[str]] = {}
        self.reused = False
        return root

    @rule(
        passed=st.one_of(
            st.timedeltas(timedelta(0), timedelta(seconds=25)),
            st.timedeltas(timedelta(0), timedelta(days=3)),
            st.sampled_from([GRACE, GRACE + timedelta(microseconds=1), LIFETIMES.idle, LIFETIMES.absolute]),
        )
    )
    def wait(self, passed: timedelta) -> None:
        self.now += passed

    @rule(token=tokens, target=tokens)
    def refresh(self, token: RefreshToken) -> RefreshToken:
        """Present a token the way the use case does; what comes back is known from then on, to anybody."""
        record = self.records[token.digest()]
        was_live = self.session.is_live(self.now)
        decision = present(self.session, record, self.now)
        match decision:
            case Rotate():
                assert was_live
                assert record.used_at is None
                assert self.now < record.expires_at
                self.nonces += 1
                nonce = hashlib.sha256(self.nonces.to_bytes(8)).digest()
                child = token.child(nonce)
                assert child.digest() not in self.records
                self.session.touch(self.now, LIFETIMES)
                self.records[token.digest()] = record.use(self.now, nonce)
                self.records[child.digest()] = self.session.token(child.digest())
                self.parent[child.digest()] = token.digest()
                self.children.setdefault(token.reveal(), set()).add(child.reveal())
                return child
            case SameChild(nonce=nonce):
                assert record.used_at is not None
                assert self.now - record.used_at <= GRACE
                child = token.child(nonce)
                assert self.children[token.reveal()] == {child.reveal()}
                return child
            case Reused():
                assert record.used_at is not None
                assert self.now - record.used_at > GRACE
                assert self.session.ended_at is None
                self.session.end(EndReason.TOKEN_REUSED, self.now)
                self.reused = True
            case Expired():
                is_over = self.session.ended_at is not None or self.now >= self.session.expires_at
                assert is_over or self.now >= record.expires_at
        return token

    @rule(token=consumes(tokens))
    def forget(self, token: RefreshToken) -> None:
        """A client loses a token; nothing depends on it."""

    @rule(reason=st.sampled_from(EndReason))
    def end(self, reason: EndReason) -> None:
        self.session.end(reason, self.now)

    @invariant()
    def the_family_is_a_line(self) -> None:
        """No token has two children, so at most one token of the family is unused."""
        assert all(len(children) == 1 for children in self.children.values())
        assert len(set(self.parent.values())) == len(self.parent)
        assert sum(record.used_at is None for record in self.records.values()) == 1

    @invariant()
    def nothing_outlives_its_limits(self) -> None:
        assert self.session.idle_at <= self.session.expires_at == START + LIFETIMES.absolute
        assert all(record.expires_at <= self.session.expires_at for record in self.records.values())

    @invariant()
    def after_reuse_no_token_is_good(self) -> None:
        if self.reused:
            assert all(present(self.session, record, self.now) == Expired() for record in self.records.values())


TestFamily = Family.TestCase
TestFamily.settings = settings(stateful_step_count=20)
