"""The names under which answers are kept: a digest of everything that an answer depends on."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from application.shared.cache import Shelf, Tag
from domain.shared.ids import OrganisationId

PREFIX: Final = "tapedeck:cache:"
_DIGEST_BYTES: Final = 20


def entry_key(shelf: Shelf[object], tenant: OrganisationId | None, question: object) -> str:
    """Return the key of an answer; another shelf, version, tenant or question has another one."""
    return f"{PREFIX}{shelf.name}:{shelf.version}:{_digest((shelf.name, shelf.version, tenant, question))}"


def lock_key(entry: str) -> str:
    """Return the key that whoever works on this answer holds."""
    return f"{entry}:lock"


def tag_key(tag: Tag) -> str:
    """Return the key of what stands for the present state of a tag."""
    return f"{PREFIX}tag:{_digest((tag.name, tag.tenant))}"


def _digest(parts: tuple[object, ...]) -> str:
    text = msgspec.json.encode(parts, order="deterministic")
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
