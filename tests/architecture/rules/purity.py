"""The core decides and computes; it never asks the system for time, chance, identity, files or the network."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.sources import Module, dotted, imported_modules

# Modules of statistics, where a float is the right kind of number; each converts in one named function.
STATISTICS: frozenset[str] = frozenset()

# their callers set it, since they compute in the innermost loops
IN_EXACT_CONTEXT = frozenset(f"domain/ledger/{name}.py" for name in ("book", "carrying", "lot_changes", "position"))

OWN = frozenset({"domain", "application"})
SYSTEM_MODULES = frozenset(
    {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}
)
SYSTEM_CALLS = frozenset(
    {
        "date.today",
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "input",
        "open",
        "print",
        "uuid.uuid1",
        "uuid.uuid4",
        "uuid1",
        "uuid4",
    }
)
NAIVE_CALLS = frozenset({"utcnow", "utcfromtimestamp"})
TZINFO_POSITION = {"datetime": 8, "datetime.datetime": 8, "datetime.combine": 3, "datetime.fromtimestamp": 2}


@rule(
    "domain",
    broken=[
        ("domain/ledger/planted.py", "RATE = 0.1\n"),
        ("domain/ledger/planted.py", "def ratio(text: str) -> object:\n    return float(text)\n"),
        ("domain/ledger/planted.py", "def ratio(value: float) -> None: ...\n"),
        ("domain/ledger/planted.py", "import math\n"),
    ],
    fine=[("domain/ledger/planted.py", "from decimal import Decimal\n\nRATE = Decimal('0.1')\n")],
)
def domain_has_no_floats(module: Module) -> Iterator[str]:
    """Money cannot lie: no float literal, type, conversion or `math` outside statistics."""
    if module.path in STATISTICS:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield module.at(node, f"float literal {node.value}")
        elif isinstance(node, ast.Name) and node.id in {"float", "complex"}:
            yield module.at(node, f"{node.id} in the domain")
    for statement, name in imported_modules(module.tree):
        if name.split(".")[0] in {"math", "statistics"}:
            yield module.at(statement, f"{name} works on floats")


@rule(
    "domain/ledger",
    "application/ledger",
    "adapters/ledger",
    "entrypoints/http/ledger",
    broken=[("domain/ledger/planted.py", "def size(units: Decimal) -> Decimal:\n    return abs(units)\n")],
    fine=[
        ("domain/ledger/planted.py", "def size(units: Decimal) -> Decimal:\n    return EXACT.abs(units)\n"),
        (
            "domain/ledger/planted.py",
            "def near(one: datetime, other: datetime) -> bool:\n    return abs(one - other) <= DAY\n",
        ),
        ("domain/ledger/position.py", "def size(units: Decimal) -> Decimal:\n    return abs(units)\n"),
    ],
)
def magnitudes_are_exact(module: Module) -> Iterator[str]:
    """`abs` rounds a decimal to the digits of the context it happens to run in, `EXACT.abs` never does."""
    if module.path in IN_EXACT_CONTEXT:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "abs":
            (of,) = node.args
            # spans of time, and places of digits
            is_span = isinstance(of, ast.BinOp)
            is_place = isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr == "adjusted"
            if not is_span and not is_place:
                yield module.at(node, "abs rounds to the digits of its context; use EXACT.abs")


@rule(
    "domain",
    broken=[
        ("domain/ledger/planted.py", "async def settle() -> None: ...\n"),
        ("domain/ledger/planted.py", "from collections.abc import Awaitable\n"),
    ],
)
def domain_is_synchronous(module: Module) -> Iterator[str]:
    """The domain computes and never waits."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
            yield module.at(node, "async in the domain")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name.startswith(("Async", "Await", "Coroutine")):
                    yield module.at(node, f"{alias.name} in the domain")


@rule(
    "domain",
    "application",
    broken=[
        ("domain/ledger/planted.py", "from sqlalchemy import text\n"),
        ("application/ledger/planted.py", "import yaml.loader\n"),
        ("application/ledger/planted.py", "def late() -> None:\n    import msgspec\n"),
        ("application/ledger/planted.py", "from adapters.ledger import tables\n"),
    ],
    fine=[("application/ledger/planted.py", "import hashlib\n\nfrom domain.shared import ids\n")],
)
def core_imports_standard_library_only(module: Module) -> Iterator[str]:
    """Domain and application import the standard library and each other, nothing else."""
    for statement, name in imported_modules(module.tree):
        top = name.split(".")[0]
        if top not in OWN and top not in sys.stdlib_module_names:
            yield module.at(statement, f"imports {name}")


@rule(
    "domain",
    "application",
    broken=[
        ("domain/ledger/planted.py", "from datetime import datetime\n\nNOW = datetime.now()\n"),
        ("domain/ledger/planted.py", "import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n"),
        ("application/ledger/planted.py", "from uuid import uuid4\n\nID = uuid4()\n"),
        ("application/ledger/planted.py", "import time\n"),
        ("application/ledger/planted.py", "import random\n"),
        ("application/ledger/planted.py", "from secrets import token_bytes\n"),
        ("application/ledger/planted.py", "from os import environ\n"),
        ("application/ledger/planted.py", "print('hello')\n"),
        ("domain/ledger/planted.py", "TEXT = open('file').read()\n"),
        ("domain/ledger/planted.py", ("from dataclasses import field\nfrom datetime import datetime\n\n"
         "WHEN = field(default_factory=datetime.now)\n")),
    ],
    fine=[
        ("domain/ledger/planted.py", "from datetime import datetime\n\nX = datetime.fromisoformat('2026-01-01Z')\n"),
        ("domain/ledger/planted.py", "class Bar:\n    open: Decimal\n"),
    ],
)  # fmt: skip  # the examples read better one to a line
def core_asks_the_system_nothing(module: Module) -> Iterator[str]:
    """Time, randomness, ids, environment and files come in as arguments or ports."""
    for statement, name in imported_modules(module.tree):
        if name.split(".")[0] in SYSTEM_MODULES:
            yield module.at(statement, f"imports {name}")
    for node in ast.walk(module.tree):
        # the name of a field, such as the open of a bar, calls nothing
        if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        if dotted(node) in SYSTEM_CALLS:
            yield module.at(node, f"{dotted(node)} asks the system")


@rule(
    "domain",
    "application",
    "adapters",
    "entrypoints",
    "bootstrap.py",
    broken=[
        ("adapters/ledger/planted.py", "from datetime import datetime\n\nX = datetime(2026, 1, 1)\n"),
        ("adapters/ledger/planted.py", "from datetime import datetime\n\nX = datetime(2026, 1, 1, tzinfo=None)\n"),
        ("adapters/ledger/planted.py", "from datetime import datetime\n\nX = datetime.utcnow()\n"),
        ("adapters/ledger/planted.py", "from datetime import datetime\n\nX = datetime.fromtimestamp(0)\n"),
        ("domain/ledger/planted.py", "from datetime import datetime\n\nX = datetime.combine(DAY, TIME)\n"),
    ],
    fine=[
        ("domain/ledger/planted.py", "from datetime import UTC, datetime\n\nX = datetime(2026, 1, 1, tzinfo=UTC)\n"),
        ("domain/ledger/planted.py", "from datetime import datetime\n\nX = datetime.combine(DAY, TIME, ZONE)\n"),
    ],
)
def times_have_a_zone(module: Module) -> Iterator[str]:
    """No constructor makes a time without a zone."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        if name.rpartition(".")[2] in NAIVE_CALLS:
            yield module.at(node, f"{name} makes a naive time")
        position = TZINFO_POSITION.get(name)
        if position is not None and len(node.args) < position:
            zones = [word.value for word in node.keywords if word.arg in {"tzinfo", "tz"}]
            if not zones or (isinstance(zones[0], ast.Constant) and zones[0].value is None):
                yield module.at(node, f"{name} without a time zone")


@rule(
    "adapters",
    "entrypoints",
    "clients",
    broken=[("adapters/platform/planted.py", "async def f(e):\n    await asyncio.wait_for(e.wait(), 1)\n")],
    fine=[
        (
            "adapters/platform/planted.py",
            "async def f(e):\n    async with asyncio.timeout(1):\n        await e.wait()\n",
        )
    ],
)
def cancellations_are_not_forgotten(module: Module) -> Iterator[str]:
    """Before Python 3.12 `asyncio.wait_for` forgets a cancellation where what it waits for ends at the same time."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in {"asyncio.wait_for", "wait_for"}:
            yield module.at(node, "wait_for may forget a cancellation; use asyncio.timeout")
