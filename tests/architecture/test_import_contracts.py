"""The import contracts of pyproject.toml: kept by the code, and each broken by an import planted against it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

CONTRACTS = {
    str(contract["id"]): str(contract["name"])
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}

# contract id, path of the planted module, what it imports
PLANTED = [
    ("layers", "domain/ledger/planted.py", "import application.ledger.whole"),
    ("layers", "domain/ledger/planted.py", "import adapters.ledger.whole"),
    ("layers", "application/ledger/planted.py", "import adapters.ledger.whole"),
    ("layers", "application/ledger/planted.py", "import entrypoints.http.whole"),
    ("layers", "adapters/ledger/planted.py", "import entrypoints.http.whole"),
    ("layers", "entrypoints/http/planted.py", "import adapters.ledger.whole"),
    ("layers", "entrypoints/cli/planted.py", "def late():\n    import adapters.ledger.whole"),
    ("bootstrap-on-top", "adapters/ledger/planted.py", "import bootstrap"),
    ("bootstrap-on-top", "application/ledger/planted.py", "from bootstrap import App"),
    ("bootstrap-on-top", "domain/ledger/planted.py", "import bootstrap"),
    ("pure-core", "domain/ledger/planted.py", "import msgspec"),
    ("pure-core", "application/ledger/planted.py", "from sqlalchemy import text"),
    ("pure-core", "application/shared/planted.py", "import dependency_injector.containers"),
    ("application-capabilities", "application/ledger/planted.py", "import application.identity.whole"),
    ("application-capabilities", "application/shared/planted.py", "import application.ledger.whole"),
    ("application-capabilities", "application/gadgets/__init__.py", ""),
    ("domain-shared-lowest", "domain/shared/planted.py", "import domain.ledger.whole"),
    ("domain-shared-lowest", "domain/gadgets/__init__.py", ""),
    (
        "domain-acyclic",
        "domain/ledger/planted.py",
        "import domain.identity.circle",
        "domain/identity/circle.py",
        "import domain.ledger.planted",
    ),
    ("container-in-wiring", "adapters/ledger/planted.py", "from dependency_injector import providers"),
    ("container-in-wiring", "entrypoints/http/planted.py", "import dependency_injector.wiring"),
    ("sql-in-adapters", "entrypoints/cli/planted.py", "import psycopg"),
    ("sql-in-adapters", "entrypoints/http/planted.py", "from sqlalchemy.ext.asyncio import AsyncEngine"),
    ("calls-have-a-policy", "adapters/ledger/planted.py", "import httpx"),
    ("calls-have-a-policy", "adapters/market_data/planted.py", "from websockets.asyncio.client import connect"),
    ("calls-have-a-policy", "entrypoints/http/planted.py", "from tenacity import retry"),
    ("litestar-in-http", "entrypoints/cli/planted.py", "import litestar"),
    ("telemetry-in-adapters", "entrypoints/http/planted.py", "from opentelemetry import trace"),
    ("telemetry-in-adapters", "adapters/ledger/planted.py", "import prometheus_client"),
    ("litestar-in-http", "adapters/ledger/planted.py", "from litestar.exceptions import HTTPException"),
    ("client-apart", "clients/python/tapedeck_client/planted.py", "import domain.ledger.whole"),
    ("client-apart", "clients/python/tapedeck_client/planted.py", "import entrypoints.cli.whole"),
    ("client-apart", "clients/python/tapedeck_client/planted.py", "from bootstrap import App"),
    ("client-in-cli", "entrypoints/http/planted.py", "import tapedeck_client.whole"),
    ("client-in-cli", "adapters/ledger/planted.py", "import tapedeck_client.whole"),
]
# The least of a tree in which every contract has something to say and all are kept.
SKELETON = {
    "bootstrap.py": "import adapters.ledger.wiring",
    "domain/ledger/whole.py": "import decimal",
    "application/ledger/whole.py": "import domain.ledger.whole",
    "application/identity/whole.py": "",
    "adapters/ledger/whole.py": "import application.ledger.whole\nimport alembic, psycopg, sqlalchemy",
    "adapters/platform/whole.py": "import httpcore, httpx, pybreaker, tenacity, websockets",
    "adapters/ledger/wiring.py": "import dependency_injector.containers\nimport adapters.ledger.whole",
    "adapters/platform/telemetry/whole.py": "import opentelemetry, prometheus_client",
    "entrypoints/http/whole.py": "import litestar, bootstrap",
    "entrypoints/cli/whole.py": "import entrypoints.http.whole, tapedeck_client.whole",
    "clients/python/tapedeck_client/whole.py": "import httpx",
}


def lint(folder: Path, cache: Path) -> tuple[dict[str, str], str]:
    """Run import-linter in a folder and return what it says of each contract, and all that it says."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    places = os.pathsep.join((str(folder), str(folder / "clients" / "python")))
    environment = {**os.environ, "PYTHONPATH": places, "COLUMNS": "250", "NO_COLOR": "1"}
    done = subprocess.run(
        [*command, "--cache-dir", str(cache), "--no-logo"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", output, flags=re.MULTILINE))
    return verdicts, output


def grow(folder: Path, files: dict[str, str]) -> None:
    """Write the skeleton of every package and these files."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for layer in ("domain", "application", "adapters", "entrypoints", "clients"):
        for init in (ROOT / layer).glob("**/__init__.py"):
            target = folder / init.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


def test_the_code_keeps_every_contract(tmp_path: Path) -> None:
    """Every contract is known to the linter and kept."""
    verdicts, output = lint(ROOT, tmp_path)
    assert verdicts == dict.fromkeys(CONTRACTS.values(), "KEPT"), output


def test_the_skeleton_keeps_every_contract(tmp_path: Path) -> None:
    """The plants below break what is whole without them."""
    grow(tmp_path, SKELETON)
    verdicts, output = lint(tmp_path, tmp_path / "cache")
    assert verdicts == dict.fromkeys(CONTRACTS.values(), "KEPT"), output


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: f"{plant[0]}-{plant[1].split('/')[0]}")
def test_a_planted_import_breaks_its_contract(plant: tuple[str, ...], tmp_path: Path) -> None:
    """The contract that forbids the import is broken by it."""
    contract, *files = plant
    grow(tmp_path, SKELETON | dict(zip(files[::2], files[1::2], strict=True)))
    verdicts, output = lint(tmp_path, tmp_path / "cache")
    assert verdicts.get(CONTRACTS[contract]) == "BROKEN", output


def test_every_contract_has_a_plant() -> None:
    """No contract goes unproven."""
    assert {plant[0] for plant in PLANTED} == set(CONTRACTS)
