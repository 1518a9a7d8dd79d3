"""Size is a smell: what grows past these lines is looked at, and either split or listed here with the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.sources import CODE, Module

CORE_LINES = 250
OTHER_LINES = 400
FUNCTION_LINES = 60

# path: the reason why it may be longer
LONG_MODULES = {
    "adapters/platform/migrations/versions/0003_ledger.py": "one revision, a column to a line",
    "application/ledger/views.py": "data only: what reads answer, field by field",
    "domain/ledger/figures.py": "the trees share their branches, so that all say the same of a fee",
}
# (path, function): the reason why it may be longer
LONG_FUNCTIONS = {
    ("adapters/platform/migrations/versions/0003_ledger.py", "_create_disposals"): "a column to a line",
    ("adapters/platform/migrations/versions/0003_ledger.py", "_create_trades"): "a column to a line",
}


@rule(
    *CODE,
    broken=[
        ("domain/ledger/planted.py", "X = 1\n" * (CORE_LINES + 1)),
        ("application/ledger/planted.py", "X = 1\n" * (CORE_LINES + 1)),
        ("adapters/ledger/planted.py", "X = 1\n" * (OTHER_LINES + 1)),
        ("tests/planted.py", "X = 1\n" * (OTHER_LINES + 1)),
    ],
    fine=[("adapters/ledger/planted.py", "X = 1\n" * (CORE_LINES + 1))],
)
def modules_are_short(module: Module) -> Iterator[str]:
    """At most 250 lines in the core and 400 elsewhere."""
    longest = CORE_LINES if module.parts[0] in {"domain", "application"} else OTHER_LINES
    lines = module.text.count("\n")
    if lines > longest and module.path not in LONG_MODULES:
        yield module.at(lines, f"{lines} lines, at most {longest}")


@rule(
    *CODE,
    broken=[("adapters/ledger/planted.py", "def long() -> None:\n" + "    call()\n" * FUNCTION_LINES)],
    fine=[("adapters/ledger/planted.py", "def short() -> None:\n" + "    call()\n" * (FUNCTION_LINES - 1))],
)
def functions_are_short(module: Module) -> Iterator[str]:
    """At most 60 lines, signature and docstring included."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES and (module.path, node.name) not in LONG_FUNCTIONS:
                yield module.at(node, f"{node.name} has {lines} lines, at most {FUNCTION_LINES}")
