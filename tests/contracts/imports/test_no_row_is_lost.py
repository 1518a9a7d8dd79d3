"""Whatever stands in a file, each of its rows ends up in a verdict: an entry, a problem, or ignored with a reason."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.imports.registry import SECTIONED
from domain.ledger.imports.judging import ReadRow
from tests.contracts.imports.reading import rows_of
from tests.contracts.imports.statements import STATEMENTS, Statement
from tests.profiles import fewer

HOSTILE = (
    *("", "-", "n/a", "0", "-1", "NaN", "Infinity", "1e9", "99999999999999999999999", "1,23,4", "=1+1", "31/31/2024"),
    *("2024-02-30", "$", "££1", "Buy", "Total", "GBX", "US0378331005", "x" * 600, "\u0661", "1.0000000000000000000001"),
)
# without line breaks, which would move the rows below
CELLS = st.one_of(
    st.sampled_from(HOSTILE), st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)
)


def records(content: bytes) -> list[list[str]]:
    """The cells of a sample."""
    return list(csv.reader(io.StringIO(content.decode())))


def written(rows: list[list[str]]) -> bytes:
    """A file with these cells."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def test_every_format_of_sections_has_a_sample() -> None:
    """A format without one would not be tried."""
    assert {item.name for item in SECTIONED} - {"ib_activity"} == {statement.format for statement in STATEMENTS}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_sample_is_read_without_a_fault(statement: Statement) -> None:
    """All of its rows are accounted for."""
    rows = rows_of(statement.content)
    assert {row.line for row in rows} >= lines_of(statement, records(statement.content)[statement.header_line :])


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
@fewer()
@given(data=st.data())
def test_no_row_of_a_garbled_file_is_lost(statement: Statement, data: st.DataObject) -> None:
    """Cells are replaced, dropped and added, rows doubled: each line of data has its verdict."""
    rows = records(statement.content)
    body = rows[statement.header_line :]
    for _ in range(data.draw(st.integers(1, 6))):
        # a header that is changed may still be one
        rows_of_data = [place for place, row in enumerate(body) if tuple(row) not in statement.headers]
        place = data.draw(st.sampled_from(rows_of_data))
        row = list(body[place])
        cell = data.draw(st.integers(0, len(row)))
        row[cell : cell + data.draw(st.integers(0, 1))] = [data.draw(CELLS)]
        if data.draw(st.booleans()):
            body[place] = row
        else:
            body.insert(place, row)
    found = rows_of(written([*rows[: statement.header_line], *body]))
    assert {row.line for row in found} >= lines_of(statement, body)
    assert len({(row.line, row.part) for row in found}) == len(found)
    assert all(isinstance(row, ReadRow) for row in found)


def lines_of(statement: Statement, body: list[list[str]]) -> set[int]:
    """The lines below the first header that hold anything, but for the headers of further tables."""
    return {
        line
        for line, row in enumerate(body, statement.header_line + 1)
        if any(cell.strip() for cell in row) and tuple(row) not in statement.headers
    }


SCALARS = st.one_of(CELLS, st.none(), st.integers(), st.lists(st.text(max_size=3), max_size=2))
DETAILS = st.dictionaries(
    st.sampled_from(["VestDate", "VestFairMarketValue", "Shares", "SalePrice", "GrossProceeds", "PurchaseDate"]),
    SCALARS,
)
TRANSACTIONS = st.dictionaries(
    st.sampled_from(["Date", "Action", "Symbol", "Quantity", "Amount", "FeesAndCommissions", "TransactionDetails"]),
    st.one_of(
        SCALARS,
        st.sampled_from(["Deposit", "Sale", "Lapse", "Journal", "10/27/2022", "$10.00", "3", "0"]),
        st.lists(st.fixed_dictionaries({"Details": DETAILS}), max_size=2),
    ),
)


@fewer()
@given(found=st.lists(TRANSACTIONS, min_size=1, max_size=6))
def test_no_transaction_of_a_garbled_document_is_lost(found: list[object]) -> None:
    """Whatever their members hold."""
    named: dict[str, object] = {"Action": "Lapse", "TransactionDetails": []}
    rows = rows_of(json.dumps({"Transactions": [named, *found]}).encode())
    assert {row.line for row in rows} == set(range(1, len(found) + 2))
    assert len({(row.line, row.part) for row in rows}) == len(rows)
