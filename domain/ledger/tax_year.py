"""Tax years: which days belong to one, where it begins in January, in April on the 6th, or on the 1st."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.shared.errors import Invalid


class Jurisdiction(StrEnum):
    """Whose rules a tax report follows."""

    US = "us"
    UK = "uk"
    INDIA = "india"


_STARTS = {Jurisdiction.US: (1, 1), Jurisdiction.UK: (4, 6), Jurisdiction.INDIA: (4, 1)}
_NAME = re.compile(r"(19[7-9][0-9]|20[0-9]{2})(?:-([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class TaxYear:
    """The tax year that begins in the calendar year `begins`; its days are those of the place of each account."""

    jurisdiction: Jurisdiction
    begins: int

    @classmethod
    def named(cls, jurisdiction: Jurisdiction, name: str) -> TaxYear:
        """Read a name such as 2025, or 2025-26 where years begin in April; raise Invalid for any other."""
        found = _NAME.fullmatch(name)
        if found is not None:
            year = cls(jurisdiction, int(found[1]))
            if year.name == name:
                return year
        example = cls(jurisdiction, 2025)
        raise Invalid(
            f"{name[:24]!r} is no tax year of {jurisdiction.value}; name it like {example.name}, "
            f"which runs from {example.first} to {example.last}.",
            field="year",
        )

    @classmethod
    def containing(cls, jurisdiction: Jurisdiction, day: date) -> TaxYear:
        """Return the year that a day belongs to."""
        begun = cls(jurisdiction, day.year)
        return begun if day >= begun.first else cls(jurisdiction, day.year - 1)

    @property
    def name(self) -> str:
        """What the year is called: 2025, or 2025-26 where it ends in the next calendar year."""
        if _STARTS[self.jurisdiction] == (1, 1):
            return str(self.begins)
        return f"{self.begins}-{(self.begins + 1) % 100:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.begins, *_STARTS[self.jurisdiction])

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.begins + 1, *_STARTS[self.jurisdiction]) - timedelta(days=1)
