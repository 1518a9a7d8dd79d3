"""Whatever happened in a ledger, over the API every figure has an explanation that evaluates to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootstrap import build
from domain.shared.money import plain
from entrypoints.http.app import create_app
from tests.domain.ledger.histories import prices, quantities
from tests.journeys.explained import is_true
from tests.journeys.ledger_api import GOLD, INFY, TCS, Json, Ledger, at, open_ledger
from tests.profiles import is_deep
from tests.served import Served, register_and_log_in, settings_for

METHODS = ("fifo", "lifo", "hifo", "average", "specific")
LAST = 20


@dataclass(frozen=True, slots=True)
class Server:
    """An application, and the way to the event loop that it lives in through all examples."""

    portal: BlockingPortal
    served: Served


@pytest.fixture(scope="module")
def server(database_url: str, redis_server: str) -> Iterator[Server]:
    app = build(settings_for(database_url, redis_server))
    api = create_app(app)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(api.lifespan()):
        yield Server(portal, Served(app, api))


minutes = st.integers(0, LAST)
amounts = st.builds(plain, prices)
fills = st.fixed_dictionaries(
    {
        "instrument": st.sampled_from([INFY, INFY, TCS, GOLD]),
        "side": st.sampled_from(["buy", "buy", "sell"]),
        "quantity": st.builds(plain, quantities),
        "price": amounts,
        "executedAt": st.builds(at, minutes),
        "fees": st.fixed_dictionaries({"brokerage": st.sampled_from(["0", "1", "0.07", "3.333333333333333333"])}),
    }
)
actions = st.tuples(
    minutes,
    st.sampled_from(
        [
            {"kind": "split", "new": 3, "old": 2},
            {"kind": "split", "new": 1, "old": 7},
            {"kind": "bonus", "new": 1, "held": 3},
            {"kind": "return_of_capital", "perUnit": "0.7"},
            {"kind": "cash_merger", "cashPerUnit": "12.5"},
            {"kind": "spin_off", "new": 1, "old": 3, "costShare": {"numerator": 2, "denominator": 7}},
            {"kind": "merger", "new": 2, "old": 3},
        ]
    ),
)


@settings(max_examples=300 if is_deep() else 15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    trades=st.lists(fills, min_size=1, max_size=10),
    happened=st.lists(actions, max_size=2),
    method=st.sampled_from(METHODS),
    shorting=st.booleans(),
)
def test_every_figure_evaluates(
    server: Server, trades: list[Json], happened: list[tuple[int, Json]], method: str, *, shorting: bool
) -> None:
    """Disposals, positions and totals, of trades and of corporate actions, under every cost method."""

    async def check() -> None:
        async with server.served.client() as client:
            headers = await register_and_log_in(client)
            ledger = await open_ledger(client, headers, costMethod=method, shorting=shorting)
            await ledger.bulk(trades)
            await _act(ledger, happened)
            await _explains_itself(ledger)

    server.portal.call(check)


async def _act(ledger: Ledger, happened: list[tuple[int, Json]]) -> None:
    known = await ledger.get("/instruments")
    for minute, terms in happened:
        leads_on = terms["kind"] in {"spin_off", "merger"}
        if leads_on and len(known) == 1:
            continue
        into = {"into": known[-1]["id"]} if leads_on else {}
        body = {"instrumentId": known[0]["id"], "effectiveAt": at(minute), "terms": terms | into}
        answer = await ledger.request("POST", "/corporate-actions", json=body)
        assert answer.status_code in {201, 409}, answer.text


async def _explains_itself(ledger: Ledger) -> None:
    for disposal in await ledger.get("/disposals"):
        explained = await ledger.get(f"/disposals/{disposal['id']}/explain")
        _agrees(explained["realised"], disposal["realised"])
        _agrees(explained["unmatchedProceeds"], disposal["unmatchedProceeds"])
    for position in await ledger.get("/positions"):
        explained = await ledger.get(f"/positions/{position['id']}/explain")
        _agrees(explained["quantity"], position["quantity"])
        _agrees(explained["openCost"], position["openCost"])
        _agrees(explained["unrealised"], position["mark"]["unrealised"])
    totals = {total["currency"]: total for total in await ledger.get("/pnl")}
    for explained in await ledger.get("/pnl/explain"):
        for name in ("realised", "unrealised"):
            _agrees(explained[name], totals[explained["currency"]][name][name])


def _agrees(tree: Json | None, shown: str | None) -> None:
    """A tree is true in all its parts and ends in what is shown; where there is none, nothing is shown."""
    if tree is None:
        assert shown in {None, "0"}
        return
    assert is_true(tree)
    assert tree["value"] == shown
