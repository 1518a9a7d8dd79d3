"""Executions a second of the lot engine, and of a bare deque-and-Decimal FIFO loop measured in the same run.

The bare loop only subtracts quantities and adds up price differences: no fees, no shorts, no records. It is
the floor that the machine sets today; the ratio is what carries over to other machines. Both are timed with
the garbage collector paused, as `timeit` does; the engine also with it running at its defaults, and as the
processes set it. Then every cost method on the same history, and on one that keeps 10,000 lots open: none may
melt. Run it with `python -m benchmarks.lots`, optionally with the number of executions.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.method import CostMethod
from domain.ledger.replay import replay
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.money import Currency
from entrypoints.collector import calm_collector

ROUNDS = 5
OPEN_LOTS = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = Terms(AccountId(UUID(int=1)), InstrumentId(UUID(int=2)), Currency("USD"), Decimal(1), can_short=True)


def history(count: int) -> list[Execution]:
    """Return as many random fills of up to 100 units with prices and fees in cents, in order of time."""
    chance = random.Random(2026)  # noqa: S311 - a repeatable history
    return [
        Execution(
            START + timedelta(seconds=number),
            0,
            TradeId(UUID(int=number)),
            chance.choice((Side.BUY, Side.SELL)),
            Decimal(chance.randint(1, 100)),
            Decimal(chance.randint(1_000, 99_999)).scaleb(-2),
            Decimal(chance.randint(1, 2_000)).scaleb(-2),
        )
        for number in range(count)
    ]


def bare(executions: Sequence[Execution]) -> Decimal:
    """Match first in, first out, with nothing around it."""
    lots = deque[tuple[Decimal, Decimal]]()
    realised = Decimal(0)
    for _, _, _, side, quantity, price, *_ in executions:
        if side is Side.BUY:
            lots.append((quantity, price))
            continue
        left = quantity
        while left and lots:
            held, opened = lots.popleft()
            if held > left:
                lots.appendleft((held - left, opened))
                held = left
            realised += held * (price - opened)
            left -= held
    return realised


def crowded(count: int, *, naming: bool) -> list[Execution]:
    """Return a history that opens 10,000 lots and then sells and buys by turns; sales may name any lot before them."""
    chance = random.Random(2027)  # noqa: S311 - a repeatable history
    made: list[Execution] = []
    for fill in history(count):
        number = len(made)
        is_sale = number >= OPEN_LOTS and number % 2 == 0
        named = (
            (LotSelection(TradeId(UUID(int=chance.randrange(number))), fill.quantity),) if naming and is_sale else ()
        )
        made.append(fill._replace(side=Side.SELL if is_sale else Side.BUY, selection=named))
    return made


def best(run: Callable[[], object], count: int, *, collecting: bool = False) -> float:
    """Return the executions a second of the fastest round."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        if not collecting:
            gc.disable()
        begun = time.perf_counter()
        result = run()
        fastest = min(fastest, time.perf_counter() - begun)
        # what is made is used in earnest, so letting go of it is not a part of making it
        del result
        gc.enable()
    return count / fastest


def main() -> None:
    """Measure all and print them side by side."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    executions = history(count)
    floor = best(lambda: bare(executions), count)

    def show(name: str, rate: float) -> None:
        print(f"  {name:<28}{rate:>12,.0f} executions/s   {rate / floor:.3f} of bare")

    print(f"lots: {count:,} executions, best of {ROUNDS}")
    show("bare deque loop", floor)
    show("lot engine", best(lambda: replay(TERMS, executions), count))
    show("  gc at its defaults", best(lambda: replay(TERMS, executions), count, collecting=True))
    calm_collector()
    show("  gc as the processes set it", best(lambda: replay(TERMS, executions), count, collecting=True))
    for method in CostMethod:
        terms = replace(TERMS, method=method)
        many = crowded(count, naming=method is CostMethod.SPECIFIC)
        show(f"{method.value}", best(partial(replay, terms, executions), count))
        show(f"  {OPEN_LOTS:,} lots open", best(partial(replay, terms, many), count))


if __name__ == "__main__":
    main()
