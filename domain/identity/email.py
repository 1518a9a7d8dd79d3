"""E-mail addresses, written one way: what two people would call the same address is the same text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from domain.shared.errors import Invalid

_LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64
_LOCAL: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]+")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address in its one spelling: NFKC, lower case, the domain in its ASCII form. Make it with `parse`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """Return the address that the text spells; raise Invalid when it cannot be one."""
        # lower case, not case folding: that would make one address of mass@ and maß@, which are two mailboxes
        folded = unicodedata.normalize("NFKC", text.strip()[: _LONGEST + 1]).lower()
        local, at, domain = unicodedata.normalize("NFKC", folded).rpartition("@")
        ascii_domain = _ascii(domain)
        spelled = f"{local}@{ascii_domain}"
        if (
            not at
            or len(text.strip()) > _LONGEST
            or not 1 <= len(local) <= _LONGEST_LOCAL
            or len(spelled) > _LONGEST
            or not spelled.isprintable()
            or _LOCAL.fullmatch(local) is None
            or local.startswith(".")
            or local.endswith(".")
            or ".." in local
            or _DOMAIN.fullmatch(ascii_domain) is None
        ):
            raise Invalid(f"{text[:64]!r} is not an e-mail address such as asha@example.com.", field="email")
        return cls(spelled)

    @property
    def local_part(self) -> str:
        """What stands before the @."""
        return self.text.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.text.rpartition("@")[2]

    def __str__(self) -> str:
        return self.text


def _ascii(domain: str) -> str:
    """Return the domain as it is looked up; the empty text, which is no domain, when it cannot be one."""
    try:
        return domain.encode("idna").decode("ascii").lower() if domain else ""
    except UnicodeError:
        return ""
