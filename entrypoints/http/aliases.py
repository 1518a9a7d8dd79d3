"""Other ways to ask for the same: paths that people know from elsewhere, each standing for a canonical one.

They are put in order before routing, so that an alias has the same checks, limits and answers as what it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from litestar.types import HTTPScope

_IN_PATH: Final = "{symbol}"
_SYMBOL: Final = "symbol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A path, with the `action` of its query that chooses among its meanings, and what it stands for.

    The symbol is taken from path or query, and other parameters are kept; `words` are values that are spelled
    otherwise in the canonical query. `several` is the path for symbols with commas between them.
    """

    path: str
    action: str | None = None
    canonical: str
    several: str
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


@final
class Aliases:
    """The aliases below a prefix; `apart` are last parts of paths that are no symbols."""

    def __init__(self, prefix: str, table: Sequence[Alias], apart: frozenset[str] = frozenset()) -> None:
        self._prefix = prefix
        self._table = table
        self._apart = apart
        self._roots = tuple(prefix + alias.path.partition(_IN_PATH)[0] for alias in table)

    def put_in_order(self, scope: HTTPScope) -> None:
        """Let the request ask for what its path stands for, if that is an alias."""
        path = scope["path"]
        if scope["method"] not in {"GET", "HEAD"} or not path.startswith(self._roots):
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        action = dict(query).get("action")
        for alias in self._table:
            symbol = self._symbol(alias, path, query)
            if symbol is not None and alias.action == action:
                kept = [(name, alias.words.get(name, {}).get(value, value)) for name, value in query]
                taken = {"action"} if _IN_PATH in alias.path else {"action", _SYMBOL}
                self._rewrite(scope, alias, symbol, [pair for pair in kept if pair[0] not in taken])
                return

    def _symbol(self, alias: Alias, path: str, query: Sequence[tuple[str, str]]) -> str | None:
        """Return the symbol that the path or its query names, None if this is another path."""
        before, placed, after = (self._prefix + alias.path).partition(_IN_PATH)
        if not placed:
            return dict(query).get(_SYMBOL) if path == before else None
        symbol = path.removeprefix(before).removesuffix(after)
        is_it = path == before + symbol + after and symbol and "/" not in symbol
        return symbol if is_it and symbol not in self._apart else None

    def _rewrite(self, scope: HTTPScope, alias: Alias, symbol: str, query: Sequence[tuple[str, str]]) -> None:
        path = alias.canonical.replace(_IN_PATH, quote(symbol, safe=""))
        if "," in symbol:
            path, query = alias.several, [*query, ("symbols", symbol)]
        target = self._prefix + path
        scope["path"], scope["raw_path"] = unquote(target), target.encode("ascii")
        scope["query_string"] = urlencode(query).encode("ascii")
