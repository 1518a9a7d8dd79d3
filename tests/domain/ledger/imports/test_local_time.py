"""Local times become instants, or are refused where a clock change leaves no single one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.imports.local_time import localise
from domain.shared.errors import Invalid

LONDON = ZoneInfo("Europe/London")


def test_an_ordinary_time_has_one_instant() -> None:
    """India is five and a half hours ahead."""
    assert localise(datetime.fromisoformat("2024-04-01T09:15:00"), ZoneInfo("Asia/Kolkata"), "time") == datetime(
        2024, 4, 1, 3, 45, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "reason"), [("2024-10-27T01:30:00", "happens twice"), ("2024-03-31T01:30:00", "does not exist")]
)
def test_a_time_in_a_clock_change_is_refused(text: str, reason: str) -> None:
    """A guess would put fills in the wrong order."""
    with pytest.raises(Invalid, match=reason):
        localise(datetime.fromisoformat(text), LONDON, "time")


@given(
    st.datetimes(datetime.fromisoformat("1975-01-01"), datetime.fromisoformat("2037-01-01")),
    st.sampled_from(sorted(available_timezones() - {"localtime"})),
)
def test_what_is_accepted_is_what_clocks_there_show(naive: datetime, name: str) -> None:
    """And at one instant only."""
    zone = ZoneInfo(name)
    try:
        instant = localise(naive, zone, "time")
    except Invalid:
        return
    assert instant.tzinfo is UTC
    assert instant.astimezone(zone).replace(tzinfo=None, fold=0) == naive
