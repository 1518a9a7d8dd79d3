"""The parts of a workbook around its sheets: their names and places, the shared texts, which styles are dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Final, final

from adapters.ledger.imports.workbook.archive import Archive
from adapters.ledger.imports.xml.safe import SafeParser, Start
from domain.ledger.imports.errors import Unreadable

MAX_SHARED_TEXTS: Final = 500_000
MAX_SHARED_CHARACTERS: Final = 16_000_000
MAX_SHEETS: Final = 100
MAX_STYLES: Final = 100_000
_BOOK: Final = "xl/workbook.xml"
_WHAT: Final = "The workbook"
# ECMA-376, 18.8.30: the formats that are never written out; 27 to 36 and 50 to 58 are dates of East Asia
_BUILT_IN_DATES: Final = frozenset(map(str, [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)]))
# quoted text, escaped characters and what stands in brackets (colours, conditions, but not elapsed [h]) say nothing
_NOT_CODES: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_CODE: Final = re.compile(r"[ymdhs]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet and the member of the archive that holds it."""

    name: str
    member: str


@dataclass(frozen=True, slots=True)
class Book:
    """The visible sheets in order, and whether days count from 1904."""

    sheets: tuple[Sheet, ...]
    from_1904: bool


def local(name: str) -> str:
    """Return an element's or attribute's name without the prefix of its namespace, which writers choose freely."""
    return name.rpartition(":")[2]


def read_book(archive: Archive) -> Book:
    """Return the workbook's sheets; raise Unreadable for an archive that is none."""
    if not archive.has(_BOOK):
        raise Unreadable("The file is a ZIP archive and not an Excel workbook; unpack it and import its files.")
    found: list[tuple[str, str]] = []
    from_1904: list[bool] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        named = {local(key): value for key, value in attributes.items()}
        if local(name) == "sheet" and attributes.get("state", "visible") == "visible" and len(found) < MAX_SHEETS:
            # `id` with a prefix is the relation, `sheetId` is another number
            found.append((named.get("name", ""), named.get("id", "")))
        elif local(name) == "workbookPr":
            from_1904.append(named.get("date1904", "0") in {"1", "true"})

    _parse(archive, _BOOK, start)
    targets = _targets(archive)
    return Book(tuple(Sheet(name, targets[id_]) for name, id_ in found if id_ in targets), any(from_1904))


def _targets(archive: Archive) -> dict[str, str]:
    """Return the members that relations lead to; what lies outside of the workbook is not followed."""
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if local(name) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        if attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target[1:] if target[:1] == "/" else normpath(join("xl", target))

    _parse(archive, "xl/_rels/workbook.xml.rels", start)
    return targets


@final
class _Texts:
    """Collects the shared texts: runs of rich text joined, without the readings printed above them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._size = 0
        self._is_text = False
        self._readings = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        name = local(name)
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._readings += 1
        self._is_text = name == "t" and not self._readings

    def end(self, name: str) -> None:
        name = local(name)
        self._is_text = False
        if name == "rPh":
            self._readings -= 1
        elif name == "si":
            self.texts.append("".join(self._parts))
            self._parts = []
            if len(self.texts) > MAX_SHARED_TEXTS or self._size > MAX_SHARED_CHARACTERS:
                raise Unreadable("The workbook holds more text than can be read; save the sheet as CSV, or split it.")

    def text(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)
            self._size += len(text)


def read_texts(archive: Archive) -> list[str]:
    """Return the texts that cells refer to by number."""
    if not archive.has("xl/sharedStrings.xml"):
        return []
    texts = _Texts()
    parser = SafeParser(texts.start, end=texts.end, text=texts.text, what=_WHAT)
    for piece in archive.pieces("xl/sharedStrings.xml"):
        parser.feed(piece)
    parser.close()
    return texts.texts


def read_date_styles(archive: Archive) -> frozenset[int]:
    """Return the numbers of the cell styles that show numbers as dates or times."""
    if not archive.has("xl/styles.xml"):
        return frozenset()
    codes: dict[str, str] = {}
    styles: list[str] = []
    inside: list[bool] = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name in {"cellXfs", "cellStyleXfs"}:
            inside[0] = name == "cellXfs"
        elif name == "xf" and inside[0] and len(styles) < MAX_STYLES:
            styles.append(attributes.get("numFmtId", "0"))

    _parse(archive, "xl/styles.xml", start)
    return frozenset(number for number, id_ in enumerate(styles) if _is_date(id_, codes))


def _is_date(id_: str, codes: dict[str, str]) -> bool:
    code = codes.get(id_)
    if code is None:
        return id_ in _BUILT_IN_DATES
    # the first of up to four sections is for positive numbers, which dates are
    shown = _NOT_CODES.sub("", code[:500]).partition(";")[0]
    return shown.lower() != "general" and _DATE_CODE.search(shown) is not None


def _parse(archive: Archive, member: str, start: Start) -> None:
    parser = SafeParser(start, what=_WHAT)
    for piece in archive.pieces(member):
        parser.feed(piece)
    parser.close()
