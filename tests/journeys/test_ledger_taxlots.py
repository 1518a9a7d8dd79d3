"""The known answers of other projects come out of the API as well."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import httpx
import pytest

from tests.fixtures_taxlots import Case, Consumed, Fill, OpenLot, agrees, cases
from tests.journeys.ledger_api import Json, Ledger, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


def trade(account_id: str, fill: Fill, sequence: int) -> Json:
    """A fill as the API takes it."""
    return {
        "accountId": account_id,
        "instrument": {"symbol": "LOT", "exchange": "TEST", "segment": "equity", "currency": "USD"},
        "side": fill.side,
        "quantity": f"{fill.quantity:f}",
        "price": f"{fill.price:f}",
        "executedAt": fill.at.isoformat(),
        "fees": {"other": f"{fill.fee:f}"},
        "sequence": sequence,
    }


def consumed(match: Json, disposal: Json) -> Consumed:
    """A match as the golden lists it."""
    return Consumed(
        Decimal(match["quantity"]),
        datetime.fromisoformat(match["openedAt"]).date(),
        Decimal(match["openPrice"]),
        datetime.fromisoformat(disposal["closedAt"]),
        Decimal(match["cost"]),
        Decimal(match["proceeds"]),
        Decimal(match["realised"]),
    )


def is_as_expected(actual: Consumed, expected: Consumed) -> bool:
    """Compare what the golden states; money from floats to the digits they carry."""
    return all(
        golden is None
        or (agrees(found, golden) if isinstance(golden, Decimal) and isinstance(found, Decimal) else found == golden)
        for golden, found in (
            (expected.quantity, actual.quantity),
            (expected.opened_on, actual.opened_on),
            (expected.open_price, actual.open_price),
            (expected.closed_at, actual.closed_at),
            (expected.cost, actual.cost),
            (expected.proceeds, actual.proceeds),
            (expected.gain, actual.gain),
        )
    )


@pytest.mark.parametrize("case", cases("FIFO", "LIFO", "HIFO"), ids=lambda case: f"{case.method} {case.name}")
async def test_the_known_answer_comes_out(case: Case, client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """Fills entered newest first, so that every one comes late; where the source refuses, the basis is missing."""
    headers = await register_user(client)
    details = {"timeZone": "UTC", "currency": "USD", "shorting": case.can_short, "costMethod": case.method.lower()}
    ledgers = {
        name: await open_ledger(client, headers, label=name, **details)
        for name in sorted({fill.account for fill in case.fills})
    }
    first = next(iter(ledgers.values()))
    rows = [trade(ledgers[fill.account].account_id, fill, number) for number, fill in enumerate(case.fills)]
    await first.request("POST", "/trades/bulk", json={"trades": rows[::-1]}, expect=200)

    disposals = await first.get("/disposals", limit=500)
    reported = await _reported(first, case)
    if case.consumed is not None:
        actual = [
            consumed(match, disposal)
            for disposal in reversed(disposals)
            if disposal["id"] in reported
            for match in disposal["matches"]
        ]
        assert len(actual) == len(case.consumed)
        assert all(any(is_as_expected(one, golden) for one in actual) for golden in case.consumed)
    if case.open_lots is not None:
        await _check_open_lots(ledgers, case.open_lots)
    if case.gain is not None:
        assert sum((Decimal(each["realised"] or 0) for each in disposals), Decimal(0)) == case.gain
    assert sum((Decimal(each["unmatchedQuantity"]) for each in disposals), Decimal(0)) == case.unmatched
    if case.unmatched:
        assert {each["basis"] for each in disposals if each["unmatchedQuantity"] != "0"} <= {"missing", "partial"}


async def _reported(ledger: Ledger, case: Case) -> set[str]:
    """The ids of the trades whose disposals the golden lists; the sequence tells which fill a trade is."""
    trades = await ledger.get("/trades", limit=500)
    return {str(each["id"]) for each in trades if case.fills[int(each["sequence"])].is_reported}


async def _check_open_lots(ledgers: dict[str, Ledger], expected: tuple[OpenLot, ...]) -> None:
    for name, ledger in ledgers.items():
        lots = await ledger.get("/lots", accountId=ledger.account_id, limit=500)
        actual = sorted(
            (Decimal(lot["leftQuantity"]) * (1 if lot["direction"] == "long" else -1), Decimal(lot["price"]))
            for lot in lots
        )
        assert actual == sorted((lot.quantity, lot.price) for lot in expected if lot.account == name)
