"""The alert rules: each fires on what it is for, on numbers that there are, and says what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest
from msgspec import Struct

from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.page import OutboxNumbers, Standing
from adapters.platform.telemetry.streams import ObservedStream
from domain.shared.events import Priority
from tests.deploy.promql import Labels, Series, evaluate, names, read_series, read_values, seconds

FOLDER: Final = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
# the rules that somebody relies on, and where each draws its line
PROMISED: Final = {
    "TapedeckErrors": "> 0.01",
    "TapedeckSlow": "> 2",
    "TapedeckProviderFails": "> 0.1",
    "TapedeckPoolExhausted": ">= db_pool_connections_max",
    "TapedeckCacheMisses": "< 0.7",
    "TapedeckOutboxLags": "> 60",
}


class Rule(Struct, forbid_unknown_fields=True):
    """An alert as Prometheus reads it."""

    alert: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]
    for_: str = msgspec.field(name="for", default="0s")


class Group(Struct, forbid_unknown_fields=True):
    """Rules that are evaluated together."""

    name: str
    rules: list[Rule]


class RuleFile(Struct, forbid_unknown_fields=True):
    """The whole file."""

    groups: list[Group]


class InputSeries(Struct, forbid_unknown_fields=True):
    """A series in promtool's notation."""

    series: str
    values: str


class Expected(Struct, forbid_unknown_fields=True):
    """An alert that fires."""

    exp_labels: dict[str, str]
    exp_annotations: dict[str, str]


class Asked(Struct, forbid_unknown_fields=True):
    """Which alerts of a name fire at a moment."""

    eval_time: str
    alertname: str
    exp_alerts: list[Expected]


class Case(Struct, forbid_unknown_fields=True):
    """Series and what they lead to."""

    name: str
    interval: str
    input_series: list[InputSeries]
    alert_rule_test: list[Asked]


class CaseFile(Struct, forbid_unknown_fields=True):
    """The whole file of promtool's tests."""

    rule_files: list[str]
    evaluation_interval: str
    tests: list[Case]


RULES: Final = {
    rule.alert: rule
    for group in msgspec.yaml.decode((FOLDER / "rules.yml").read_bytes(), type=RuleFile).groups
    for rule in group.rules
}
CASES: Final = msgspec.yaml.decode((FOLDER / "rules_test.yml").read_bytes(), type=CaseFile)


def _series(case: Case) -> Series:
    step = seconds(case.interval)
    return {
        read_series(given.series): [(number * step, value) for number, value in enumerate(read_values(given.values))]
        for given in case.input_series
    }


def _firing(rule: Rule, series: Series, at: float, step: float) -> Sequence[Labels]:
    """Return the labels under which the rule fires: it has held at each evaluation for as long as it says."""
    since: dict[Labels, float] = {}
    for number in range(int(at / step) + 1):
        now = number * step
        holding = evaluate(rule.expr, series, now)
        since = {labels: since.get(labels, now) for labels in holding}
    return [labels for labels, begin in since.items() if at - begin >= seconds(rule.for_)]


def _filled(text: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)


@pytest.mark.parametrize("case", CASES.tests, ids=lambda case: case.name)
def test_rules_fire_on_what_they_are_for_and_on_nothing_else(case: Case) -> None:
    series, step = _series(case), seconds(CASES.evaluation_interval)
    for asked in case.alert_rule_test:
        rule = RULES[asked.alertname]
        fired = [{**dict(labels), **rule.labels} for labels in _firing(rule, series, seconds(asked.eval_time), step)]
        assert fired == [alert.exp_labels for alert in asked.exp_alerts], (asked.alertname, asked.eval_time)
        for alert in asked.exp_alerts:
            told = {name: _filled(words, alert.exp_labels) for name, words in rule.annotations.items()}
            assert told == alert.exp_annotations


def test_every_rule_is_seen_to_fire_and_to_hold_still() -> None:
    asked = [each for case in CASES.tests for each in case.alert_rule_test]
    assert {each.alertname for each in asked if each.exp_alerts} == set(RULES)
    unprovoked = {each.alertname for each in asked if not each.exp_alerts}
    # the others fire for one series of a case and not for another
    assert set(RULES) - unprovoked <= {"TapedeckProviderFails", "TapedeckCircuitOpen"}


def test_what_was_promised_is_watched_at_the_promised_number() -> None:
    assert {name: limit for name, limit in PROMISED.items() if not RULES[name].expr.strip().endswith(limit)} == {}


def _counted() -> dict[str, set[str]]:
    """Return every series that the page can have, with its labels."""
    metrics = Metrics()
    metrics.http_requests.labels("GET", "/", "200")
    metrics.http_request_duration.labels("GET", "/")
    metrics.cache_hits.labels("c")
    metrics.cache_misses.labels("c")
    metrics.external_api_calls.labels("a", "success")
    metrics.external_api_duration.labels("a")
    metrics.circuit_breaker_state.labels("a")
    metrics.circuit_breaker_opened.labels("a")
    metrics.jobs.labels("k", "done")
    metrics.job_duration.labels("k")
    metrics.feeds.alive.labels("p")
    metrics.feeds.tick_age.labels("p")
    metrics.feeds.ticks.labels("published")
    ObservedStream(metrics)
    families = metrics.registry(OutboxNumbers([(Priority.HIGH, Standing())])).collect()
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def test_rules_ask_for_numbers_and_labels_that_there_are() -> None:
    counted = _counted()
    for rule in RULES.values():
        asked = list(names(rule.expr))
        assert asked, rule.alert
        for name, labels in asked:
            assert name in counted, (rule.alert, name)
            assert labels <= counted[name], (rule.alert, name, labels)


def test_the_numbers_have_the_names_and_labels_that_others_rely_on() -> None:
    counted = _counted()
    assert counted["http_requests_total"] == {"method", "endpoint", "status"}
    assert counted["http_request_duration_seconds_bucket"] >= {"endpoint", "le"}
    assert counted["external_api_calls_total"] == {"api_name", "status"}
    assert counted["external_api_duration_seconds_bucket"] >= {"api_name", "le"}
    assert {"cache_hits_total", "cache_misses_total"} <= set(counted)


def test_every_rule_says_what_happened_and_what_to_do() -> None:
    for rule in RULES.values():
        assert set(rule.annotations) == {"summary", "action"}
        assert rule.labels["severity"] in {"critical", "warning"}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed; the rules are evaluated above")
def test_promtool_agrees() -> None:
    subprocess.run(["promtool", "check", "rules", "rules.yml"], cwd=FOLDER, check=True)
    subprocess.run(["promtool", "test", "rules", "rules_test.yml"], cwd=FOLDER, check=True)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a_total", 40.0),
        ("rate(a_total[2m])", 10 / 60),
        ("increase(a_total[2m]) / 2 + 1 * 3", 13.0),
        ('sum(a_total{kind!~"x.*"} > 39)', 40.0),
        ('sum by (kind) (a_total{kind="y"}) >= 40', 40.0),
    ],
)
def test_the_evaluator_computes_what_promql_says(expression: str, value: float) -> None:
    series = {read_series('a_total{kind="y"}'): [(number * 60.0, number * 10.0) for number in range(5)]}
    assert list(evaluate(expression, series, 240.0).values()) == [pytest.approx(value)]


def test_the_evaluator_interpolates_quantiles() -> None:
    series = {
        read_series(f'a_bucket{{le="{le}"}}'): [(0.0, count)] for le, count in (("1", 4.0), ("2", 8.0), ("+Inf", 8.0))
    }
    assert evaluate("histogram_quantile(0.75, a_bucket)", series, 0.0) == {frozenset(): pytest.approx(1.5)}
