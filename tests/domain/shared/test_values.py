"""Times, texts, instruments, actors and errors: what everything else is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

import pytest

from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden, Invalid, NotFound, VersionConflict
from domain.shared.ids import InstrumentId, OrganisationId, SessionId, UserId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import Currency
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant, zone

INR = Currency("INR")


def test_an_instant_is_the_same_moment_in_utc() -> None:
    local = datetime(2026, 1, 31, 9, 15, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert instant(local, "executedAt") == local
    assert instant(local, "executedAt").tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
def test_a_time_without_an_offset_or_beyond_the_calendar_is_refused(value: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        instant(value, "executedAt")
    assert refused.value.details["field"] == "executedAt"


@pytest.mark.parametrize("name", ["Asia/Kolkata", "UTC", "America/Argentina/Buenos_Aires"])
def test_zones_go_by_their_iana_names(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "IST+5:30",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "Asia",
        "a\x00b",
        "\ud800",
        "x" * 9_999,
    ],
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        zone(name)
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("text", ["INFY", "BRK-B", "^GSPC", "M&M.NS", "EURUSD=X", "a b", "दीर्घ‍काल", "👩‍🌾"])
def test_a_line_may_hold_any_script(text: str) -> None:
    assert check_line(text, "label", 64) is text


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x85b", "a\u2028b", "a\u202eb", "\ud800", "x" * 65]
)
def test_a_line_holds_nothing_that_a_screen_obeys(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_line(text, "label", 64)
    assert refused.value.details["field"] == "label"


def test_prose_may_have_lines_but_no_other_control_characters() -> None:
    assert check_prose("a\r\n\tb", "notes", 10) == "a\r\n\tb"
    assert check_prose("", "notes", 10) == ""
    for text in ("a\x00b", "a\x1bb", "\udfff", "a\u202eb", "x" * 11):
        with pytest.raises(Invalid):
            check_prose(text, "notes", 10)


KEY = InstrumentKey("INFY", "NSE", Segment.EQUITY, INR)
SHARE = Instrument(InstrumentId(UUID(int=1)), KEY, Decimal(1), Decimal("0.05"), None, "INE009A01021")


class Terms(TypedDict, total=False):
    """Terms of an instrument, to try one at a time."""

    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None


@pytest.mark.parametrize(
    "terms", [Terms(multiplier=Decimal("0.1")), Terms(tick_size=None, isin=None), Terms(lot_size=Decimal(75))]
)
def test_an_instrument_may_have_any_terms_above_zero(terms: Terms) -> None:
    assert replace(SHARE, **terms).key == KEY


@pytest.mark.parametrize(
    "terms",
    [
        Terms(multiplier=Decimal(0)),
        Terms(multiplier=Decimal(-1)),
        Terms(multiplier=Decimal("NaN")),
        Terms(tick_size=Decimal(0)),
        Terms(lot_size=Decimal(-5)),
        Terms(lot_size=Decimal("1e20")),
        Terms(isin="INE009A0102"),
        Terms(isin="ine009a01021"),
        Terms(isin="INE009A01021\n"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: Terms) -> None:
    with pytest.raises(Invalid):
        replace(SHARE, **terms)


@pytest.mark.parametrize(
    ("symbol", "exchange"), [("", "NSE"), ("x" * 65, "NSE"), ("INFY", ""), ("INFY", "x" * 17), ("INFY", "N\nSE")]
)
def test_a_key_names_a_symbol_on_an_exchange(symbol: str, exchange: str) -> None:
    with pytest.raises(Invalid):
        InstrumentKey(symbol, exchange, Segment.EQUITY, INR)


def test_an_actor_may_do_what_its_scopes_say() -> None:
    actor = Actor(
        UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset({Scope.LEDGER_READ})
    )
    actor.require(Scope.LEDGER_READ)
    with pytest.raises(Forbidden) as refused:
        actor.require(Scope.LEDGER_WRITE)
    assert refused.value.details["scope"] == "ledger:write"


def test_errors_carry_facts_besides_their_sentence() -> None:
    absent = NotFound("trade", UUID(int=1))
    assert (absent.code, absent.details["kind"], absent.details["id"]) == ("not_found", "trade", str(UUID(int=1)))
    stale = VersionConflict("trade", expected=1, actual=2)
    assert (stale.code, stale.details["expected"], stale.details["actual"]) == ("version_conflict", 1, 2)
    assert "version 1" in stale.message
