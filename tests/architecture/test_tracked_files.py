"""What holds for the files of the repository beyond single modules: no traces, capabilities found, ADRs enforced."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from tests.architecture.rules.files import machine_traces
from tests.architecture.sources import ROOT, tracked_files

CAPABILITIES = frozenset(
    {
        "alerts",
        "analysis",
        "analytics",
        "assistant",
        "brokerage",
        "compliance",
        "identity",
        "ledger",
        "market_data",
        "notifications",
        "portfolio",
        "strategy",
    }
)
FOUNDATIONS = {"domain": {"shared"}, "application": {"shared"}, "adapters": {"platform"}}
ENFORCED_BY = re.compile(r"^Enforced by:? ((?:.+\n?)+)", flags=re.MULTILINE)
FILE_NAME = re.compile(r"`([\w./-]+)`")


def test_tracked_files_hold_no_trace_of_a_machine() -> None:
    """No tracked file names a path or a package index of the machine it was written on."""
    assert [finding for path, text in tracked_files() for finding in machine_traces(path, text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "DATA = '/ho" + "me/ann/data'",
        "cd /wo" + "rk/main",
        "see /tm" + "p/notes.txt",
        "--index-" + "url https://example.com/sim" + "ple",
        "https://files.python" + "hosted.org/x.whl",
    ],
)
def test_a_planted_trace_is_found(line: str) -> None:
    """Each kind of trace is seen."""
    assert list(machine_traces("planted.txt", f"fine\n{line}\n")) != []


@pytest.mark.parametrize(
    "line",
    ["$HO" + "ME/data", "./wo" + "rk/x", "https://example.com/ho" + "me/page", "~/ro" + "ot/x", "/api/v1/trades"],
)
def test_a_harmless_path_is_left_alone(line: str) -> None:
    """Paths that mean the same on every machine are no trace."""
    assert list(machine_traces("planted.txt", line)) == []


def lost_capabilities(folders: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A capability has the same name in every layer, and no layer has a drawer of another kind."""
    named = {layer: set(found) - FOUNDATIONS.get(layer, set()) for layer, found in folders.items()}
    for capability in sorted({name for found in named.values() for name in found}):
        if capability not in CAPABILITIES:
            yield f"{capability} is no capability of the design"
        for layer, found in named.items():
            if capability not in found:
                yield f"{capability} is missing in {layer}"


def _packages(folder: Path) -> set[str]:
    return {init.parent.name for init in folder.glob("*/__init__.py")}


def test_a_capability_is_found_in_every_layer() -> None:
    """Whoever looks for a capability lists one name in four folders and is there."""
    folders = {layer: _packages(ROOT / layer) for layer in ("domain", "application", "adapters")}
    folders["entrypoints/http"] = _packages(ROOT / "entrypoints" / "http")
    assert list(lost_capabilities(folders)) == []


@pytest.mark.parametrize(
    "folders",
    [
        {"domain": {"shared", "ledger"}, "adapters": {"platform"}},
        {"domain": {"gadgets"}, "adapters": {"gadgets"}},
        {"domain": {"ledger", "shared"}, "adapters": {"ledger", "shared"}},
    ],
)
def test_a_lost_capability_is_found(folders: dict[str, set[str]]) -> None:
    """A layer without the capability, an unknown name and a second foundation are all seen."""
    assert list(lost_capabilities(folders)) != []


def unenforced(path: str, text: str, root: Path) -> Iterator[str]:
    """A decision names the file that keeps it: a line `Enforced by` with names of files that exist."""
    lines = ENFORCED_BY.findall(text)
    count = text.count("Enforced by")
    if count != 1:
        yield f"{path}: 'Enforced by' stands {count} times, expected once"
    for line in lines:
        files = FILE_NAME.findall(line)
        if not files:
            yield f"{path}: no file named in 'Enforced by'"
        for file in files:
            if not (root / file).exists():
                yield f"{path}: {file} does not exist"


def _decisions() -> list[Path]:
    return sorted((ROOT / "docs" / "adr").glob("*.md"))


def test_every_decision_is_enforced() -> None:
    """Each page of docs/adr names the existing file that enforces it."""
    pages = _decisions()
    assert pages != []
    findings = [unenforced(page.name, page.read_text(encoding="utf-8"), ROOT) for page in pages]
    assert [finding for found in findings for finding in found] == []


@pytest.mark.parametrize(
    "text",
    [
        "# A decision\n",
        "Enforced by hope\n",
        "Enforced by: `tests/missing.py`\n",
        "Enforced by: `a`\nEnforced by: `a`\n",
    ],
)
def test_an_unenforced_decision_is_found(text: str, tmp_path: Path) -> None:
    """A page without the line, without a file, with a missing file or with two lines is seen."""
    (tmp_path / "a").touch()
    assert list(unenforced("planted.md", text, tmp_path)) != []


def test_decisions_are_numbered_once() -> None:
    """A number names one decision, for ever."""
    names = [page.name for page in _decisions()]
    assert all(re.fullmatch(r"[0-9]{4}-[a-z0-9-]+\.md", name) for name in names), names
    assert len({name[:4] for name in names}) == len(names)
