"""Keeps out of the logs what must not be there: secrets, and what users entered.

An error is told as its kind and the places it passed. Its words are told only where they cannot quote anybody: a
database, a parser and we ourselves repeat the value that was wrong.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Final, TypeAlias, cast

from structlog.typing import EventDict, WrappedLogger

_MASK: Final = "***"
_SECRET_NAME: Final = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|cookie|authorization|api_?key|private_?key|credential|signature",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"""
    (?P<scheme>\b(?:bearer|basic)\s+)[^\s"',]+
    | (?P<user>://[^\s/:@]*:)[^\s/@]+(?=@)
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*
    | (?P<name>\b[\w-]*(?:password|passwd|secret|token|api_?key|signature|cookie)["']?\s*[=:]\s*["']?)[^\s"'&,;)}]+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# ours, and there is nothing in them; every request has them
_HARMLESS: Final = frozenset(
    {"level", "logger", "timestamp", "request_id", "trace_id", "method", "path", "status", "milliseconds", "event_id"}
)
_QUOTES_NOBODY: Final = (AttributeError, ImportError, MemoryError, NameError, OSError, RuntimeError, TypeError)
_DEEPEST: Final = 6
# what went wrong with much data may well quote it
_LONGEST_WORDS: Final = 1_000
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]


def masked(text: str) -> str:
    """Return the text with asterisks for what looks like a secret."""
    return _SECRET_TEXT.sub(_keep_name, text)


def mask_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask what a line says under the name of a secret, and what looks like one."""
    del logger, method
    for name, value in event.items():
        if name not in _HARMLESS:
            event[name] = _MASK if _SECRET_NAME.search(name) else _masked(value)
    return event


def told(exc_info: _ExcInfo) -> str:
    """Return an error and what led to it: kinds and places, and words only where they quote nobody."""
    return "".join(_lines(exc_info[1], 0)).rstrip()


def _masked(value: object) -> object:
    return value if isinstance(value, int | float | None) else masked(value if isinstance(value, str) else repr(value))


def _keep_name(found: re.Match[str]) -> str:
    kept = next((found[name] for name in ("scheme", "user", "name") if found[name] is not None), "")
    return f"{kept}{_MASK}"


def _lines(error: BaseException, depth: int) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < _DEEPEST:
        yield from _lines(before, depth + 1)
        yield "which led to\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    yield f"{kind}: {masked(str(error)[:_LONGEST_WORDS])}\n" if isinstance(error, _QUOTES_NOBODY) else f"{kind}\n"
    if isinstance(error, BaseExceptionGroup) and depth < _DEEPEST:
        # whatever it is a group of
        for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _lines(each, depth + 1)
