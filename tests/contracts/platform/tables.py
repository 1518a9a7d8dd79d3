"""Finds every table there is, so that no suite has a list to keep."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import adapters


def load_tables() -> None:
    """Import every module that declares tables: those called `tables`, `..._tables` or `..._table`."""
    for module in pkgutil.walk_packages(adapters.__path__, "adapters."):
        if module.name.endswith((".tables", "_tables", "_table")):
            import_module(module.name)
