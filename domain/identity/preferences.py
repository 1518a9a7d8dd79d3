"""What a user likes to see: it changes how things are shown and never what is stored."""

from __future__ import annotations

from dataclasses import dataclass

from domain.ledger.category import Category
from domain.shared.money import Currency
from domain.shared.time import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPreferences:
    """Which messages a user wants; word of a danger to the account itself is not a matter of choice."""

    imports: bool = True
    alerts: bool = True
    summaries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Display currency, IANA time zone, default category and messages."""

    display_currency: Currency
    time_zone: str
    default_category: Category | None = None
    notifications: NotificationPreferences = NotificationPreferences()

    def __post_init__(self) -> None:
        zone(self.time_zone)
