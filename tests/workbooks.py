"""Builds Excel workbooks for tests, also broken ones, from the parts that the format consists of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_HIDDEN = ' state="hidden"'
# the styles of `styles`: plain, a date, a date with time, a custom date, and a number with a colour in brackets
STYLES = f"""<styleSheet xmlns="{_MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd\\/mm\\/yyyy\\ hh:mm"/>\
<numFmt numFmtId="165" formatCode="[Red]#,##0.00"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>\
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>\
</styleSheet>"""


def cell(place: str, value: str, *, kind: str = "", style: int = 0) -> str:
    """A cell with a value as it stands in the file."""
    typed = f' t="{kind}"' if kind else ""
    return f'<c r="{place}" s="{style}"{typed}><v>{escape(value)}</v></c>'


def sheet(*rows: str) -> str:
    """A sheet of rows."""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def row(number: int, *cells: str) -> str:
    """A row."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def inline(rows: Sequence[Sequence[str]], *, first: int = 1) -> str:
    """A sheet of texts."""
    lines = [
        row(
            number,
            *(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' for text in texts),
        )
        for number, texts in enumerate(rows, start=first)
    ]
    return sheet(*lines)


def parts(
    sheets: Mapping[str, str], *, shared: Sequence[str] = (), hidden: Sequence[str] = (), from_1904: bool = False
) -> dict[str, str]:
    """All parts of a workbook."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{_HIDDEN if name in hidden else ""}/>'
        for number, name in enumerate(names, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(names) + 1)
    )
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    book = f'<workbookPr date1904="{int(from_1904)}"/><sheets>{listed}</sheets>'
    return {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
        **{f"xl/worksheets/sheet{number}.xml": sheets[name] for number, name in enumerate(names, start=1)},
    }


def packed(content: Mapping[str, str | bytes]) -> bytes:
    """The archive of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return out.getvalue()


def workbook(sheets: Mapping[str, str]) -> bytes:
    """A whole workbook."""
    return packed(parts(sheets))
