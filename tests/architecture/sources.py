"""The repository as the architecture rules see it: parsed modules, and the files that git tracks."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "application", "adapters", "entrypoints", "bootstrap.py")
CODE = (*LAYERS, "clients", "tests", "benchmarks")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its path below the root with forward slashes, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the bare name: `("domain", "ledger", "trade")`."""
        return PurePosixPath(self.path).with_suffix("").parts

    @property
    def name(self) -> str:
        """The bare name, without the ending."""
        return self.parts[-1]

    def at(self, node: ast.stmt | ast.expr | int, message: str) -> str:
        """Say that something is wrong at a node or a line."""
        line = node if isinstance(node, int) else node.lineno
        return f"{self.path}:{line}: {message}"


def parse(path: str, text: str) -> Module:
    """Return the module that this text would be at this path."""
    return Module(path, text, ast.parse(text, path))


@cache
def _read(file: Path) -> Module:
    return parse(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))


def modules(*places: str) -> list[Module]:
    """Return every Python module below these folders (or these files)."""
    starts = [ROOT / place for place in places]
    return [_read(file) for start in starts for file in sorted(start.rglob("*.py") if start.is_dir() else [start])]


def tracked_files(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Yield path and text of every text file that git tracks or would track; binary files are passed over."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        file = root / name
        try:
            yield name, file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def dotted(node: ast.expr) -> str:
    """Write a chain of names as it reads (`datetime.now`), or nothing if it is not such a chain."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else node.attr
    return ""


def imported_modules(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield every absolute module name that the tree imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node, node.module


def origins(tree: ast.Module) -> dict[str, str]:
    """Map each name imported by `from module import name` to its module."""
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }


def decorators(node: ast.ClassDef) -> dict[str, ast.expr]:
    """Map the name of each decorator, without its arguments, to its node."""
    return {
        dotted(item.func if isinstance(item, ast.Call) else item).rpartition(".")[2]: item
        for item in node.decorator_list
    }


def is_set(decorator: ast.expr, option: str) -> bool:
    """Say whether a decorator is called with `option=True`."""
    return isinstance(decorator, ast.Call) and any(
        word.arg == option and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in decorator.keywords
    )


def bases(node: ast.ClassDef) -> list[str]:
    """Return the names of the base classes, without type arguments."""
    return [dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]


def classes(tree: ast.Module) -> Iterable[ast.ClassDef]:
    """Return the classes at the module's top level."""
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def snake(name: str) -> str:
    """Write a class name as its module would be called: `RecordTrade` is `record_trade`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
