"""Values that must never be printed: passwords and tokens.

Their `repr` and `str` show nothing, so that a log line, an error or a debugger's dump cannot leak them; whoever
needs the text says `reveal()`, which is easy to find in a review.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import unicodedata
from typing import Final, final

from domain.shared.errors import Invalid

_TOKEN_BYTES: Final = 32
_TOKEN_CHARACTERS: Final = 43
_CHILD_LABEL: Final = b"tapedeck refresh child 1\x00"


class SecretText:
    """A text that shows nothing of itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText) or type(self) is not type(other):
            return False
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((type(self), self._text))


@final
class Password(SecretText):
    """A password as it is hashed: NFKC, so that the same keys on another keyboard give the same text."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Invalid("password holds characters that are not Unicode text.", field="password")
        super().__init__(unicodedata.normalize("NFKC", text))


@final
class AccessToken(SecretText):
    """A signed statement of who is acting, good for minutes."""

    __slots__ = ()


@final
class RefreshToken(SecretText):
    """256 random bits, shown to the client once; only their SHA-256 is kept."""

    __slots__ = ("_bits",)

    def __init__(self, bits: bytes) -> None:
        if len(bits) != _TOKEN_BYTES:
            raise Invalid("A refresh token has 256 bits.", field="refreshToken")
        super().__init__(base64.urlsafe_b64encode(bits).rstrip(b"=").decode("ascii"))
        self._bits = bits

    @classmethod
    def parse(cls, text: str) -> RefreshToken | None:
        """Return the token that the text stands for, None when it cannot be one of ours."""
        if len(text) != _TOKEN_CHARACTERS or not text.isascii():
            return None
        try:
            token = cls(base64.b64decode(text + "=", altchars=b"-_", validate=True))
        except (binascii.Error, Invalid):
            return None
        # the last character carries two idle bits; one token has one spelling
        return token if token.reveal() == text else None

    def digest(self) -> bytes:
        """Return what is stored of the token: its SHA-256."""
        return hashlib.sha256(self._bits).digest()

    def child(self, nonce: bytes) -> RefreshToken:
        """Return the successor: the same for the same nonce, and unknown to whoever reads only the database."""
        return RefreshToken(hmac.new(self._bits, _CHILD_LABEL + nonce, hashlib.sha256).digest())
