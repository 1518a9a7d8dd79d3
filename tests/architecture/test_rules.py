"""Our own rules about the code: each is red on code planted to break it, and green on the code as it stands."""

from __future__ import annotations

import pytest

from tests.architecture.rules import purity, shape, size, wording
from tests.architecture.rules.rule import RULES, Example, Rule

SOURCES = (purity, shape, size, wording)  # importing them registers their rules

PLANTED = [(rule, example) for rule in RULES for example in rule.broken]
HARMLESS = [(rule, example) for rule in RULES for example in rule.fine]


def _ids(pairs: list[tuple[Rule, Example]]) -> list[str]:
    return [f"{rule.name}-{number}" for number, (rule, _) in enumerate(pairs)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_code_obeys_the_rule(rule: Rule) -> None:
    """No module breaks the rule."""
    assert rule.violations() == []


@pytest.mark.parametrize(("rule", "example"), PLANTED, ids=_ids(PLANTED))
def test_the_rule_sees_a_planted_violation(rule: Rule, example: Example) -> None:
    """Code that breaks the rule is found."""
    assert rule.judge(example)


@pytest.mark.parametrize(("rule", "example"), HARMLESS, ids=_ids(HARMLESS))
def test_the_rule_leaves_good_code_alone(rule: Rule, example: Example) -> None:
    """Code that looks alike but obeys the rule is not found."""
    assert rule.judge(example) == []


def test_every_source_of_rules_is_registered() -> None:
    """No module of rules is left out of the run."""
    named = {rule.check.__module__ for rule in RULES}
    assert named == {source.__name__ for source in SOURCES}
