"""Attachments are links to documents kept elsewhere; nothing here ever opens one."""

from __future__ import annotations

from urllib.parse import urlsplit

from domain.shared.errors import Invalid

MAX_LINKS = 20
MAX_LINK_LENGTH = 2_000


def check_links(links: tuple[str, ...], field: str = "attachments") -> tuple[str, ...]:
    """Return the links if there are at most 20 and each is an https URL of at most 2,000 characters."""
    if len(links) > MAX_LINKS:
        raise Invalid(f"There are {len(links)} {field}; at most {MAX_LINKS} are kept. Remove some.", field=field)
    for link in links:
        if len(link) > MAX_LINK_LENGTH or not _is_https(link):
            raise Invalid(
                f"{link[:48]!r} is not a link that can be kept; give an https URL of at most "
                f"{MAX_LINK_LENGTH} characters.",
                field=field,
            )
    return links


def _is_https(link: str) -> bool:
    if not link.isascii() or not link.isprintable() or " " in link:
        return False
    try:
        parts = urlsplit(link)
        # reading the port is what finds a malformed one
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
