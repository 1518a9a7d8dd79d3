"""Whatever was traded in whichever currency, converted figures are those of a naive count with fractions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.ledger.rates.ecb import bundled_history
from bootstrap import build
from domain.shared.money import plain
from entrypoints.http.app import create_app
from tests.domain.ledger.histories import prices, quantities
from tests.journeys.explained import is_true
from tests.journeys.ledger_api import Json, Ledger, open_ledger
from tests.profiles import is_deep
from tests.served import Served, register_and_log_in, settings_for

ZONE = "America/New_York"
FIRST = datetime(2024, 3, 25, 1, 30, tzinfo=ZoneInfo("UTC"))
CODES = ("EUR", "USD", "GBP", "JPY", "USDT")


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


@cache
def published() -> dict[date, dict[str, str]]:
    """What a euro was, by day, read without a line of the product's own reading."""
    rows = csv.DictReader(io.StringIO(bundled_history().decode()))
    return {date.fromisoformat(row["Date"]): {"EUR": "1", **row} for row in rows if row["Date"].startswith("2024")}


# Easter of 2024: four days without rates; hours around midnight in New York and in UTC
fills = st.fixed_dictionaries(
    {
        "instrument": st.sampled_from(
            [
                {"symbol": code, "exchange": "TEST", "segment": "equity", "currency": code}
                for code in (*CODES, "EUR", "GBP")
            ]
        ),
        "side": st.sampled_from(["buy", "sell"]),
        "quantity": st.builds(plain, quantities),
        "price": st.builds(plain, prices),
        "executedAt": st.integers(0, 60).map(lambda hours: (FIRST + timedelta(hours=7 * hours)).isoformat()),
        "fees": st.fixed_dictionaries({"brokerage": st.sampled_from(["0", "1", "0.07", "3.333333333333333333"])}),
    }
)


@settings(max_examples=200 if is_deep() else 15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    trades=st.lists(fills, min_size=1, max_size=12),
    quote=st.sampled_from(["USD", "EUR", "GBP", "account"]),
    method=st.sampled_from(["fifo", "lifo", "hifo", "average"]),
    shorting=st.booleans(),
)
def test_converted_figures_are_those_of_a_naive_count(
    server: Server,
    trades: list[Json],
    quote: str,
    method: str,
    *,
    shorting: bool,
) -> None:
    """Match by match and lot by lot, at the last published rate; and each explains itself."""

    async def check() -> None:
        async with server.served.client() as client:
            headers = await register_and_log_in(client)
            ledger = await open_ledger(
                client, headers, currency="JPY", timeZone=ZONE, costMethod=method, shorting=shorting
            )
            await ledger.bulk(trades)
            told = "JPY" if quote == "account" else quote
            # what an average cost of many lots is per lot, is told to 18 places
            tolerance = Fraction(1, 10**12) if method == "average" else Fraction(0)
            await _compare(ledger, quote, await _count(ledger, Naive(told)), tolerance)

    server.portal.call(check)


@dataclass(slots=True)
class Naive:
    """Adds up one by one."""

    quote: str
    realised: dict[str, Fraction] = field(default_factory=dict[str, Fraction])
    unrealised: dict[str, Fraction] = field(default_factory=dict[str, Fraction])
    apart: dict[str, Fraction] = field(default_factory=dict[str, Fraction])

    def rate(self, base: str, at: str) -> Fraction | None:
        """The last rate of the seven days before that day in New York, to 18 places."""
        if base == self.quote:
            return Fraction(1)
        day = datetime.fromisoformat(at).astimezone(ZoneInfo(ZONE)).date()
        for age in range(8):
            quoted = published().get(day - timedelta(days=age))
            if quoted is not None and base in quoted:
                exact = Fraction(quoted[self.quote]) / Fraction(quoted[base])
                return Fraction(round(exact * 10**18), 10**18)
        return None

    def add(self, sums: dict[str, Fraction], base: str, flows: list[tuple[Fraction, str]]) -> None:
        """Count amounts at the rates of their instants; all of them or none."""
        rates = [self.rate(base, at) for _, at in flows]
        known = [rate for rate in rates if rate is not None]
        if len(known) < len(rates):
            self.apart[base] = self.apart.get(base, Fraction(0)) + sum(amount for amount, _ in flows)
            return
        told = sum((amount * rate for (amount, _), rate in zip(flows, known, strict=True)), Fraction(0))
        sums[base] = sums.get(base, Fraction(0)) + told


async def _count(ledger: Ledger, naive: Naive) -> Naive:
    for disposal in await ledger.get("/disposals"):
        currency = disposal["instrument"]["currency"]
        for match in disposal["matches"]:
            opened, closed = match["openedAt"], disposal["closedAt"]
            received, paid = (closed, opened) if disposal["direction"] == "long" else (opened, closed)
            flows = [(Fraction(match["proceeds"]), received), (-Fraction(match["cost"]), paid)]
            naive.add(naive.realised, currency, flows)
    lots = await ledger.get("/lots")
    for position in await ledger.get("/positions"):
        currency, mark = position["instrument"]["currency"], position["mark"]
        flows = [(Fraction(mark["marketValue"]), mark["asOf"])]
        left = Fraction(position["openCost"])
        own = [lot for lot in lots if lot["instrument"]["id"] == position["instrument"]["id"]]
        for number, lot in enumerate(sorted(own, key=lambda each: str(each["openedAt"])), start=1):
            cost = left if number == len(own) else Fraction(lot["leftCost"])
            left -= cost
            if cost:
                flows.append((-cost, lot["openedAt"]))
        naive.add(naive.unrealised, currency, flows)
    return naive


async def _compare(ledger: Ledger, quote: str, naive: Naive, tolerance: Fraction) -> None:
    explained = {each["currency"]: each["converted"] for each in await ledger.get("/pnl/explain", currency=quote)}
    for body in await ledger.get("/pnl", currency=quote):
        base = body["currency"]
        if not body["converted"]:
            assert (naive.realised.get(base, 0), naive.unrealised.get(base, 0)) == (0, 0)
            continue
        (told,), (trees,) = body["converted"], explained[base]
        apart = Fraction(0)
        for part, counted in (("realised", naive.realised), ("unrealised", naive.unrealised)):
            figures = told[part]
            amount = Fraction(figures["amount"])
            assert amount == Fraction(figures["priceEffect"]) + Fraction(figures["currencyEffect"])
            assert abs(amount - counted.get(base, Fraction(0))) <= tolerance
            apart += sum((Fraction(each["gain"]) for each in figures["unconverted"]), Fraction(0))
            for effect in ("amount", "priceEffect", "currencyEffect"):
                assert is_true(trees[part][effect])
                assert trees[part][effect]["value"] == figures[effect]
        assert apart == naive.apart.get(base, Fraction(0))
