"""The shapes that the layers are made of: slotted data, one verb per module, final adapters, name identity."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.sources import Module, bases, classes, decorators, is_set, origins, snake

USE_CASE = (
    "from dataclasses import dataclass\n\n@dataclass(frozen=True, slots=True)\nclass VoidTrade:\n"
    "    async def __call__(self, actor: Actor, command: Command) -> None: ...\n"
)

# path: why the use case takes no actor first
NO_ACTOR = {
    "application/identity/authenticate.py": "finds out who it is",
    "application/identity/log_in.py": "nobody is known yet",
    "application/identity/open_stream.py": "finds out who it is",
    "application/identity/purge_sessions.py": "a chore of the system, for no organisation",
    "application/identity/recheck_streams.py": "looks at many at once, for the system",
    "application/identity/redeem_stream_ticket.py": "finds out who it is",
    "application/identity/refresh_session.py": "nobody is known yet",
    "application/identity/register.py": "nobody is known yet",
}
# path: why a class with a verb in this module is no use case
SHARED_STEPS = {
    "application/identity/signed_in.py": "registering, signing in and refreshing end with the same pair of tokens",
}

# (path, class): why it is not final
MEANT_FOR_EXTENSION = {
    ("adapters/platform/database/unit_of_work.py", "SqlUnitOfWork"): "each capability adds its stores",
}


@rule(
    "domain",
    "application",
    broken=[
        ("domain/ledger/planted.py", "@dataclass\nclass Lot:\n    quantity: int\n"),
        ("domain/ledger/planted.py", "@dataclass(frozen=True)\nclass Lot:\n    quantity: int\n"),
        ("application/ledger/planted.py", "@dataclasses.dataclass(slots=False)\nclass Command:\n    reason: str\n"),
    ],
    fine=[("domain/ledger/planted.py", "@dataclass(frozen=True, slots=True)\nclass Lot:\n    quantity: int\n")],
)
def core_dataclasses_are_slotted(module: Module) -> Iterator[str]:
    """A misspelt attribute is an error, not a new attribute."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            mark = decorators(node).get("dataclass")
            if mark is not None and not is_set(mark, "slots"):
                yield module.at(node, f"{node.name} has no slots")


def _verbs(module: Module) -> Iterator[tuple[ast.ClassDef, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for owner in classes(module.tree):
        if "Protocol" not in bases(owner):
            for item in owner.body:
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == "__call__":
                    yield owner, item


@rule(
    "application",
    broken=[
        ("application/ledger/void_trade.py", USE_CASE + USE_CASE.replace("VoidTrade", "AmendTrade")),
        ("application/ledger/cancel.py", USE_CASE),
        ("application/ledger/void_trade.py", USE_CASE.replace("frozen=True, ", "")),
        ("application/ledger/void_trade.py", USE_CASE.replace("async def", "def")),
        ("application/ledger/void_trade.py", USE_CASE.replace("actor: Actor, ", "")),
        ("application/ledger/void_trade.py", "async def void_trade(actor: Actor) -> None: ...\n"),
    ],
    fine=[
        ("application/ledger/void_trade.py", USE_CASE),
        ("application/ledger/ports.py", "class Price(Protocol):\n    def __call__(self, at: date) -> int: ...\n"),
        ("application/ledger/react.py", USE_CASE.replace("VoidTrade", "React").replace("actor: Actor", "delivery: D")),
    ],
)
def a_use_case_is_one_module(module: Module) -> Iterator[str]:
    """One frozen, slotted dataclass named like its module; its verb is async and takes the actor first."""
    if module.parts[1] != "shared":
        for node in module.tree.body:
            if isinstance(node, ast.AsyncFunctionDef) and any(item.arg == "actor" for item in node.args.args):
                yield module.at(node, f"{node.name} is a verb outside a use-case class")
    verbs = [] if module.path in SHARED_STEPS else list(_verbs(module))
    for owner, _ in verbs[1:]:
        yield module.at(owner, f"{owner.name} is a second use case in this module")
    for owner, verb in verbs:
        mark = decorators(owner).get("dataclass")
        if mark is None or not is_set(mark, "frozen"):
            yield module.at(owner, f"{owner.name} is not a frozen dataclass")
        if snake(owner.name) != module.name:
            yield module.at(owner, f"{owner.name} is not what the module {module.name} is named for")
        if not isinstance(verb, ast.AsyncFunctionDef):
            yield module.at(verb, f"{owner.name} is not async")
        first = [argument.arg for argument in verb.args.args[1:2]]
        if first not in (["actor"], ["delivery"]) and module.path not in NO_ACTOR:
            yield module.at(verb, f"{owner.name} does not take the actor first")


@rule(
    "adapters",
    broken=[
        ("adapters/ledger/planted.py", "from application.ledger.ports import Trades\n\nclass SqlTrades(Trades): ...\n"),
        ("adapters/ledger/planted.py", "class SqlTrades: ...\n"),
    ],
    fine=[
        (
            "adapters/ledger/planted.py",
            "from application.ledger.ports import Trades\n\n@final\nclass SqlTrades(Trades): ...\n\nclass _Row: ...\n",
        ),
        ("adapters/ledger/planted.py", "@dataclass(frozen=True)\nclass Window:\n    days: int\n"),
        ("adapters/ledger/planted.py", "@final\n@dataclass(frozen=True)\nclass SqlTrades(Trades): ...\n"),
    ],
)
def adapters_are_final(module: Module) -> Iterator[str]:
    """Nobody inherits half an adapter; that the wired ones fulfil a port is seen in test_wiring.py."""
    imported = origins(module.tree)
    for node in classes(module.tree):
        marks = decorators(node)
        adapter = any(imported.get(base, "").startswith("application.") for base in bases(node))
        plain = not bases(node) and not node.name.startswith("_") and "dataclass" not in marks
        if (adapter or plain) and "final" not in marks and (module.path, node.name) not in MEANT_FOR_EXTENSION:
            yield module.at(node, f"{node.name} is not final")


@rule(
    "adapters",
    "bootstrap.py",
    broken=[
        (
            "adapters/ledger/wiring.py",
            (
                "from application.ledger.void_trade import VoidTrade\n\nclass LedgerContainer(DeclarativeContainer):\n"
                "    cancel_trade = providers.Factory(VoidTrade)\n"
            ),
        ),
        (
            "adapters/ledger/wiring.py",
            (
                "from application.ledger.trades import VoidTrade\n\nclass LedgerContainer(DeclarativeContainer):\n"
                "    void_trade = providers.Factory(VoidTrade)\n"
            ),
        ),
    ],
    fine=[
        (
            "adapters/ledger/wiring.py",
            (
                "from application.ledger.void_trade import VoidTrade\n\nclass LedgerContainer(DeclarativeContainer):\n"
                "    void_trade = providers.Factory(VoidTrade)\n    stores = providers.Singleton(open_stores)\n"
            ),
        ),
    ],
)
def providers_are_named_like_their_use_case(module: Module) -> Iterator[str]:
    """Module, provider and class carry one name, so that a handler's parameter finds its use case."""
    imported = origins(module.tree)
    for container in classes(module.tree):
        for item in container.body:
            if not isinstance(item, ast.Assign | ast.AnnAssign) or not isinstance(item.value, ast.Call):
                continue
            target = item.targets[0] if isinstance(item, ast.Assign) else item.target
            made = item.value.args[0] if item.value.args else None
            if not isinstance(target, ast.Name) or not isinstance(made, ast.Name):
                continue
            source = imported.get(made.id, "")
            if source.startswith("application.") and not source.startswith("application.shared."):
                names = {target.id, snake(made.id), source.rpartition(".")[2]}
                if len(names) > 1:
                    yield module.at(item, f"one thing under several names: {', '.join(sorted(names))}")


@rule(
    "bootstrap.py",
    broken=[
        ("bootstrap.py", "def build(settings: Settings) -> App:\n    if settings.fast:\n        return App()\n"),
        ("bootstrap.py", "URL = A if B else C\n"),
        ("bootstrap.py", "def build(x: object) -> None:\n    match x:\n        case 1: ...\n"),
        ("bootstrap.py", "QUERY = 'SELECT 1 FROM trades'\n"),
        ("bootstrap.py", "from sqlalchemy import text\n"),
        ("bootstrap.py", "# a line\n" * 151),
    ],
)
def bootstrap_is_plumbing(module: Module) -> Iterator[str]:
    """Settings in, App out: no branches, no SQL, at most 150 lines."""
    longest = 150
    lines = module.text.count("\n")
    if lines > longest:
        yield module.at(lines, f"{lines} lines, at most {longest}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.If | ast.IfExp | ast.Match | ast.While):
            yield module.at(node, "a branch")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.upper().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ")):
                yield module.at(node, "SQL")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"sqlalchemy", "psycopg"}:
            yield module.at(node, f"imports {node.module}")
