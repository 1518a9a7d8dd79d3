"""Texts people type: bounded, without control characters, so that no screen, log or file is surprised."""

from __future__ import annotations

import unicodedata

from domain.shared.errors import Invalid

# control characters, lone surrogates (which no encoding can store), line and paragraph separators
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINE_BREAKS = frozenset("\n\r\t")
# these reorder what follows on the screen, so that a label can read as something it is not
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_line(text: str, field: str, longest: int) -> str:
    """Return a text of one line: 1 to `longest` characters, no control characters, no blanks around it.

    Raises Invalid. Joiners, which several scripts need inside words, are allowed.
    """
    # none of what is forbidden is printable, and nearly all lines are
    is_clean = text.isprintable() or not any(_is_forbidden(c) for c in text)
    if not text or len(text) > longest or text != text.strip() or not is_clean:
        raise Invalid(
            f"{field} must be 1 to {longest} characters on one line, without control characters and without "
            f"blanks around it; got {text[:48]!r}.",
            field=field,
        )
    return text


def check_prose(text: str, field: str, longest: int) -> str:
    """Return a text of any lines up to `longest` characters; raise Invalid for NUL and other control characters."""
    if len(text) > longest:
        raise Invalid(f"{field} has {len(text)} characters; at most {longest} fit. Shorten it.", field=field)
    for character in text:
        if _is_forbidden(character) and character not in _LINE_BREAKS:
            raise Invalid(f"{field} contains the control character U+{ord(character):04X}; remove it.", field=field)
    return text


def _is_forbidden(character: str) -> bool:
    return unicodedata.category(character) in _FORBIDDEN or character in _REORDERING
