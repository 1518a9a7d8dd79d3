"""No fill is counted twice, and no genuine fill is taken for another's double."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.execution import Side
from domain.ledger.imports.fill import Fill, is_isin, sequence_of
from domain.ledger.imports.judging import FirstRow, JudgedRow, Known, ReadRow, hashed, judge, keyed
from domain.ledger.imports.verdict import Verdict
from domain.shared.ids import TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

INSTRUMENT = InstrumentKey("INFY", "NSE", Segment.EQUITY, Currency("INR"))
START = datetime(2024, 4, 1, 4, tzinfo=UTC)


def fill(*, quantity: str = "10", minute: int = 0, fill_id: str | None = None) -> Fill:
    """A purchase at 100."""
    return Fill(
        instrument=INSTRUMENT,
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(100),
        executed_at=START + timedelta(minutes=minute),
        fill_id=fill_id,
    )


def judged(fills: list[Fill], known: dict[str, Known] | None = None) -> list[JudgedRow]:
    """The verdicts of a file with these fills on lines 2, 3 and so on."""
    rows = [ReadRow(line, item) for line, item in enumerate(fills, start=2)]
    return list(judge(keyed(hashed(rows), {}), {}, known or {}))


def remembered(rows: list[JudgedRow]) -> dict[str, Known]:
    """What an account knows after these rows have become trades."""
    return {
        row.source_key: Known(TradeId(UUID(int=row.line)), None, row.content_hash)
        for row in rows
        if row.source_key is not None and row.verdict is Verdict.READY
    }


def test_identical_rows_without_ids_are_fills_of_their_own() -> None:
    """Three equal rows are three fills, and in the same file again three duplicates."""
    first = judged([fill(), fill(), fill()])
    assert [row.verdict for row in first] == [Verdict.READY] * 3
    assert [row.verdict for row in judged([fill(), fill(), fill()], remembered(first))] == [Verdict.DUPLICATE] * 3


def test_a_longer_export_of_the_same_day_adds_only_what_is_new() -> None:
    """Two known identical fills and a third in the longer file: one is new."""
    known = remembered(judged([fill(), fill()]))
    assert [row.verdict for row in judged([fill(), fill(), fill()], known)] == [
        Verdict.DUPLICATE,
        Verdict.DUPLICATE,
        Verdict.READY,
    ]


def test_a_fill_id_names_one_fill() -> None:
    """The same id again is a duplicate in the file; with other content it is a conflict that names the line."""
    rows = judged([fill(fill_id="a"), fill(fill_id="a"), fill(fill_id="a", quantity="11"), fill(fill_id="b")])
    assert [row.verdict for row in rows] == [
        Verdict.READY,
        Verdict.DUPLICATE_IN_FILE,
        Verdict.CONFLICT,
        Verdict.READY,
    ]
    assert [row.first_line for row in rows] == [None, 2, 2, None]


def test_a_known_fill_id_with_other_content_is_a_conflict() -> None:
    """A broker's correction is shown, not added."""
    known = remembered(judged([fill(fill_id="a")]))
    assert judged([fill(fill_id="a", quantity="11")], known)[0].verdict is Verdict.CONFLICT


def test_rows_seen_in_an_earlier_step_count() -> None:
    """Whether rows are read together or in steps makes no difference to their keys."""
    rows = [ReadRow(line, fill()) for line in range(2, 6)]
    together = [row.source_key for row in keyed(hashed(rows), {})]
    (digest,) = {row.content_hash for row in hashed(rows)}
    apart = [
        *(row.source_key for row in keyed(hashed(rows[:1]), {})),
        *(row.source_key for row in keyed(hashed(rows[1:]), {digest: 1})),
    ]
    assert together == apart
    seen = {f"fill:{name}": FirstRow(2, 1, "other") for name in "a"}
    late = keyed(hashed([ReadRow(9, fill(fill_id="a"))]), {})
    assert judge(late, seen, {})[0].verdict is Verdict.CONFLICT


@given(st.lists(st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 2), st.sampled_from([None, "a", "b"]))))
def test_a_file_that_comes_twice_adds_nothing_the_second_time(facts: list[tuple[str, int, str | None]]) -> None:
    """Whatever is in it."""
    fills = [fill(quantity=quantity, minute=minute, fill_id=name) for quantity, minute, name in facts]
    first = judged(fills)
    again = judged(fills, remembered(first))
    assert Verdict.READY not in {row.verdict for row in again}
    nameless = sum(1 for *_, name in facts if name is None)
    assert sum(row.verdict is Verdict.READY for row in first) == nameless + len({n for *_, n in facts if n is not None})


def test_numeric_ids_tell_the_order() -> None:
    """Also ids too long for a sequence, as far as neighbours are concerned."""
    assert sequence_of("1776173") == 1776173
    assert sequence_of("T001") is None
    low, high = sequence_of("400000000012345"), sequence_of("400000000012346")
    assert low is not None
    assert high is not None
    assert low < high


def test_an_isin_has_the_right_check_digit() -> None:
    """A paper is told by its ISIN only if that is one."""
    assert is_isin("US0378331005")
    assert is_isin("INE009A01021")
    assert not is_isin("US0378331006")
    assert not is_isin("INE000000000")
    assert not is_isin("NA")
