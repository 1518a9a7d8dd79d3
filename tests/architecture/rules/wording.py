"""Names and words: a module opens with why it exists, a name says what a thing is, an exception says why."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.sources import CODE, LAYERS, Module, dotted

VAGUE_MODULES = frozenset(
    {"base", "bases", "common", "helper", "helpers", "impl", "manager", "managers", "misc", "util", "utils"}
)
VAGUE_CLASS = re.compile(r"(Manager|Helper|Helpers|Impl|Service|Utils?)$|^(I|Base|Abstract)[A-Z][a-z]")
DIRECTIVE = re.compile(r"#\s*(type: ignore|pyright: ignore|noqa)\b(\[[^\]]*\]|:\s*[A-Z]+[0-9]+(\s*,\s*[A-Z]+[0-9]+)*)?")
WORDS = re.compile(r"[A-Za-z]{2,}")
OPEN_END = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!\(#[0-9]+\))")
FEWEST_WORDS = 2
UNFAIR = frozenset({"monkeypatch.setattr", "monkeypatch.delattr", "mock.patch", "mocker.patch", "pytest.skip"})
SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep"})


@rule(
    *CODE,
    broken=[("domain/ledger/planted.py", "X = 1\n"), ("tests/planted.py", "X = 1\n")],
    fine=[("domain/ledger/planted.py", '"""Why this exists."""\n')],
)
def a_module_opens_with_why_it_exists(module: Module) -> Iterator[str]:
    """Every module has a docstring."""
    if not ast.get_docstring(module.tree):
        yield module.at(1, "no docstring")


@rule(
    *LAYERS,
    broken=[
        ("adapters/ledger/utils.py", ""),
        ("adapters/common/clock.py", ""),
        ("domain/ledger/base.py", ""),
        ("adapters/ledger/planted.py", "class TradeManager: ...\n"),
        ("adapters/ledger/planted.py", "class TradeStoreImpl: ...\n"),
        ("adapters/ledger/planted.py", "class ITradeStore: ...\n"),
        ("adapters/ledger/planted.py", "class LedgerService: ...\n"),
        ("adapters/ledger/planted.py", "class BaseStore: ...\n"),
    ],
    fine=[
        ("domain/identity/planted.py", "class Identity: ...\n"),
        ("domain/ledger/planted.py", "class Import: ...\n"),
    ],
)
def names_say_what_a_thing_is(module: Module) -> Iterator[str]:
    """No drawer for odds and ends, no suffix that says nothing."""
    for part in module.parts:
        if part in VAGUE_MODULES:
            yield module.at(1, f"{part} says nothing about what is inside")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name):
            yield module.at(node, f"{node.name} says nothing about what it is")


def _comments(text: str) -> dict[int, str]:
    """Map each line to its comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _has_reason(comment: str) -> bool:
    return len(WORDS.findall(DIRECTIVE.sub("", comment))) >= FEWEST_WORDS


@rule(
    *CODE,
    broken=[
        ("adapters/ledger/planted.py", "x = call()  # type: ignore[arg-type]\n"),
        ("adapters/ledger/planted.py", "x = call()  # pyright: ignore[reportUnknownMemberType]\n"),
        ("adapters/ledger/planted.py", "x = call()  # noqa: S603\n"),
        ("adapters/ledger/planted.py", "x = call()  # noqa: S603, S607  # why\n"),
    ],
    fine=[
        ("adapters/ledger/planted.py", "x = call()  # noqa: S603  # the arguments are our own\n"),
        ("adapters/ledger/planted.py", "x = call()  # type: ignore[x]  # pyright: ignore[y]  # untyped library\n"),
    ],
)
def a_silenced_checker_says_why(module: Module) -> Iterator[str]:
    """A mark that silences a checker carries the reason on its line."""
    for line, comment in _comments(module.text).items():
        if DIRECTIVE.search(comment) and not _has_reason(comment):
            yield module.at(line, f"no reason beside {comment}")


@rule(
    *CODE,
    broken=[
        ("adapters/ledger/planted.py", "from typing import Any\n\ndef decode(raw: Any) -> str: ...\n"),
        ("adapters/ledger/planted.py", "import typing\n\nROWS: list[typing.Any] = []\n"),
        ("adapters/ledger/planted.py", "from typing import cast\n\nrow = cast(Row, raw)\n"),
    ],
    fine=[
        ("adapters/ledger/planted.py", "row = cast(Row, raw)  # the driver types rows as object\n"),
        ("adapters/ledger/planted.py", "from sqlalchemy import cast as sql_cast\n\nx = sql_cast(a, Numeric)\n"),
    ],
)
def an_unchecked_type_says_why(module: Module) -> Iterator[str]:
    """`Any` and `cast` carry the reason on their line or the one above."""
    comments = _comments(module.text)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            found = name if name in {"cast", "typing.cast"} else ""
        elif isinstance(node, ast.Name | ast.Attribute):
            name = dotted(node)
            found = name if name in {"Any", "typing.Any"} else ""
        else:
            continue
        if found and not any(_has_reason(comments.get(line, "")) for line in (node.lineno, node.lineno - 1)):
            yield module.at(node, f"{found} without a reason")


@rule(
    *CODE,
    broken=[("domain/ledger/planted.py", "# TO" + "DO: later\n"), ("domain/ledger/planted.py", "# FIX" + "ME\n")],
    fine=[("domain/ledger/planted.py", "# TO" + "DO(#12): dividends\n")],
)
def an_open_end_names_its_issue(module: Module) -> Iterator[str]:
    """What is left for later is an issue with a number."""
    for number, line in enumerate(module.text.splitlines(), start=1):
        if OPEN_END.search(line):
            yield module.at(number, "an open end without an issue")


@rule(
    "tests",
    broken=[
        (
            "tests/planted.py",
            "def test_x(monkeypatch: object) -> None:\n    monkeypatch.setattr(module, 'now', fake)\n",
        ),
        ("tests/planted.py", "from unittest import mock\n"),
        ("tests/planted.py", "import time\n\ntime.sleep(1)\n"),
        ("tests/planted.py", "for _ in range(3):\n    time.sleep(1)\n"),
        ("tests/planted.py", "await asyncio.sleep(1)\n"),
        ("tests/planted.py", "def test_x(caplog: object) -> None: ...\n"),
        ("tests/planted.py", "pytest.skip('not today')\n"),
    ],
    fine=[
        ("tests/planted.py", "monkeypatch.setenv('TAPEDECK_CONFIG', 'x')\n"),
        ("tests/planted.py", "while not holds():\n    time.sleep(0.02)\n"),
        ("tests/planted.py", "time.sleep(chance)  # the moment of the kill\n"),
        ("tests/planted.py", "await asyncio.sleep(0)\n"),
    ],
)
def tests_play_fair(module: Module) -> Iterator[str]:
    """No patched globals, no blind sleep, no assertion on log text, no silent skip.

    Asking again and again until something holds is no blind sleep, and a sleep of nothing only lets others run.
    """
    comments = _comments(module.text)
    polling = {
        id(inner)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.While)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in UNFAIR:
            yield module.at(node, dotted(node))
        elif isinstance(node, ast.ImportFrom) and node.module == "unittest":
            yield module.at(node, "unittest.mock patches globals; write a fake")
        elif isinstance(node, ast.arg) and node.arg in {"caplog", "mocker"}:
            yield module.at(node.lineno, node.arg)
        elif isinstance(node, ast.Call) and dotted(node.func) in SLEEPS and id(node) not in polling:
            nothing = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not nothing and not _has_reason(comments.get(node.lineno, "")):
                yield module.at(node, "a blind sleep")
