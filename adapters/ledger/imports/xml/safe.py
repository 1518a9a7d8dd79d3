"""An expat parser that refuses what makes XML dangerous.

A document type is refused, and with it every entity but the five of XML itself and every external reference. How deep
elements lie, how many there are and how long a tag may be is bounded, so that neither memory nor time can grow with
anything but the size of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final
from xml.parsers import expat  # nosemgrep: it is made safe here

from domain.ledger.imports.errors import Unreadable

MAX_DEPTH: Final = 32
# the longest tag with its attributes; a Flex trade takes some two thousand bytes
MAX_TAG_BYTES: Final = 256 * 1024
_PIECE_BYTES: Final = 64 * 1024

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


@final
class SafeParser:
    """Feeds expat and turns all that can be wrong with the text into Unreadable; `what` names the file in errors."""

    def __init__(self, start: Start, *, end: End | None = None, text: Text | None = None, what: str) -> None:
        self._what = what
        self._start = start
        self._end = end
        self._depth = 0
        self._fed = 0
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._finish
        if text is not None:
            parser.CharacterDataHandler = text
            parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_reference
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    @property
    def line(self) -> int:
        """The line on which the element being reported begins."""
        return self._parser.CurrentLineNumber

    def feed(self, data: bytes) -> None:
        """Take in the next piece."""
        for begin in range(0, len(data), _PIECE_BYTES):
            piece = data[begin : begin + _PIECE_BYTES]
            self._parse(piece, final=False)
            self._fed += len(piece)
            # expat keeps what is not finished, and begins anew with it at each piece
            if self._fed - max(self._parser.CurrentByteIndex, 0) > MAX_TAG_BYTES:
                raise Unreadable(f"{self._what} has a tag of more than {MAX_TAG_BYTES} bytes on line {self.line}.")

    def close(self) -> None:
        """Tell that nothing follows; an element that is still open is an error."""
        self._parse(b"", final=True)

    def _parse(self, data: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise Unreadable(f"{self._what} is not well-formed XML on line {error.lineno}: {reason}.") from error
        except (LookupError, ValueError) as error:
            raise Unreadable(f"{self._what} is in an encoding that is not known.") from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"{self._what} has elements more than {MAX_DEPTH} levels deep on line {self.line}.")
        self._start(name, attributes)

    def _finish(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(name)

    def _refuse_doctype(self, *_: object) -> None:
        raise Unreadable(f"{self._what} declares a document type, which is not accepted; export the file anew.")

    def _refuse_entity(self, *_: object) -> None:
        raise Unreadable(f"{self._what} declares entities, which are not accepted; export the file anew.")

    def _refuse_reference(self, *_: object) -> int:
        raise Unreadable(f"{self._what} refers to other files, which is not accepted; export the file anew.")
