"""A rule looks at one module and says what is wrong; it is defined together with code that must turn it red."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tests.architecture.sources import Module, modules, parse

Check: TypeAlias = Callable[[Module], Iterable[str]]
Example: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, the places it watches, code that breaks it and code that does not."""

    check: Check
    places: tuple[str, ...]
    broken: tuple[Example, ...]
    fine: tuple[Example, ...]

    @property
    def name(self) -> str:
        """What the rule demands, in words."""
        return self.check.__name__

    def violations(self) -> list[str]:
        """Return what is wrong in the code as it stands."""
        return [finding for module in modules(*self.places) for finding in self.check(module)]

    def judge(self, example: Example) -> list[str]:
        """Return what would be wrong in a module with this path and text."""
        return list(self.check(parse(*example)))


RULES: list[Rule] = []


def rule(*places: str, broken: Iterable[Example], fine: Iterable[Example] = ()) -> Callable[[Check], Check]:
    """Register a check; a rule that nothing can break is refused."""
    planted = tuple(broken)
    if not planted:
        message = "a rule needs code that breaks it"
        raise ValueError(message)

    def register(check: Check) -> Check:
        RULES.append(Rule(check, places, planted, tuple(fine)))
        return check

    return register
